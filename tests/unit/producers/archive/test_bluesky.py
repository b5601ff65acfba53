import pytest

from producers.pseudonyms import Pseudonyms
from tocsin.posts import Post

NAMED = Pseudonyms("0123456789abcdef")
DID = "did:plc:somebody"
RECORD = {"$type": "app.bsky.feed.post", "createdAt": "2025-12-05T10:16:59.783Z", "text": "hello", "langs": ["en-US"]}
AT = 1_764_929_823_464


def event(rkey="3m7a", operation="create", collection="app.bsky.feed.post", record=RECORD, **fields):
    commit = {"rev": "1", "operation": operation, "collection": collection, "rkey": rkey, "record": record, "cid": "c"}
    return {"did": DID, "time_us": AT * 1000 + 700, "kind": "commit", "commit": commit, **fields}


def view(rkey="3m7a", **fields):
    uri = f"at://{DID}/app.bsky.feed.post/{rkey}"
    author = {"did": DID, "handle": "somebody.example"}
    return {"uri": uri, "cid": "c", "author": author, "record": RECORD, "indexedAt": "2025-12-05T10:17:03Z", **fields}


def test_an_event_becomes_a_post_under_a_pseudonym_when_the_server_saw_it(imported):
    posts, archive = imported(event())

    assert posts == [
        Post(
            id="3m7a",
            at=AT,
            source="bluesky-archive",
            channel="bluesky",
            author=NAMED.of(DID),
            text="hello",
            lang="en-us",
        )
    ]
    assert archive.remarks == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (event(operation="update"), "edit"),
        (event(operation="delete", record=None), "deletion"),
        (event(collection="app.bsky.feed.repost"), "bare_repost"),
        (event(collection="app.bsky.feed.like"), "service"),
        (event(operation="rewind"), "service"),
        ({"did": DID, "time_us": 1, "kind": "identity", "identity": {"handle": "somebody"}}, "account"),
        ({"did": DID, "time_us": 1, "kind": "account", "account": {"active": False}}, "account"),
        ({"did": DID, "time_us": 1, "kind": "sync"}, "service"),
        (event(record=None), "bad_field"),
        (event(record={"text": 7}), "bad_field"),
        (event(rkey=None), "bad_field"),
        (event(did=None), "bad_field"),
        (event(time_us="soon"), "bad_field"),
        (event(time_us=10**30), "bad_field"),
        (event(time_us=-1), "bad_field"),
        ({"error": "RateLimitExceeded", "message": "somebody"}, "api_error"),
        ({"hello": 1}, "unknown_kind"),
        ("[[]]", "unknown_kind"),
    ],
)
def test_what_is_no_new_post_is_counted_by_its_reason(imported, told, reason):
    posts, archive = imported(event("before"), told)

    assert [post.id for post in posts] == ["before"]
    assert archive.counts == {reason: 1}
    assert not any("somebody" in remark for remark in archive.remarks)


@pytest.mark.parametrize(
    "value",
    [
        view(),
        {"posts": [view()], "cursor": "x"},
        {"feed": [{"post": view()}]},
        {"records": [{"uri": view()["uri"], "cid": "c", "value": RECORD | {"createdAt": "2025-12-05T10:17:03Z"}}]},
        RECORD | {"did": DID, "rkey": "3m7a", "createdAt": "2025-12-05T10:17:03Z"},
    ],
)
def test_views_and_records_are_read_wherever_they_stand(imported, value):
    posts, archive = imported(value)

    assert [(post.id, post.author, post.text, post.at) for post in posts] == [
        ("3m7a", NAMED.of(DID), "hello", 1_764_929_823_000)
    ]
    assert archive.remarks == []


def test_a_repost_in_a_feed_is_a_post_of_the_one_who_reposted(imported):
    reason = {
        "$type": "app.bsky.feed.defs#reasonRepost",
        "by": {"did": "did:plc:other"},
        "indexedAt": "2025-12-05T11:00:00Z",
    }
    posts, _ = imported({"feed": [{"post": view(), "reason": reason}]})

    assert [(post.author, post.text, post.repost, post.at) for post in posts] == [
        (NAMED.of("did:plc:other"), "hello", True, 1_764_932_400_000)
    ]


def test_a_record_without_author_is_no_post(imported):
    posts, archive = imported(event(), RECORD)

    assert len(posts) == 1
    assert archive.counts == {"bad_field": 1}

import json

import pytest

from producers.archive.mastodon import plain_text
from producers.pseudonyms import Pseudonyms
from tocsin.posts import Post

NAMED = Pseudonyms("0123456789abcdef")
AUTHOR = "https://example.social/@somebody"


def status(number, **fields):
    return {
        "id": str(number),
        "uri": f"https://example.social/users/somebody/statuses/{number}",
        "created_at": "2022-11-08T11:48:10.000Z",
        "language": "nl",
        "spoiler_text": "",
        "content": f"<p>status {number}</p>",
        "account": {"id": "7", "acct": "somebody", "url": AUTHOR},
        "reblog": None,
        **fields,
    }


def version(text, at="2022-11-08T11:48:10.000Z"):
    return {"content": text, "created_at": at, "account": {"id": "7", "acct": "somebody", "url": AUTHOR}}


def test_a_status_becomes_a_post_under_a_pseudonym(imported):
    posts, archive = imported(status(1))

    assert posts == [
        Post(
            id=NAMED.of("https://example.social/users/somebody/statuses/1"),
            at=1_667_908_090_000,
            source="mastodon-archive",
            channel="mastodon",
            author=NAMED.of(AUTHOR),
            text="status 1",
            lang="nl",
        )
    ]
    assert archive.remarks == []


def test_a_status_seen_on_two_servers_counts_once(imported):
    elsewhere = status(1) | {"id": "999", "account": {"id": "3", "acct": "somebody@example.social", "url": AUTHOR}}
    posts, archive = imported(status(1), elsewhere)

    assert len(posts) == 1
    assert archive.counts == {"repeated": 1}


def test_a_warning_is_part_of_what_was_written(imported):
    posts, _ = imported(status(1, spoiler_text="politics"))

    assert posts[0].text == "politics\nstatus 1"


def test_a_reblog_is_a_repost_with_the_text_of_what_it_repeats(imported):
    original = status(1, language="de", account={"url": "https://example.org/@other"})
    posts, _ = imported(status(2, content="", reblog=original))

    assert [(post.text, post.lang, post.repost, post.author) for post in posts] == [
        ("status 1", "de", True, NAMED.of(AUTHOR))
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>one<br>two<br />three</p>", "one\ntwo\nthree"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<p>a &lt; b &amp;&amp; c &gt; d &#39;e&#39;</p>", "a < b && c > d 'e'"),
        ('<p><span class="h-card"><a href="https://x.org/@a" class="u-url mention">@<span>a</span></a></span> hi</p>',
         "@a hi"),
        ('<a href="https://x.org/t/y" class="mention hashtag">#<span>y</span></a>', "#y"),
        ('<a href="."><span class="invisible">https://</span><span>x.org/l</span><span class="invisible">ong</span>',
         "https://x.org/long"),
        ("<<<<", "<<<<"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_becomes_text(content, text):
    assert plain_text(content) == text


def test_versions_of_an_edited_status_count_once_as_first_written(imported):
    edited = status(1, content="<p>second</p>", edited_at="2022-11-08T12:00:00.000Z")

    for lines in ((status(1), edited), (edited, status(1))):
        posts, archive = imported(*lines)
        assert [post.text for post in posts] == ["status 1"]
        assert archive.counts == {"edit": 1}


def test_a_history_is_one_status_as_first_written(imported):
    posts, archive = imported([version("<p>first</p>"), version("<p>second</p>", "2022-11-08T12:00:00Z")])

    assert [post.text for post in posts] == ["first"]
    assert archive.counts == {"edit": 1}


def events(*named):
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in named)


def test_events_of_a_stream_are_read_as_the_server_sent_them(imported):
    text = ":)\n:thump\n" + events(("update", status(1)), ("status.update", status(2)), ("delete", 5), ("filters", {}))
    posts, archive = imported(text, fmt="mastodon")

    assert [post.text for post in posts] == ["status 1"]
    assert archive.counts == {"edit": 1, "deletion": 1, "service": 1}


def test_events_of_a_websocket_hold_json_within_json(imported):
    event = {"stream": ["public"], "event": "update", "payload": json.dumps(status(1))}
    posts, archive = imported(event, {**event, "payload": "{"}, {"event": "delete", "payload": "1"})

    assert [post.text for post in posts] == ["status 1"]
    assert archive.counts == {"not_json": 1, "deletion": 1}


def test_a_page_of_search_results_gives_its_statuses(imported):
    posts, _ = imported({"accounts": [], "statuses": [status(1)], "hashtags": []}, fmt="mastodon")

    assert [post.text for post in posts] == ["status 1"]


def test_a_status_without_uri_keeps_its_number(imported):
    posts, _ = imported(status(1, uri=None))

    assert posts[0].id == "1"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (status(5, content=None), "bad_field"),
        (status(5, created_at="yesterday"), "bad_field"),
        (status(5, account=None), "bad_field"),
        (status(5, id=None, uri=None), "bad_field"),
        ({"error": "The access token of somebody is invalid"}, "api_error"),
        ({"title": "An instance"}, "unknown_kind"),
        ("17", "unknown_kind"),
    ],
)
def test_a_broken_line_is_named_by_place_and_reason_and_costs_only_itself(imported, line, reason):
    posts, archive = imported(status(1), line)

    assert len(posts) == 1
    assert archive.counts == {reason: 1}
    assert f"archive:2: {reason}: " in archive.faults[0]
    assert "somebody" not in archive.faults[0]

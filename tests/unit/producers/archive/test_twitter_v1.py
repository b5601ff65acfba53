import pytest

from producers.pseudonyms import Pseudonyms
from tocsin.posts import Post

KEY = "0123456789abcdef"


def tweet(number, **fields):
    return {
        "created_at": "Mon Jun 15 12:00:00 +0000 2009",
        "id": number,
        "id_str": str(number),
        "text": f"tweet {number}",
        "user": {"id": 77, "id_str": "77", "screen_name": "somebody"},
        **fields,
    }


def test_a_tweet_becomes_a_post_under_a_pseudonym(imported):
    posts, archive = imported(tweet(1, lang="fa", place={"country_code": "IR"}))

    assert posts == [
        Post(
            id="1",
            at=1_245_067_200_000,
            source="twitter-archive",
            channel="twitter",
            author=Pseudonyms(KEY).of("77"),
            text="tweet 1",
            lang="fa",
            region="ir",
        )
    ]
    assert archive.remarks == []


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"full_text": "all of it", "text": None}, "all of it"),
        ({"text": "some…", "truncated": True, "extended_tweet": {"full_text": "all of it"}}, "all of it"),
        ({"extended_tweet": None}, "tweet 1"),
    ],
)
def test_a_long_tweet_is_read_whole(imported, fields, text):
    posts, _ = imported(tweet(1, **fields))

    assert [post.text for post in posts] == [text]


def test_a_retweet_is_a_repost_with_the_whole_text_of_what_it_repeats(imported):
    original = tweet(1, text="the who…", extended_tweet={"full_text": "the whole text"}, user={"id_str": "5"})
    posts, _ = imported(tweet(2, text="RT @somebody: the…", retweeted_status=original))

    assert [(post.id, post.text, post.repost, post.author) for post in posts] == [
        ("2", "the whole text", True, Pseudonyms(KEY).of("77"))
    ]


def test_a_quote_is_no_repost(imported):
    posts, _ = imported(tweet(2, quoted_status=tweet(1)))

    assert [(post.id, post.text, post.repost) for post in posts] == [("2", "tweet 2", False)]


def test_a_stream_tells_milliseconds(imported):
    posts, _ = imported(tweet(1, timestamp_ms="1245067200657"), tweet(2, timestamp_ms="soon"))

    assert [post.at for post in posts] == [1_245_067_200_000, 1_245_067_200_657]


def test_a_page_of_search_results_gives_its_tweets(imported):
    posts, _ = imported({"statuses": [tweet(1), tweet(2)], "search_metadata": {"count": 2}})

    assert [post.id for post in posts] == ["1", "2"]


def test_versions_of_an_edited_tweet_count_once_as_first_written(imported):
    history = {"edit_history": {"initial_tweet_id": "10", "edit_tweet_ids": ["10", "11"]}}
    first, second = tweet(10, text="first", **history), tweet(11, text="second", **history)

    for lines in ((first, second), (second, first)):
        posts, archive = imported(*lines)
        assert [(post.id, post.text) for post in posts] == [("10", "first")]
        assert archive.counts == {"edit": 1}


@pytest.mark.parametrize(
    ("message", "reason", "named"),
    [
        ({"delete": {"status": {"id": 1, "id_str": "1", "user_id": 77}, "timestamp_ms": "1"}}, "deletion", False),
        ({"status_withheld": {"id": 1, "user_id": 77, "withheld_in_countries": ["DE"]}}, "withheld", False),
        ({"user_withheld": {"id": 77, "withheld_in_countries": ["DE"]}}, "withheld", False),
        ({"limit": {"track": 1234}}, "missed", True),
        ({"disconnect": {"code": 4, "stream_name": "somebody", "reason": "stall"}}, "missed", True),
        ({"scrub_geo": {"user_id": 77, "up_to_status_id": 1}}, "service", False),
        ({"warning": {"code": "FALLING_BEHIND", "percent_full": 60}}, "service", False),
        ({"friends": [1, 2]}, "service", False),
        ({"user_suspend": {"id": 77}}, "account", False),
        ({"errors": [{"code": 88, "message": "Rate limit exceeded for somebody"}]}, "api_error", True),
        ({"error": "Not authorized, somebody."}, "api_error", True),
        ({"something": "else"}, "unknown_kind", True),
        ("[17]", "unknown_kind", True),
        ("null", "unknown_kind", True),
        ('{"text": "cut o', "not_json", True),
        (tweet(5, user=None), "bad_field", True),
        (tweet(5, user={"screen_name": "somebody"}), "bad_field", True),
        (tweet(5, text=None), "bad_field", True),
        (tweet(5, created_at=None), "bad_field", True),
        (tweet(5, created_at="Mon Jux 15 12:00:00 +0000 2009"), "bad_field", True),
        (tweet(5, id_str=None, id=None), "bad_field", True),
    ],
)
def test_what_is_no_tweet_is_counted_by_its_reason_and_costs_only_itself(imported, message, reason, named):
    posts, archive = imported(tweet(1), message, tweet(2), fmt="twitter-v1")

    assert [post.id for post in posts] == ["1", "2"]
    assert archive.counts == {reason: 1}
    assert len(archive.faults) == named
    assert not any("somebody" in remark for remark in archive.remarks)
    if named:
        assert "archive:2" in archive.faults[0]


def test_what_is_odd_but_not_needed_costs_nothing(imported):
    posts, archive = imported(tweet(1, lang=7, place=[], retweeted_status="?", edit_history=3, extended_tweet=[1]))

    assert [(post.id, post.lang, post.region, post.repost) for post in posts] == [("1", None, None, False)]
    assert archive.remarks == []

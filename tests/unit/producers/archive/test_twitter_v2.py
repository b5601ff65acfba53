import pytest

from producers.pseudonyms import Pseudonyms
from tocsin.posts import Post

KEY = "0123456789abcdef"


def tweet(number, **fields):
    return {
        "id": str(number),
        "author_id": "77",
        "created_at": "2009-06-15T12:00:00.000Z",
        "text": f"tweet {number}",
        **fields,
    }


@pytest.fixture
def read(imported):
    def reader(*lines):
        posts, archive = imported(*lines, fmt="twitter-v2")
        return posts, archive.remarks

    return reader


def test_a_flat_tweet_becomes_a_post_under_a_pseudonym(read):
    posts, remarks = read(tweet(1, lang="fa", geo={"country_code": "IR"}, author={"username": "somebody"}))

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
    assert remarks == []


def test_a_page_gives_its_tweets_but_not_those_it_includes(read):
    page = {"data": [tweet(1), tweet(2)], "includes": {"tweets": [tweet(3)]}, "meta": {"result_count": 2}}
    posts, _ = read(page)

    assert [post.id for post in posts] == ["1", "2"]


def test_a_streamed_tweet_finds_its_country_among_the_places(read):
    places = [{"id": "p", "country_code": "MW"}, {"id": "no code"}, "no place"]
    posts, _ = read({"data": tweet(1, geo={"place_id": "p"}), "includes": {"places": places}})

    assert posts[0].region == "mw"


@pytest.mark.parametrize(("lang", "expected"), [("und", None), ("qht", None), (None, None), ("pt-BR", "pt-br")])
def test_only_real_languages_are_kept(read, lang, expected):
    posts, _ = read(tweet(1, lang=lang))

    assert posts[0].lang == expected


def test_a_country_that_cannot_name_a_series_is_left_out(read):
    posts, _ = read(tweet(1, geo={"country_code": "Ir an"}))

    assert posts[0].region is None


def test_a_retweet_has_the_whole_text_of_what_it_repeats(read):
    cut = {"text": "RT @somebody: the who…", "referenced_tweets": [{"type": "retweeted", "id": "9"}]}
    page = {"data": [tweet(1, **cut)], "includes": {"tweets": [{"id": "9", "text": "the whole text"}]}}
    flat = tweet(2, **cut | {"referenced_tweets": [{"type": "retweeted", "id": "9", "text": "the whole text"}]})
    posts, _ = read(page, flat, tweet(3, **cut))

    assert [post.text for post in posts] == ["the whole text", "the whole text", "RT @somebody: the who…"]


@pytest.mark.parametrize(("kind", "repost"), [("retweeted", True), ("quoted", False), ("replied_to", False)])
def test_only_a_retweet_is_a_repost(read, kind, repost):
    posts, _ = read(tweet(1, referenced_tweets=[{"type": kind, "id": "9"}]))

    assert posts[0].repost is repost


def test_versions_of_an_edited_tweet_count_once_as_first_written(read):
    history = {"edit_history_tweet_ids": ["10", "11"]}
    first = tweet(10, text="first", **history)
    second = tweet(11, text="second", created_at="2009-06-15T12:20:00Z", **history)

    for lines in ((first, second), (second, first)):
        posts, remarks = read(*lines)
        assert [(post.id, post.text) for post in posts] == [("10", "first")]
        assert remarks[0].endswith(": edit: 1")


def test_tweets_that_overlapping_pages_repeat_count_once(read):
    posts, remarks = read({"data": [tweet(1), tweet(2)]}, {"data": [tweet(2), tweet(3)]})

    assert [post.id for post in posts] == ["1", "2", "3"]
    assert remarks[0].endswith(": repeated: 1")


def test_an_archive_from_new_to_old_is_turned_round(read):
    posts, _ = read(tweet(3, created_at="2009-06-15T12:00:02Z"), tweet(10), tweet(9))

    assert [post.id for post in posts] == ["9", "10", "3"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"data": [', "not_json"),
        ("[1]", "neither data nor errors"),
        ('{"data": [17]}', "tweet: id: expected a number or a name, got nothing"),
        ("[" * 5000, "not_json"),
        ({"errors": [{"title": "operational-disconnect"}]}, "api_error: operational-disconnect"),
        ({"errors": "strange"}, "api_error: an error"),
        ({"title": "ConnectionException", "detail": "too many"}, "api_error: ConnectionException"),
        ({"something": 1}, "found neither data nor errors"),
        (tweet(5, created_at="yesterday"), "created_at"),
        (tweet(5, created_at="2009-06-15T12:00:00"), "created_at"),
        (tweet(5, author_id=None), "author_id"),
        (tweet("x"), "id"),
    ],
)
def test_a_broken_line_is_noted_by_file_line_and_reason_and_costs_only_itself(read, line, reason):
    posts, remarks = read(tweet(1), line, tweet(2))

    assert [post.id for post in posts] == ["1", "2"]
    assert "archive:2" in remarks[0]
    assert reason in remarks[0]
    assert remarks[1].endswith(": 1")


def test_a_bad_tweet_does_not_cost_its_page(read):
    posts, remarks = read({"data": [tweet(1), tweet(2, text=None), tweet(3)], "errors": [{"title": "Not Found"}]})

    assert [post.id for post in posts] == ["1", "3"]
    assert len(remarks) == 2


def test_an_empty_page_is_nothing_to_remark_on(read):
    assert read({"meta": {"result_count": 0}}) == ([], [])


def test_remarks_do_not_grow_without_bound(read):
    _, remarks = read(*["broken"] * 500)

    assert len(remarks) == 21
    assert remarks[-1].endswith("not_json: 500")


def test_no_handle_text_or_number_of_an_account_is_remarked(read):
    _, remarks = read(tweet(1, author_id=None, text="secret words", author={"username": "somebody"}))

    assert remarks
    assert not any("secret" in remark or "somebody" in remark for remark in remarks)

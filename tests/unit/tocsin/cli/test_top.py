import json
from collections.abc import Callable
from itertools import chain, takewhile

import msgspec
import pytest
from redis import Redis
from streams.news import BUCKET_MS, FEW, NEWS, START, WORD, NoWords, news
from streams.stored import store_all
from typer.testing import Result

from tocsin.cli.top import top
from tocsin.offline import Offline
from tocsin.settings import Settings, load_settings
from tocsin.words import find_words, hash_names

pytestmark = pytest.mark.usefixtures("stored")
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def news_settings(redis_url: str) -> Settings:
    """Where a stream is stored as it stood while a word was news."""
    settings = load_settings(redis=redis_url, namespace="t-news", partitions=1)
    offline = Offline(settings.rules, NoWords(), settings.false_page_days)
    end = (START // BUCKET_MS + NEWS.start + 5) * BUCKET_MS
    lines = takewhile(lambda line: b'"heartbeat"' not in line or msgspec.json.decode(line)["at"] < end, news())
    store_all(settings, offline, ([judgement] for line in lines for judgement in offline.fold(line)))
    return settings


def test_the_series_furthest_above_expectation_stands_first(run: Run, stored_settings: Settings) -> None:
    result = run(top, settings=stored_settings)
    assert result.exit_code == 0
    said, _, first, *_ = result.stdout.splitlines()
    assert said.strip() == "The 6 min up to 2009-06-11T08:00:30Z"
    assert first.split()[:4] == ["channel=sms", "1,100", "110.0", "10.00"]
    assert "█" * 20 in first


def test_json_is_an_array_with_ratios(run: Run, stored_settings: Settings) -> None:
    result = run(top, "--last", "3", "--series", "2", "--json", settings=stored_settings)
    ranked = json.loads(result.stdout)
    assert len(ranked) == 2
    assert ranked[0].keys() == {"series", "posts", "expected", "deviations", "ratio"}
    assert ranked[0]["deviations"] >= ranked[1]["deviations"]


def test_an_empty_redis_gets_a_kind_word_and_no_error(run: Run, stored_settings: Settings, namespace: str) -> None:
    empty = stored_settings.model_copy(update={"namespace": namespace})
    for args, stdout in (((), ""), (("--json",), "[]\n")):
        result = run(top, *args, settings=empty)
        assert (result.exit_code, result.stdout) == (0, stdout)
        assert "tocsin demo" in result.stderr


def test_words_that_are_news_are_shown_with_their_authors(run: Run, news_settings: Settings) -> None:
    title, row = run(top, "--terms", settings=news_settings).stdout.splitlines()
    assert title.split()[:3] == ["term", "since", "authors"]
    assert row.split()[:3] == [WORD, "2009-06-14T17:31:10Z", "15"]


def test_words_that_are_news_are_records_of_incidents_in_json(run: Run, news_settings: Settings) -> None:
    (told,) = json.loads(run(top, "--terms", "--json", settings=news_settings).stdout)
    assert (told["kind"], told["series"], told["pages"], told["peak_authors"]) == ("term", f"term={WORD}", False, 5)


def test_when_no_word_is_news_it_says_so(run: Run, stored_settings: Settings) -> None:
    result = run(top, "--terms", settings=stored_settings)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No word is news at 2009-06-11T08:00:30Z." in result.stderr
    assert run(top, "--terms", "--json", settings=stored_settings).stdout == "[]\n"


def test_redis_holds_the_word_of_a_crowd_and_neither_that_of_a_few_nor_an_author(
    redis: Redis, news_settings: Settings
) -> None:
    held = b""
    for key in redis.scan_iter(f"{news_settings.redis_prefix}*"):
        kind = redis.type(key)
        held += b" ".join([key, *(chain(*redis.hgetall(key).items()) if kind == b"hash" else [redis.get(key) or b""])])
    assert WORD.encode() in held
    assert FEW.encode() not in held
    authors = [f"f{n}" for n in range(4)]
    assert not [author for author, hash_ in zip(authors, hash_names(authors), strict=True) if hash_.tobytes() in held]
    assert not [hash_ for hash_ in find_words([FEW]).hashes if hash_.tobytes() in held]

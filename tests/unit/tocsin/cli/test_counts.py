import json
from collections.abc import Callable

import pytest
from streams.stored import MINUTES, START, minute_at
from typer.testing import Result

from tocsin.cli.counts import counts
from tocsin.errors import TocsinError
from tocsin.settings import Settings

pytestmark = pytest.mark.usefixtures("stored")
Run = Callable[..., Result]


def test_without_a_series_the_known_ones_are_listed(run: Run, stored_settings: Settings) -> None:
    result = run(counts, settings=stored_settings)
    assert result.exit_code == 0
    assert ["channel=web", "2009-06-11T07:29:30Z"] in [line.split() for line in result.stdout.splitlines()]


def test_minutes_show_as_times_numbers_and_bars(run: Run, stored_settings: Settings) -> None:
    result = run(counts, "channel=sms", "--last", "12", settings=stored_settings)
    lines = [line.split() for line in result.stdout.splitlines()[1:]]
    assert ["2009-06-11T07:49Z", "20", "██"] in lines
    assert ["2009-06-11T07:50Z", "200", "█" * 20] in lines
    assert lines[-1] == ["2009-06-11T08:00Z", "0", "so", "far"]


def test_buckets_show_what_was_expected_and_mark_what_lies_outside(run: Run, stored_settings: Settings) -> None:
    result = run(counts, "channel=sms", "--by", "bucket", "--last", "25", settings=stored_settings)
    at = {line.split()[0]: line.rstrip() for line in result.stdout.splitlines()}
    assert "10.0 (0.0 to" in at["2009-06-11T07:49:30Z"]
    assert not at["2009-06-11T07:49:30Z"].endswith("▲")
    assert at["2009-06-11T07:50:00Z"].endswith("▲")


def test_authors_are_shown_by_bucket_unless_told_otherwise(run: Run, stored_settings: Settings) -> None:
    result = run(counts, "authors:channel=sms", "--last", "2", settings=stored_settings)
    assert "authors" in result.stdout.splitlines()[0]
    assert "2009-06-11T07:59:30Z       10" in result.stdout


def test_authors_by_hour_are_refused_with_the_reason(run: Run, stored_settings: Settings) -> None:
    result = run(counts, "authors:posts", "--by", "hour", settings=stored_settings)
    assert isinstance(result.exception, TocsinError)
    assert "--by bucket (30 s)" in str(result.exception)


def test_json_holds_every_point_with_its_band(run: Run, stored_settings: Settings) -> None:
    result = run(counts, "channel=sms", "--by", "bucket", "--last", "2", "--json", settings=stored_settings)
    told = json.loads(result.stdout)
    assert (told["series"], told["step_ms"]) == ("channel=sms", 30_000)
    first, second = told["points"]
    assert (first["at"], first["posts"], first["whole"]) == (minute_at(MINUTES) - 30_000, 100, True)
    assert first["lower"] < first["expected"] < first["upper"]
    assert second == {"at": minute_at(MINUTES), "posts": 0, "whole": True}


def test_json_of_hours_begins_with_the_first_that_was_closed(run: Run, stored_settings: Settings) -> None:
    result = run(counts, "posts", "--by", "hour", "--last", "1000", "--json", settings=stored_settings)
    points = json.loads(result.stdout)["points"]
    assert [point["posts"] for point in points[:2]] == [None, 3000]
    assert points[1]["at"] == START


def test_a_misspelt_series_gets_near_matches_and_the_known_ones(run: Run, stored_settings: Settings) -> None:
    result = run(counts, "chanel=sms", settings=stored_settings)
    assert isinstance(result.exception, TocsinError)
    message = str(result.exception)
    assert "Did you mean channel=sms" in message
    assert "keyword=election" in message


def test_an_empty_redis_gets_a_kind_word_and_no_error(run: Run, stored_settings: Settings, namespace: str) -> None:
    empty = stored_settings.model_copy(update={"namespace": namespace})
    for args, stdout in (((), ""), (("posts",), ""), (("--json",), "{}\n"), (("posts", "--json"), "null\n")):
        result = run(counts, *args, settings=empty)
        assert (result.exit_code, result.stdout) == (0, stdout)
        assert "tocsin worker" in result.stderr

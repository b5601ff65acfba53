from dataclasses import replace

import pytest

from dashboards.live.spans import MOST_DRAWN, MOST_READ, SPANS, fitting, stretch
from dashboards.model import Status

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
NOW = 1_245_000_000_000


def status(bucket_ms: int = 5_000, days: float = 30) -> Status:
    return Status(
        version="3",
        bucket_ms=bucket_ms,
        partitions=1,
        lexicon="",
        closed=NOW // bucket_ms - 1,
        digest="",
        revisions=0,
        published=0,
        totals={"buckets": int(days * DAY_MS) // bucket_ms},
        sources={},
    )


@pytest.mark.parametrize("bucket_ms", [1_000, 5_000, 60_000, HOUR_MS])
@pytest.mark.parametrize("span", [name for name in SPANS if name != "auto"])
@pytest.mark.parametrize("days", [0.001, 0.1, 9, 400])
def test_no_span_reads_or_draws_more_than_a_screen_holds(bucket_ms: int, span: str, days: float) -> None:
    shown = stretch(status(bucket_ms, max(days, bucket_ms / DAY_MS)), span)
    assert len(shown.starts) <= max(MOST_READ, 400 * 24) + shown.group
    assert len(shown.starts) / shown.group <= MOST_DRAWN + 1
    assert shown.begin <= shown.end
    assert shown.left < shown.end
    assert shown.begin % shown.width == 0, "points do not shift as time goes by"


def test_what_is_read_follows_the_span() -> None:
    assert [stretch(status(), span).by for span in ("15m", "1h", "6h", "1d", "all")] == [
        "bucket",
        "bucket",
        "minute",
        "minute",
        "hour",
    ]


def test_a_stream_that_has_just_begun_grows_into_the_picture() -> None:
    shown = stretch(status(days=10 * 5_000 / DAY_MS), "1h")
    assert shown.begin == NOW - 10 * 5_000
    assert shown.left == NOW - 60 * 5_000


@pytest.mark.parametrize(
    ("pace", "span"), [(1.0, "1h"), (60.0, "1h"), (600.0, "6h"), (4_000.0, "1d"), (17_000.0, "all")]
)
def test_what_is_seen_takes_a_while_to_pass_at_any_speed(pace: float, span: str) -> None:
    assert fitting(status(), pace, NOW) == span


def test_while_the_speed_is_not_known_the_present_is_live_and_the_past_a_replay() -> None:
    assert fitting(status(), None, NOW + 10_000) == "1h"
    assert fitting(status(), None, NOW + 10 * DAY_MS) == "all"
    assert fitting(replace(status(), closed=0), None, NOW) == "all"

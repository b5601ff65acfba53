from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tocsin.wall_clock import local, moments, only_moment, spell_local
from tocsin.zones import UnclearTimeError

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
HOUR_MS = 3_600_000


def shown(text, zone=LOS_ANGELES):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_clock_shows_most_times_once_some_twice_and_some_never():
    assert len(moments(shown("2009-06-16T14:00"))) == 1
    first, second = moments(shown("2009-11-01T01:30"))
    assert second - first == HOUR_MS
    assert moments(shown("2009-03-08T02:30")) == []


def test_what_a_clock_shows_comes_back_to_the_moment():
    (at,) = moments(shown("2009-06-16T14:00"))
    assert spell_local(at, LOS_ANGELES) == "Tue 2009-06-16 14:00"
    assert local(at, ZoneInfo("Asia/Tehran")).isoformat() == "2009-06-17T01:30:00+04:30"


def test_seconds_are_spelt_where_there_are_any():
    assert spell_local(1_000, ZoneInfo("UTC")) == "Thu 1970-01-01 00:00:01"


@pytest.mark.parametrize(
    ("text", "zone", "explanation"),
    [
        (
            "2009-03-08T02:30",
            "America/Los_Angeles",
            'Write "2009-03-08 01:59" (2009-03-08T09:59Z) or "2009-03-08 03:00" (2009-03-08T10:00Z)',
        ),
        (
            "2009-03-22T00:00",
            "Asia/Tehran",
            'Write "2009-03-21 23:59" (2009-03-21T20:29Z) or "2009-03-22 01:00" (2009-03-21T20:30Z)',
        ),
        ("2011-12-30T12:30", "Pacific/Apia", "the clocks go from 2011-12-30 00:00 to 2011-12-31 00:00"),
        ("2009-10-04T02:15", "Australia/Lord_Howe", "the clocks go from 2009-10-04 02:00 to 2009-10-04 02:30"),
    ],
)
def test_a_time_that_a_clock_skips_is_refused_with_its_neighbours(text, zone, explanation):
    with pytest.raises(UnclearTimeError) as refused:
        only_moment(text, shown(text, ZoneInfo(zone)), None)
    assert "does not exist" in str(refused.value)
    assert explanation in str(refused.value)


def test_the_first_and_last_moments_beside_a_gap_exist():
    assert only_moment("", shown("2009-03-08T03:00"), None) - only_moment("", shown("2009-03-08T01:59"), None) == 60_000


def test_a_time_that_a_clock_shows_twice_needs_a_word_about_which():
    with pytest.raises(UnclearTimeError, match="show 01:30 twice: at 2009-11-01T08:30Z and at 2009-11-01T09:30Z"):
        only_moment("x", shown("2009-11-01T01:30"), None)
    first, second = (only_moment("x", shown("2009-11-01T01:30"), fold) for fold in ("first", "second"))
    assert second - first == HOUR_MS


def test_a_word_about_which_changes_nothing_where_there_is_only_one():
    plain = only_moment("x", shown("2009-06-16T14:00"), None)
    assert {only_moment("x", shown("2009-06-16T14:00"), fold) for fold in ("first", "second")} == {plain}

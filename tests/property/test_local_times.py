"""Local times: what is accepted comes back through UTC, and any text at all is read or refused."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tocsin.local_time import Span, Wanted, read_span, spell_span
from tocsin.readings import read_window
from tocsin.wall_clock import local, moments
from tocsin.zones import UnclearTimeError

ZONES = [
    "America/Los_Angeles",
    "Asia/Tehran",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "UTC",
]
MINUTE_MS = 60_000
zones = st.sampled_from(ZONES)
faces = st.datetimes(datetime(1972, 1, 1), datetime(2037, 12, 31)).map(lambda t: t.replace(second=0, microsecond=0))  # noqa: DTZ001
lengths = st.integers(1, 7 * 1440).map(lambda minutes: minutes * MINUTE_MS)


@given(faces, zones, lengths)
def test_an_accepted_time_comes_back_through_utc_and_a_refused_one_is_not_shown_once(face, zone, length):
    shown = face.replace(tzinfo=ZoneInfo(zone))
    text = f"{face:%Y-%m-%d %H:%M}"
    try:
        span = read_span(text, Wanted(zone, length))
    except UnclearTimeError:
        assert len(moments(shown)) != 1
        return
    assert moments(shown) == [span.begin]
    assert f"{local(span.begin, ZoneInfo(zone)):%Y-%m-%d %H:%M}" == text
    assert span.end - span.begin == length


@given(st.integers(10**6, 2 * 10**6), zones, lengths)
def test_a_window_that_can_be_read_back_is_the_same_window(hours, zone, length):
    span = Span(hours * 20 * MINUTE_MS, hours * 20 * MINUTE_MS + length)
    found = []
    for fold in ("first", "second"):
        try:
            found.append(read_span(spell_span(span, ZoneInfo(zone)), Wanted(zone, fold=fold)))
        except UnclearTimeError:
            continue
    assert span in found or len(moments(local(span.begin, ZoneInfo(zone)))) + len(
        moments(local(span.end, ZoneInfo(zone)))
    ) in (3, 4)


PIECES = "2-3p 2:00 14-15h PST IST UTC GMT+5 (1:30a in Iran) 06/07/2009 2009-06-16 16 June 99 31 - / – to at 12pm 0 T Z"
words = st.sampled_from(re.split(" ", PIECES))


@given(
    st.one_of(st.text(max_size=60), st.lists(words, max_size=9).map(" ".join)), st.sampled_from([None, *ZONES, "PST"])
)
def test_any_text_is_read_or_refused_and_nothing_else(text, zone):
    try:
        span = read_window(text, Wanted(zone), date(2009, 6, 16))
    except UnclearTimeError:
        return
    assert span.begin < span.end

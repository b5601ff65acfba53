import pytest

from tocsin.aftermath import aftermath, spell_fate
from tocsin.incidents import Incident
from tocsin.maintenance import Window
from tocsin.outlook import Forecast

HOUR_MS = 3_600_000
BEGIN = 1_245_186_000_000  # 2009-06-16T21:00Z
NOW = BEGIN + 9 * HOUR_MS


def window(state="moved", forecast=None):
    return Window("upgrade", "twitter", BEGIN, BEGIN + HOUR_MS, BEGIN - HOUR_MS, state, forecast)


def outage(begin, end, series="channel=twitter", lost=300, planned="on_time"):
    onset = BEGIN + round(begin * HOUR_MS)
    closed = None if end is None else BEGIN + round(end * HOUR_MS)
    fields = {"expected": float(lost), "planned": planned, "evidence": ("volume",)}
    return Incident(f"outage:{series}:{onset}", 2, "outage", series, onset, onset + 1, closed, **fields)


def test_an_outage_inside_the_window_is_what_became_of_it():
    found = aftermath(window(), [outage(0, 0.5)], NOW)
    assert (found.interrupted_ms, found.lost, found.overrun_ms) == (HOUR_MS // 2, 300, 0)
    assert spell_fate(found, NOW) == "on time"


@pytest.mark.parametrize("other", [outage(0, 1, "channel=sms"), outage(-3, -0.5), outage(1.5, 2)])
def test_an_outage_of_another_channel_or_time_has_nothing_to_do_with_it(other):
    found = aftermath(window(), [other], NOW)
    assert found.interruptions == ()
    assert spell_fate(found, NOW) == "no interruption was seen"


def test_an_overrun_costs_its_share_of_the_posts():
    found = aftermath(window(), [outage(0, 1.5, planned="overrun")], NOW)
    assert (found.overrun_ms, found.overrun_lost) == (HOUR_MS // 2, 100)
    assert spell_fate(found, NOW) == "overrun"


def test_an_early_beginning_is_measured():
    (part,) = aftermath(window(), [outage(-0.25, 1, planned="early")], NOW).interruptions
    assert (part.early_ms, part.overrun_ms) == (HOUR_MS // 4, 0)


def test_an_outage_just_beside_the_window_lies_wholly_before_or_after_it():
    late = aftermath(window(), [outage(1 + 1 / 60, 2)], NOW)
    assert late.overrun_ms == late.interrupted_ms == HOUR_MS * 59 // 60
    (early,) = aftermath(window(), [outage(-1, -1 / 60)], NOW).interruptions
    assert early.early_ms == early.length_ms


def test_what_lasts_is_counted_up_to_now():
    found = aftermath(window(), [outage(0.5, None)], BEGIN + 2 * HOUR_MS)
    assert (found.interrupted_ms, found.overrun_ms) == (1.5 * HOUR_MS, HOUR_MS)


def test_the_forecast_is_scaled_to_what_really_came():
    found = aftermath(window(forecast=Forecast(700.0, 400.0, 1200.0, 300.0, 0.2)), [outage(0, 0.5)], NOW)
    assert found.foretold == 350
    assert aftermath(window(), [outage(0, 0.5)], NOW).foretold is None


def test_several_interruptions_add_up_in_their_order():
    found = aftermath(window(), [outage(0.5, 0.75, lost=20), outage(0, 0.25, lost=10)], NOW)
    assert [part.outage.lost for part in found.interruptions] == [10, 20]
    assert (found.interrupted_ms, found.lost) == (HOUR_MS // 2, 30)


@pytest.mark.parametrize(
    ("state", "now", "fate"),
    [
        ("declared", BEGIN - 1, "to come"),
        ("declared", BEGIN, "runs"),
        ("moved", BEGIN + HOUR_MS, "no interruption was seen"),
        ("cancelled", NOW, "cancelled"),
    ],
)
def test_a_window_without_an_interruption_is_to_come_or_runs_or_passed(state, now, fate):
    assert spell_fate(aftermath(window(state), [], now), now) == fate


def test_nothing_is_put_down_to_a_cancelled_window():
    assert aftermath(window("cancelled"), [outage(0, 0.5)], NOW).interruptions == ()

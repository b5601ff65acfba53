"""The matcher must be able to fail: incidents made by hand, right and wrong in every way."""

from dataclasses import dataclass, replace

import pytest
from streams.verdicts import hold

from producers.scenario.parts import HOUR_MS, MINUTE_MS, Truth

BEGIN, STREAM_END = 1_000 * HOUR_MS, 1_100 * HOUR_MS
CUT = Truth(
    "the cut", "outage", ("channel=sms",), BEGIN, BEGIN + 6 * HOUR_MS, (), "unannounced", ("volume",), critical=False
)
DEAD = Truth("the death", "blind", ("source=gateway",), BEGIN, BEGIN + 6 * HOUR_MS)
RALLY = Truth("rally", "burst", ("keyword=protest",), BEGIN, BEGIN + 6 * HOUR_MS, ("lang", "media=photo"))
REPORTS = Truth("phones", "outage", ("report=telephone",), BEGIN, BEGIN + 6 * HOUR_MS, (), "unannounced", ("reports",))


@dataclass(frozen=True)
class Said:
    """An incident that tells the truth about :data:`CUT`, unless told otherwise."""

    kind: str = "outage"
    series: str = "channel=sms"
    onset: int = BEGIN
    detected_at: int = BEGIN + 4 * MINUTE_MS
    closed_at: int | None = BEGIN + 6 * HOUR_MS
    planned: str | None = "unannounced"
    evidence: tuple[str, ...] = ("volume",)
    severity: str = "warning"
    parent: str | None = None

    @property
    def id(self):
        return f"{self.kind}:{self.series}:{self.onset}"


def burst(series, **fields):
    return Said("burst", series, planned=None, evidence=(), **fields)


def held(incidents, *events):
    return hold(incidents, events, STREAM_END, MINUTE_MS)


def test_the_truth_is_neither_missed_nor_false():
    verdicts = held([Said()], CUT)
    assert not verdicts
    assert verdicts.onset_errors == {"the cut": 0.0}
    assert verdicts.delays == {"the cut": 4.0}


def test_silence_misses_what_happened_and_only_that():
    assert held([], CUT, RALLY).missed == ["the cut: no outage of channel=sms", "rally: no burst of keyword=protest"]
    assert not held([])


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"planned": "on_time"}, "is on_time"),
        ({"evidence": ("reports", "volume")}, "has evidence"),
        ({"severity": "critical"}, "is critical"),
        ({"closed_at": None}, "has not ended"),
        ({"closed_at": BEGIN + 5 * HOUR_MS}, "ended -60 buckets"),
        ({"closed_at": BEGIN + 7 * HOUR_MS}, "ended +60 buckets"),
    ],
)
def test_an_outage_of_which_anything_is_wrong_is_false(wrong, word):
    verdicts = held([replace(Said(), **wrong)], CUT)
    assert verdicts.missed == []
    assert len(verdicts.false) == 1
    assert word in verdicts.false[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "burst"},
        {"kind": "blind"},
        {"series": "channel=web"},
        {"onset": BEGIN - HOUR_MS},
        {"onset": BEGIN + 7 * HOUR_MS, "detected_at": BEGIN + 8 * HOUR_MS, "closed_at": BEGIN + 9 * HOUR_MS},
        {"onset": BEGIN - 3 * HOUR_MS, "detected_at": BEGIN - 2 * HOUR_MS, "closed_at": BEGIN - HOUR_MS},
    ],
)
def test_what_is_of_another_kind_series_or_time_is_false_and_the_event_missed(wrong):
    verdicts = held([replace(Said(), **wrong)], CUT)
    assert len(verdicts.missed) == len(verdicts.false) == 1


def test_an_event_that_is_told_twice_is_false_once():
    again = replace(Said(), onset=BEGIN + 3 * HOUR_MS, detected_at=BEGIN + 4 * HOUR_MS)
    first = replace(Said(), closed_at=BEGIN + 6 * HOUR_MS - MINUTE_MS)
    verdicts = held([first, again], CUT)
    assert verdicts.false == [f"{again.id}: nothing explains it"]


def test_one_incident_is_not_two_events():
    later = replace(CUT, name="later", begin=BEGIN + 7 * HOUR_MS, end=BEGIN + 9 * HOUR_MS)
    verdicts = held([replace(Said(), closed_at=later.end)], CUT, later)
    assert verdicts.missed == ["later: no outage of channel=sms"]
    assert "ended +180 buckets" in verdicts.false[0]


def test_what_does_not_end_must_not_be_told_to_have_ended():
    endless = replace(CUT, end=STREAM_END)
    assert not held([replace(Said(), closed_at=None)], endless)
    assert held([Said()], endless).false


def test_the_last_revision_counts_but_what_was_critical_once_has_woken_somebody():
    opened = replace(Said(), closed_at=None, severity="critical")
    assert held([opened, Said()], CUT).false == [f"the cut: {Said().id} is critical"]
    assert not held([opened, Said()], replace(CUT, critical=True))
    assert not held([opened, Said()], replace(CUT, critical=None))
    assert held([Said()], replace(CUT, critical=True)).false == [f"the cut: {Said().id} is not critical"]


def test_blindness_must_be_of_the_source_and_is_never_an_outage():
    blind = Said("blind", "source=gateway", planned=None, evidence=())
    assert not held([blind], DEAD)
    assert held([blind, Said()], DEAD).false == [f"{Said().id}: nothing explains it"]
    assert held([replace(blind, series="source=crawler")], DEAD).missed


def test_reports_fade_and_may_end_from_half_way_on():
    said = Said("outage", "report=telephone", evidence=("reports",))
    for hours, wrong in ((2, True), (4, False), (6.5, False), (8, True)):
        assert bool(held([replace(said, closed_at=BEGIN + int(hours * HOUR_MS))], REPORTS)) is wrong


def test_a_burst_may_show_where_its_event_allows_or_as_a_child():
    own = burst("keyword=protest")
    assert not held([own, burst("lang=fa"), burst("media=photo")], RALLY)
    assert not held([own, burst("region=tehran", parent="burst:posts:1")], RALLY)
    assert held([own, burst("region=tehran")], RALLY).false
    assert held([own, burst("media=video")], RALLY).false


def test_a_burst_may_be_told_in_pieces_but_not_when_its_event_is_long_over():
    late = {"onset": BEGIN + 8 * HOUR_MS, "detected_at": BEGIN + 8 * HOUR_MS, "closed_at": None}
    pieces = [burst("keyword=protest", closed_at=BEGIN + HOUR_MS), burst("keyword=protest", onset=BEGIN + HOUR_MS)]
    assert not held(pieces, RALLY)
    assert held([*pieces, burst("keyword=protest", **late)], RALLY).false


def test_a_burst_outside_its_event_does_not_tell_of_it():
    early = burst("keyword=protest", onset=BEGIN - 2 * HOUR_MS, detected_at=BEGIN - HOUR_MS, closed_at=BEGIN)
    verdicts = held([early], RALLY)
    assert verdicts.missed
    assert verdicts.false


def test_an_outage_explains_no_burst_and_no_child():
    assert held([Said(), burst("channel=web"), burst("lang=fa", parent="burst:channel=web:1")], CUT).false == [
        f"burst:channel=web:{BEGIN}: nothing explains it",
        f"burst:lang=fa:{BEGIN}: nothing explains it",
    ]


def test_terms_are_false_only_while_nothing_happens():
    term = Said("term", "term=earthquake", planned=None, evidence=())
    assert not held([Said(), term], CUT)
    assert held([term]).false == [f"{term.id}: nothing explains it"]

"""The matcher must be able to fail: incidents made by hand, right and wrong in every way."""

from dataclasses import dataclass, replace

import pytest
from msgspec import structs

from tocsin.scoring import score
from tocsin.truth import Truth

HOUR_MS, MINUTE_MS = 3_600_000, 60_000

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
    def pages(self):
        return self.severity != "info"

    @property
    def id(self):
        return f"{self.kind}:{self.series}:{self.onset}"


def burst(series, **fields):
    return Said("burst", series, planned=None, evidence=(), **fields)


def held(incidents, *events):
    return score(incidents, events, STREAM_END, MINUTE_MS)


def test_the_truth_is_neither_missed_nor_false():
    verdict = held([Said()], CUT)
    assert not verdict.wrong
    assert verdict.onset_errors == {"the cut": 0.0}
    assert verdict.delays == {"the cut": 4.0}


def test_silence_misses_what_happened_and_only_that():
    assert held([], CUT, RALLY).missed == ["the cut: no outage of channel=sms", "rally: no burst of keyword=protest"]
    assert not held([]).wrong


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
    verdict = held([replace(Said(), **wrong)], CUT)
    assert verdict.missed == []
    (words,) = verdict.false.values()
    assert word in words


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
    verdict = held([replace(Said(), **wrong)], CUT)
    assert len(verdict.missed) == len(verdict.false) == 1


def test_an_event_that_is_told_twice_is_false_once():
    again = replace(Said(), onset=BEGIN + 3 * HOUR_MS, detected_at=BEGIN + 4 * HOUR_MS)
    first = replace(Said(), closed_at=BEGIN + 6 * HOUR_MS - MINUTE_MS)
    verdict = held([first, again], CUT)
    assert verdict.false == {again.id: "nothing explains it"}


def test_one_incident_is_not_two_events():
    later = structs.replace(CUT, name="later", begin=BEGIN + 7 * HOUR_MS, end=BEGIN + 9 * HOUR_MS)
    verdict = held([replace(Said(), closed_at=later.end)], CUT, later)
    assert verdict.missed == ["later: no outage of channel=sms"]
    assert "ended +180 buckets" in verdict.false[Said().id]


def test_what_does_not_end_must_not_be_told_to_have_ended():
    endless = structs.replace(CUT, end=STREAM_END)
    assert not held([replace(Said(), closed_at=None)], endless).wrong
    assert held([Said()], endless).false


def test_the_last_revision_counts_but_what_was_critical_once_has_woken_somebody():
    opened = replace(Said(), closed_at=None, severity="critical")
    assert held([opened, Said()], CUT).false == {Said().id: "the cut: is critical"}
    assert not held([opened, Said()], structs.replace(CUT, critical=True)).wrong
    assert not held([opened, Said()], structs.replace(CUT, critical=None)).wrong
    assert held([Said()], structs.replace(CUT, critical=True)).false == {Said().id: "the cut: is not critical"}


def test_blindness_must_be_of_the_source_and_is_never_an_outage():
    blind = Said("blind", "source=gateway", planned=None, evidence=())
    assert not held([blind], DEAD).wrong
    assert held([blind, Said()], DEAD).false == {Said().id: "nothing explains it"}
    assert held([replace(blind, series="source=crawler")], DEAD).missed


def test_reports_fade_and_may_end_from_half_way_on():
    said = Said("outage", "report=telephone", evidence=("reports",))
    for hours, wrong in ((2, True), (4, False), (6.5, False), (8, True)):
        assert held([replace(said, closed_at=BEGIN + int(hours * HOUR_MS))], REPORTS).wrong is wrong


def test_a_burst_may_show_where_its_event_allows_or_as_a_child():
    own = burst("keyword=protest")
    assert not held([own, burst("lang=fa"), burst("media=photo")], RALLY).wrong
    assert not held([own, burst("region=tehran", parent="burst:posts:1")], RALLY).wrong
    assert held([own, burst("region=tehran")], RALLY).false
    assert held([own, burst("media=video")], RALLY).false


def test_a_burst_may_be_told_in_pieces_but_not_when_its_event_is_long_over():
    late = {"onset": BEGIN + 8 * HOUR_MS, "detected_at": BEGIN + 8 * HOUR_MS, "closed_at": None}
    pieces = [burst("keyword=protest", closed_at=BEGIN + HOUR_MS), burst("keyword=protest", onset=BEGIN + HOUR_MS)]
    assert not held(pieces, RALLY).wrong
    assert held([*pieces, burst("keyword=protest", **late)], RALLY).false


def test_a_burst_outside_its_event_does_not_tell_of_it():
    early = burst("keyword=protest", onset=BEGIN - 2 * HOUR_MS, detected_at=BEGIN - HOUR_MS, closed_at=BEGIN)
    verdict = held([early], RALLY)
    assert verdict.missed
    assert verdict.false


def test_an_outage_explains_no_burst_and_no_child():
    assert held([Said(), burst("channel=web"), burst("lang=fa", parent="burst:channel=web:1")], CUT).false == {
        f"burst:channel=web:{BEGIN}": "nothing explains it",
        f"burst:lang=fa:{BEGIN}": "nothing explains it",
    }


def test_terms_are_false_only_while_nothing_happens():
    term = Said("term", "term=earthquake", planned=None, evidence=())
    assert not held([Said(), term], CUT).wrong
    assert held([term]).false == {term.id: "nothing explains it"}


def test_what_the_truth_does_not_say_is_not_held_against_anybody():
    silent = structs.replace(CUT, planned=None, evidence=(), critical=None)
    assert not held([replace(Said(), planned="early", evidence=("reports",), severity="critical")], silent).wrong


def test_recall_is_the_share_of_what_was_due():
    both = structs.replace(RALLY, must=("keyword=protest", "channel=web"))
    verdict = held([Said(), burst("keyword=protest")], CUT, both)
    assert (verdict.due, verdict.recall) == (3, 1 - 1 / 3)
    assert held([]).recall == 1


def test_precision_is_the_share_of_what_stands_for_itself_and_is_so():
    child = burst("lang=fa", parent="burst:posts:1")
    term = Said("term", "term=earthquake", planned=None, evidence=())
    false = burst("region=tehran")
    verdict = held([burst("keyword=protest"), child, term, false], RALLY)
    assert (verdict.told, verdict.precision) == (2, 0.5)
    assert held([]).precision == 1


def test_a_false_alarm_that_woke_somebody_is_a_false_page_even_if_it_was_taken_back():
    false = burst("region=tehran")
    assert held([false, replace(false, severity="info")]).false_pages == 1
    assert held([replace(false, severity="info")]).false_pages == 0


def test_a_burst_is_known_by_the_first_series_that_rings_and_at_once_if_it_was_under_way():
    both = structs.replace(RALLY, must=("keyword=protest", "channel=web"))
    incidents = [burst("keyword=protest", detected_at=BEGIN + 9 * MINUTE_MS), burst("channel=web")]
    assert held(incidents, both).delays == {"rally": 4.0}
    early = burst("channel=web", onset=BEGIN - HOUR_MS, detected_at=BEGIN - HOUR_MS)
    assert held([*incidents, early], both).delays == {"rally": 0.0}


def test_what_ends_just_before_the_stream_may_still_last_when_that_breaks_off():
    last = structs.replace(CUT, end=STREAM_END - 10 * MINUTE_MS)
    assert not held([replace(Said(), closed_at=None)], last).wrong
    assert held([replace(Said(), closed_at=None)], structs.replace(CUT, end=STREAM_END - 16 * MINUTE_MS))

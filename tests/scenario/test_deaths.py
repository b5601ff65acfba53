"""A collector that dies is never an outage, and a channel that is cut never makes anybody blind: in random cases."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from streams.deaths import BARE, Case, random_case, told

from tocsin.incidents import Incident

COLLECTORS, CHANNELS = 1_000, 300


def kinds_of(case: Case) -> tuple[Case, list[Incident]]:
    return case, told(case)


def judged(cases: list[Case]) -> list[tuple[Case, list[Incident]]]:
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
        return list(pool.map(kinds_of, cases, chunksize=20))


def test_killing_only_collectors_never_yields_an_outage() -> None:
    found = judged([random_case(seed, dead=True) for seed in range(COLLECTORS)])
    wrong = [
        (case, [i.id for i in incidents])
        for case, incidents in found
        if {i.kind for i in incidents} - {"blind", "backlog"}
    ]
    assert wrong == []
    for case, incidents in found:
        blind = {incident.series for incident in incidents if incident.kind == "blind"}
        if case.length > 45:
            assert blind == {f"source={source}" for source in case.dead}, case
        assert blind <= {f"source={source}" for source in case.dead}, case


def test_cutting_only_channels_never_yields_blindness() -> None:
    found = judged([random_case(seed, dead=False) for seed in range(CHANNELS)])
    wrong = [(case, [i.id for i in incidents]) for case, incidents in found if {i.kind for i in incidents} - {"outage"}]
    assert wrong == []
    for case, incidents in found:
        outages = {incident.series for incident in incidents}
        if case.length > 60:
            assert outages == {f"channel={channel}" for channel in case.cut}, case


def test_a_source_without_heartbeats_that_falls_silent_is_blind_and_never_an_outage() -> None:
    for case in (Case(1, dead=(BARE,), length=150.0), Case(2, cut=(BARE,), length=400.0)):
        (_, incidents) = kinds_of(case)
        assert [(incident.kind, incident.series) for incident in incidents] == [("blind", f"source={BARE}")]
    assert told(Case(3, dead=(BARE,), length=15.0)) == []

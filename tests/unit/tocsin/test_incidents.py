from typing import Any

import msgspec
import pytest

from tocsin.incidents import Incident, to_record

OUTAGE = Incident(
    "outage:channel=sms:5",
    2,
    "outage",
    "channel=sms",
    onset=5,
    detected_at=9,
    expected=99.6,
    observed=30,
    evidence=("volume",),
    standing=("twitter", "web"),
)


def changed(**fields: Any) -> Incident:
    return msgspec.structs.replace(OUTAGE, **fields)


def test_an_outage_has_cost_what_was_expected_less_what_came() -> None:
    assert OUTAGE.lost == 70


def test_an_outage_that_saw_more_than_expected_has_cost_nothing() -> None:
    assert changed(observed=500).lost == 0


def test_only_what_is_known_by_its_volume_costs_posts() -> None:
    assert changed(series="report=newspapers", evidence=("reports",)).lost == 0
    assert changed(evidence=("reports", "volume")).lost == 70
    assert Incident("burst:posts:5", 1, "burst", "posts", 5, 9, expected=99.0).lost == 0


@pytest.mark.parametrize(
    ("planned", "wakes"), [(None, True), ("unannounced", True), ("early", True), ("overrun", True), ("on_time", False)]
)
def test_only_maintenance_inside_its_window_wakes_nobody(planned: str | None, wakes: bool) -> None:
    assert changed(planned=planned).pages is wakes


def test_what_a_wider_incident_explains_wakes_nobody() -> None:
    assert not changed(kind="burst", parent="burst:posts:5").pages


def test_a_word_wakes_nobody_however_new_it_is() -> None:
    assert not changed(kind="term", series="term=quake").pages


def test_a_backlog_wakes_nobody_for_it_is_the_past() -> None:
    assert not Incident("backlog:backlog=sms:5", 1, "backlog", "backlog=sms", 5, 9).pages


@pytest.mark.parametrize(
    ("standing", "severity"), [(("twitter", "web"), "warning"), (("twitter",), "critical"), ((), "critical")]
)
def test_an_outage_is_critical_when_one_channel_is_left_or_none(standing: tuple[str, ...], severity: str) -> None:
    assert changed(standing=standing).severity == severity


def test_what_wakes_nobody_is_never_critical() -> None:
    assert changed(standing=(), planned="on_time").severity == "info"


def test_a_burst_is_a_warning_however_few_channels_stand() -> None:
    assert Incident("burst:posts:5", 1, "burst", "posts", 5, 9).severity == "warning"


def test_a_record_spells_out_every_field_and_what_follows_from_them() -> None:
    record = to_record(OUTAGE)
    assert set(record) == {*Incident.__struct_fields__, "lost", "pages", "severity"}
    assert (record["lost"], record["pages"], record["closed_at"]) == (70, True, None)
    lists = {"channels": [], "evidence": ["volume"], "standing": ["twitter", "web"]}
    assert msgspec.json.decode(msgspec.json.encode(record)) == record | lists


def test_an_incident_reads_back_from_what_was_written() -> None:
    blind = Incident("blind:source=s:1", 1, "blind", "source=s", 1, 2, channels=("sms", "web"))
    for incident in (OUTAGE, blind, changed(planned="early", parent="x", closed_at=50)):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(incident), type=Incident) == incident

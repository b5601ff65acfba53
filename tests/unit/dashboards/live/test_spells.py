from dashboards.live.spells import Spell, spells_of, unseen
from dashboards.model import Source
from tocsin.incidents import Incident, Kind
from tocsin.maintenance import Planned, Window


def incident(
    kind: Kind,
    series: str,
    begin: int,
    end: int | None,
    channels: tuple[str, ...] = (),
    planned: Planned | None = None,
) -> Incident:
    return Incident(
        f"{kind}:{series}:{begin}", 1, kind, series, begin, begin, closed_at=end, channels=channels, planned=planned
    )


def source(*channels: str) -> Source:
    return Source(at=0, implied=False, channels=channels, blind=False)


def test_a_channel_shows_its_outages_bursts_maintenance_and_blind_times_and_no_others() -> None:
    incidents = [
        incident("outage", "channel=sms", 10, 20),
        incident("outage", "channel=sms", 30, 40, planned="on_time"),
        incident("burst", "channel=sms", 50, None),
        incident("blind", "source=gateway", 60, 70, ("sms", "web")),
        incident("outage", "channel=web", 1, 2),
        incident("term", "term=sms", 3, 4),
    ]
    windows = [
        Window("a", "sms", 30, 45, 0, "declared"),
        Window("b", "sms", 80, 90, 0, "cancelled"),
        Window("c", "web", 80, 90, 0, "declared"),
    ]
    assert spells_of("channel=sms", incidents, windows) == [
        Spell("maintenance", 30, 45),
        Spell("outage", 10, 20),
        Spell("planned", 30, 40),
        Spell("burst", 50, None),
        Spell("blind", 60, 70),
    ]
    assert spells_of("lang=sms", incidents, windows) == []


def test_a_channel_is_unseen_only_while_all_of_its_sources_are_blind() -> None:
    incidents = [
        incident("blind", "source=one", 10, 50, ("sms",)),
        incident("blind", "source=two", 40, 60, ("sms",)),
        incident("blind", "source=two", 80, 90, ("sms",)),
    ]
    sources = {"one": source("sms"), "two": source("sms", "web")}
    assert unseen("sms", incidents, sources) == [Spell("blind", 40, 50)]
    assert unseen("web", incidents, sources) == []
    assert unseen("telegraph", incidents, sources) == []


def test_what_is_unseen_for_good_has_no_end() -> None:
    incidents = [incident("blind", "source=one", 10, None, ("sms",))]
    assert unseen("sms", incidents, {"one": source("sms")}) == [Spell("blind", 10, None)]
    assert unseen("sms", incidents, {"one": source("sms"), "two": source("sms")}) == []


def test_a_spell_is_cut_to_what_is_shown() -> None:
    assert Spell("outage", 10, None).within(20, 30) == Spell("outage", 20, 30)
    assert Spell("outage", 10, 25).within(20, 30) == Spell("outage", 20, 25)
    assert Spell("outage", 10, 20).within(20, 30) is None

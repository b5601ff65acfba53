from msgspec.structs import replace

from dashboards.live.told import MOST_OVER, MOST_TERMS, announcement, terms, told
from tocsin.incidents import Incident, Kind


def incident(kind: Kind, series: str, at: int, closed: int | None = None, parent: str | None = None) -> Incident:
    return Incident(f"{kind}:{series}:{at}", 1, kind, series, at, at + 1, closed_at=closed, parent=parent)


def by_id(*incidents: Incident) -> dict[str, Incident]:
    return {incident.id: incident for incident in incidents}


def test_what_lasts_comes_apart_from_what_is_over_and_the_newest_first() -> None:
    found = by_id(
        incident("outage", "channel=sms", 1),
        incident("burst", "posts", 2, closed=9),
        incident("blind", "source=crawler", 3),
        incident("burst", "posts", 4, closed=9),
    )
    lasting, over, more = told(found)
    assert [(one.kind, one.since) for one in lasting] == [("blind", 3), ("outage", 1)]
    assert [one.since for one in over] == [4, 2]
    assert more == 0


def test_what_a_wider_one_explains_is_folded_under_it_however_deep() -> None:
    total = incident("burst", "posts", 1)
    channel = incident("burst", "channel=sms", 1, parent=total.id)
    region = incident("burst", "region=tehran", 1, parent=channel.id)
    orphan = incident("burst", "lang=fa", 1, parent="burst:posts:0")
    lasting, _, _ = told(by_id(region, channel, total, orphan))
    assert [one.value for one in lasting] == ["fa", "all posts"]
    assert [(one.value, [two.value for two in one.folded]) for one in lasting[1].folded] == [("sms", ["tehran"])]


def test_words_are_no_incidents_but_listed_by_how_many_people_use_them() -> None:
    found = by_id(
        replace(incident("term", "term=few", 1), peak_authors=5),
        replace(incident("term", "term=many", 2), peak_authors=9),
        replace(incident("term", "term=over", 3, closed=4), peak_authors=99),
    )
    assert told(found) == ((), (), 0)
    listed, more = terms(found)
    assert [(term.word, term.authors) for term in listed] == [("many", 9), ("few", 5)]
    assert more == 0


def test_lists_end_and_say_how_much_more_there_is() -> None:
    over = by_id(*(incident("burst", "posts", n, closed=n + 1) for n in range(MOST_OVER + 7)))
    words = by_id(*(incident("term", f"term={n}", n) for n in range(MOST_TERMS + 3)))
    assert told(over)[2] == 7
    assert terms(words)[1] == 3


def test_a_planned_outage_is_called_that_and_pages_nobody() -> None:
    (one,), _, _ = told(by_id(replace(incident("outage", "channel=sms", 1), planned="on_time")))
    assert (one.kind, one.severity, one.pages) == ("planned", "info", "no: nobody is to be woken")


def test_evidence_has_what_the_kind_has_and_nothing_else() -> None:
    outage = replace(
        incident("outage", "channel=sms", 1),
        expected=100.0,
        observed=10,
        evidence=("volume", "reports"),
        reports=4,
        standing=("web",),
        planned="unannounced",
    )
    (one,), _, _ = told(by_id(outage))
    evidence = dict(one.evidence)
    assert evidence["lost"] == "90 posts, estimated"
    assert evidence["reports"] == "4 posts elsewhere"
    assert evidence["still alive"] == "web"
    assert "reposts" not in evidence
    (blind,), _, _ = told(by_id(replace(incident("blind", "source=crawler", 1), channels=("web",))))
    assert dict(blind.evidence)["channels"] == "web"
    assert not {"observed", "expected", "score"} & set(dict(blind.evidence))


def test_only_what_pages_is_announced() -> None:
    assert announcement(by_id(replace(incident("outage", "channel=sms", 1), planned="on_time"))) == ""
    assert announcement(by_id(incident("outage", "channel=sms", 1, closed=2))) == ""
    assert announcement(by_id(incident("outage", "channel=sms", 1))).startswith("New incident: outage, channel=sms. ")

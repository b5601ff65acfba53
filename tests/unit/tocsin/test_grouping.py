from tocsin.grouping import breadth, bursts, explained_by, orphans
from tocsin.incidents import Incident, Kind


def incident(series: str, onset: int = 100, kind: Kind = "burst", parent: str | None = None) -> Incident:
    return Incident(f"{kind}:{series}:{onset}", 1, kind, series, onset, onset + 10, parent=parent)


def test_the_widest_incident_of_the_same_kind_explains_a_narrower_one() -> None:
    lasting = [incident("lang=fa"), incident("channel=sms"), incident("posts", kind="outage"), incident("keyword=vote")]
    assert explained_by(lasting, "burst", "keyword=protest") == "burst:channel=sms:100"
    assert explained_by(lasting, "burst", "channel=web") is None
    assert explained_by(lasting, "outage", "channel=web") == "outage:posts:100"


def test_a_blind_source_explains_nothing() -> None:
    assert breadth("source=crawler") == -1
    assert explained_by([incident("source=crawler", kind="blind")], "blind", "posts") is None


def test_a_new_incident_adopts_the_narrower_ones_of_the_same_event_and_no_others() -> None:
    lasting = [
        incident("region=tehran", 95),
        incident("region=shiraz", 10),
        incident("lang=fa", 99, parent="burst:channel=sms:1"),
        incident("channel=web", 99, kind="outage"),
        incident("posts", 100),
    ]
    assert [orphan.series for orphan in orphans(lasting, lasting[-1], 90)] == ["region=tehran"]


def test_bursts_are_listed_from_the_widest() -> None:
    lasting = [incident("keyword=vote"), incident("posts"), incident("channel=sms", kind="outage"), incident("lang=fa")]
    assert [burst.series for burst in bursts(lasting)] == ["posts", "lang=fa", "keyword=vote"]

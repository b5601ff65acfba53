from typing import Any

from tocsin.casebook import Casebook
from tocsin.maintenance import Window
from tocsin.standing import QUIET_MS, Channels, alive, states_of, watch_the_last

HOUR = 3_600_000


def out(book: Casebook, channel: str, planned: str = "unannounced") -> None:
    fields: dict[str, Any] = {"planned": planned, "evidence": ("volume",)}
    book.begin("outage", f"channel={channel}", 0, detected_at=1, **fields)


def window(state: str = "declared", begin: int = 10 * HOUR, end: int = 11 * HOUR) -> dict[str, Window]:
    return {"m": Window("m", "twitter", begin, end, 0, state)}  # type: ignore[arg-type]


def watch(book: Casebook, channels: Channels, windows: dict[str, Window], now: int = 0) -> list[tuple[str, str, bool]]:
    book.hand_on()
    watch_the_last(book, channels, windows, now)
    return [(i.kind, i.series, i.closed_at is None) for i in book.hand_on()]


def test_a_channel_is_alive_out_planned_blind_or_quiet() -> None:
    book = Casebook()
    out(book, "sms")
    out(book, "twitter", "on_time")
    out(book, "gone")
    heard = {"sms": 0, "twitter": 0, "web": QUIET_MS, "forum": QUIET_MS + 1, "radio": 0}
    states = states_of(heard, ["radio", "unheard"], book.of_kind("outage"))
    assert states == {
        "forum": "quiet", "gone": "out", "radio": "blind", "sms": "out", "twitter": "planned", "web": "alive",
    }  # fmt: skip
    assert list(states) == sorted(states)
    assert alive(states) == ("web",)


def test_an_outage_that_only_reports_tell_of_is_of_no_channel_that_we_collect() -> None:
    book = Casebook()
    book.begin("outage", "report=newspapers", 0, detected_at=1, evidence=("reports",))
    assert states_of({"web": 0}, [], book.of_kind("outage")) == {"web": "alive"}


def test_an_outage_tells_who_is_left_and_is_raised_when_only_one_is() -> None:
    book = Casebook()
    out(book, "sms")
    watch_the_last(book, {"sms": "out", "twitter": "alive", "web": "alive"}, {}, 0)
    (first,) = book.hand_on()
    assert (first.standing, first.severity, first.revision) == (("twitter", "web"), "warning", 1)
    out(book, "web")
    watch_the_last(book, {"sms": "out", "twitter": "alive", "web": "out"}, {}, 0)
    raised = {i.series: (i.standing, i.severity, i.revision) for i in book.hand_on()}
    assert raised == {"channel=sms": (("twitter",), "critical", 2), "channel=web": (("twitter",), "critical", 1)}


def test_an_outage_of_what_nobody_collects_takes_no_channel_away() -> None:
    book = Casebook()
    book.begin("outage", "report=newspapers", 0, detected_at=1, evidence=("reports",))
    watch_the_last(book, {"twitter": "alive"}, {}, 0)
    assert [(i.standing, i.severity) for i in book.hand_on()] == [(None, "warning")]
    watch_the_last(book, {"sms": "blind", "twitter": "alive"}, {}, 0)
    assert [(i.standing, i.severity) for i in book.hand_on()] == [(("twitter",), "critical")]


def test_severity_does_not_fall_while_an_outage_lasts() -> None:
    book = Casebook()
    out(book, "sms")
    watch_the_last(book, {"sms": "out", "twitter": "alive"}, {}, 0)
    book.hand_on()
    watch_the_last(book, {"sms": "out", "twitter": "alive", "web": "alive"}, {}, 0)
    assert book.hand_on() == []


def test_a_window_on_the_last_channel_is_told_at_once_and_until_another_one_is_back() -> None:
    book, down, back = Casebook(), {"sms": "out", "twitter": "alive"}, {"sms": "alive", "twitter": "alive"}
    assert watch(book, back, window()) == []
    assert watch(book, down, window(), 5) == [("exposed", "channel=twitter", True)]
    assert watch(book, down, window(), 6) == []
    exposed = book.find("exposed", "channel=twitter")
    assert exposed is not None
    assert (exposed.onset, exposed.detected_at, exposed.channels, exposed.severity) == (5, 5, ("sms",), "critical")
    assert watch(book, back, window(), 7) == [("exposed", "channel=twitter", False)]


def test_a_window_that_is_cancelled_or_over_exposes_nobody() -> None:
    down: Channels = {"sms": "out", "twitter": "alive"}
    assert watch(Casebook(), down, window("cancelled")) == []
    assert watch(Casebook(), down, window(), 11 * HOUR) == []
    book = Casebook()
    assert watch(book, down, window("moved"), 5) == [("exposed", "channel=twitter", True)]
    assert watch(book, down, window("cancelled"), 6) == [("exposed", "channel=twitter", False)]


def test_during_its_window_the_last_channel_stays_exposed() -> None:
    book = Casebook()
    watch(book, {"sms": "blind", "twitter": "alive"}, window(), 5)
    assert watch(book, {"sms": "blind", "twitter": "planned"}, window(), 10 * HOUR) == []


def test_a_window_on_one_of_several_or_on_the_only_channel_ever_exposes_nobody() -> None:
    assert watch(Casebook(), {"sms": "out", "twitter": "alive", "web": "alive"}, window()) == []
    assert watch(Casebook(), {"twitter": "alive"}, window()) == []
    assert watch(Casebook(), {"forum": "quiet", "twitter": "alive"}, window()) == []

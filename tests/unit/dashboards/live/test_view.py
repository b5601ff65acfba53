from dashboards.live.look import Choice, Look, choice, drawn
from dashboards.live.view import View, view
from dashboards.live.watch import Freshness
from dashboards.model import Source, Status
from tocsin.maintenance import Window

NOW = 1_245_000_000_000
STATUS = Status(
    version="3",
    bucket_ms=5_000,
    partitions=1,
    lexicon="",
    closed=NOW // 5_000 - 1,
    digest="0123456789abcdef",
    revisions=5,
    published=3,
    totals={"buckets": 10, "posts": 1_000, "rejected:not_json": 2, "rejected:ahead": 1, "late:sms": 0},
    sources={
        "crawler": Source(at=NOW - 65_000, implied=False, channels=("web",), blind=True),
        "gateway": Source(at=NOW, implied=False, channels=("sms",), blind=False),
    },
)
MOVING = Freshness("moving", 1.0, pace=1.0, live=True)


def shown(fresh: Freshness = MOVING, look: Look | None = None, now: int = NOW) -> View:
    return view(look or Look(status=STATUS), fresh, "127.0.0.1:6379/0", now)


def test_what_is_up_to_date_has_no_banner() -> None:
    told = shown()
    assert (told.banner, told.speed, told.age, told.pulse_words) == (None, "1×, live", "1 s ago", "up to date")


def test_a_replay_is_called_that() -> None:
    assert shown(Freshness("moving", 0.0, pace=17_280.4)).speed == "17,280×, replay"
    assert shown(Freshness("moving", 0.0, pace=1.0)).speed == "1.0×, replay"
    assert shown(Freshness("waiting", 0.0)).speed == "not known yet"


def test_what_is_stale_says_for_how_long_why_and_as_of_when() -> None:
    told = shown(Freshness("stale", 83.0, pace=1.0, live=True))
    assert told.banner is not None
    assert (told.banner.tone, told.banner.as_of) == ("alarm", NOW)
    assert told.banner.title == "No bucket has closed for 1 min 23 s"
    assert "Nobody knows what has happened since" in told.banner.words
    assert told.speed == "stands still"
    assert told.announcement.startswith("No bucket closes any more")


def test_an_old_stream_says_how_far_it_is_behind() -> None:
    told = shown(Freshness("stale", 20.0), now=NOW + 2 * 86_400_000)
    assert told.banner is not None
    assert "2 d behind the clock of this machine" in told.banner.words


def test_a_redis_that_does_not_answer_is_named() -> None:
    told = shown(Freshness("disconnected", 4.0, trouble="no Redis"))
    assert told.banner is not None
    assert "127.0.0.1:6379/0 does not answer" in told.banner.words
    assert told.banner.words.endswith("It was: no Redis")
    assert told.banner.as_of == NOW, "what was read before is still shown"
    assert told.age == "not known"


def test_before_anything_is_counted_the_banner_says_what_to_start() -> None:
    told = shown(Freshness("nothing", 4.0), Look())
    assert told.banner is not None
    assert told.banner.tone == "calm"
    assert "tocsin worker" in told.banner.words
    assert (told.at, told.health, told.lasting) == (None, (), ())


def test_only_blind_sources_are_listed_with_how_far_they_are_behind() -> None:
    (one,) = shown().blind
    assert (one.source, one.heard, one.behind, one.channels) == ("crawler", NOW - 65_000, "1 min 5 s", "web")


def test_maintenance_runs_or_comes_and_is_forgotten_when_it_is_over() -> None:
    windows = (
        Window("over", "sms", NOW - 20, NOW - 10, 0, "declared"),
        Window("runs", "sms", NOW - 20, NOW + 10, 0, "moved"),
        Window("comes", "sms", NOW + 20, NOW + 30, 0, "declared"),
        Window("off", "sms", NOW + 20, NOW + 30, 0, "cancelled"),
    )
    told = shown(look=Look(status=STATUS, windows=windows))
    assert [(one.id, one.runs) for one in told.upkeep] == [("runs", True), ("comes", False)]


def test_health_counts_by_reason_and_leaves_zeros_out() -> None:
    health = dict(shown(look=Look(status=STATUS, memory=52_400_000)).health)
    assert health["rejected"] == "3 (not_json 2, ahead 1)"
    assert health["late"] == "0"
    assert health["revisions"] == "5, 2 not yet in Kafka"
    assert health["Redis holds"] == "52.4 MB"
    assert health["digest"] == "0123456789ab"


def test_channels_stand_with_a_sign_and_a_word_for_each() -> None:
    look = Look(status=STATUS, channels={"sms": "out", "web": "blind"})
    assert [(one.sign, one.words) for one in shown(look=look).channels] == [("▼", "out"), ("◌", "blind: nobody knows")]


def test_what_a_link_asks_for_in_vain_is_not_chosen() -> None:
    assert choice("Asia/Tehran", "6h", "lang") == Choice("Asia/Tehran", "6h", "lang")
    assert choice("IST", "forever", "<b>") == Choice()
    assert choice("../../etc/passwd", "1d", "") == Choice(span="1d")


def test_the_largest_series_are_drawn_by_name_and_crosses_never() -> None:
    known = {f"lang=l{n:02d}": 0 for n in range(20)} | {"channel=sms": 0, "channel=sms|region=tehran": 0}
    volumes = {f"lang=l{n:02d}": n for n in range(20)}
    series, left_out = drawn(known, volumes, "lang")
    assert series == ("posts", *(f"lang=l{n:02d}" for n in range(8, 20)))
    assert left_out == 8
    assert drawn(known, volumes, "channel") == (("posts", "channel=sms"), 0)

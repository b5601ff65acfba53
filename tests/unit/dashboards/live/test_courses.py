from zoneinfo import ZoneInfo

from dashboards.live.charts import HEIGHT, WIDTH, Patch, describe, draw, zone_words
from dashboards.live.courses import Course, courses
from dashboards.live.look import Look, Sheet
from dashboards.live.spans import Stretch
from dashboards.model import Band, Row, Source, Status
from tocsin.incidents import Incident

STEP = 60_000
BEGIN = 1_244_826_000_000  # 2009-06-12T17:00Z
TEHRAN, UTC = ZoneInfo("Asia/Tehran"), ZoneInfo("UTC")


def status(buckets: int, closed: int | None = None) -> Status:
    return Status(
        version="3",
        bucket_ms=STEP,
        partitions=1,
        lexicon="",
        closed=BEGIN // STEP + (buckets if closed is None else closed) - 1,
        digest="",
        revisions=0,
        published=0,
        totals={"buckets": buckets},
        sources={"gateway": Source(at=0, implied=False, channels=("sms",), blind=False)},
    )


def course(posts: list[int | None], group: int = 1, incidents: tuple[Incident, ...] = ()) -> Course:
    """The course of text messages that were so many, ten expected."""
    rows = tuple(Row(BEGIN + i * STEP, (n, n), (None, Band(10.0, 4.0, 16.0))) for i, n in enumerate(posts))
    stretch = Stretch("bucket", STEP, group, BEGIN, BEGIN + len(posts) * STEP, BEGIN)
    look = Look(incidents={incident.id: incident for incident in incidents})
    return courses(look, status(len(posts)), Sheet(("posts", "channel=sms"), rows=rows), stretch)[1]


def blind(begin: int, end: int | None) -> Incident:
    return Incident("blind", 1, "blind", "source=gateway", begin, begin, closed_at=end, channels=("sms",))


def test_the_rate_is_in_posts_a_minute_and_silence_is_zero() -> None:
    assert [dot.rate for dot in course([10, 0, 30]).dots] == [10.0, 0.0, 30.0]


def test_several_buckets_make_one_point_whose_band_stays_that_of_a_bucket() -> None:
    first, second = course([10, 20, 30, 40], group=2).dots
    assert (first.rate, second.rate) == (15.0, 35.0)
    assert first.band == Band(10.0, 4.0, 16.0)
    assert (first.begin, first.end, second.end) == (BEGIN, BEGIN + 2 * STEP, BEGIN + 4 * STEP)


def test_what_has_expired_is_a_gap_and_not_zero() -> None:
    assert [dot.rate for dot in course([None, None, 5]).dots] == [None, None, 5.0]


def test_a_point_of_which_a_part_has_expired_is_the_rate_of_the_rest() -> None:
    assert [dot.rate for dot in course([None, 6], group=2).dots] == [6.0]


def test_while_nobody_sees_a_channel_there_is_a_gap_whatever_was_counted() -> None:
    shown = course([10, 0, 0, 10], incidents=(blind(BEGIN + STEP, BEGIN + 3 * STEP),))
    assert [dot.rate for dot in shown.dots] == [10.0, None, None, 10.0]
    assert [(spell.shade, spell.begin, spell.end) for spell in shown.spells] == [
        ("blind", BEGIN + STEP, BEGIN + 3 * STEP)
    ]


def test_the_running_hour_is_rated_by_what_has_passed_of_it() -> None:
    rows = (Row(BEGIN, (30,), (None,)),)
    stretch = Stretch("hour", 3_600_000, 1, BEGIN, BEGIN + 15 * STEP, BEGIN)
    (shown,) = courses(Look(), status(15), Sheet(("posts",), rows=rows), stretch)
    assert shown.dots[0].rate == 2.0
    assert shown.dots[0].end == BEGIN + 15 * STEP


def test_a_chart_has_the_time_of_its_zone_and_says_which() -> None:
    in_tehran, in_utc = (draw(course([10, 20]), zone) for zone in (TEHRAN, UTC))
    assert (in_tehran.zone, in_utc.zone) == ("Asia/Tehran (UTC+4:30)", "UTC")
    assert in_tehran.right - in_utc.right == in_tehran.begin - in_utc.begin == 4.5 * 3_600_000
    assert in_utc.across[0].words == "17:00:00"
    assert in_tehran.across[0].words == "21:30:00"


def test_the_offset_is_that_of_the_day() -> None:
    assert zone_words(ZoneInfo("Europe/Berlin"), BEGIN) == "Europe/Berlin (UTC+2)"
    assert zone_words(ZoneInfo("Europe/Berlin"), BEGIN + 180 * 86_400_000) == "Europe/Berlin (UTC+1)"


def test_a_line_is_on_the_grid_from_zero_to_the_largest_tick() -> None:
    drawing = draw(course([0, 20]), UTC)
    assert [(tick.words, tick.at) for tick in drawing.up] == [("20", 0.0), ("10", 50.0), ("0", 100.0)]
    assert drawing.rate == f"M{WIDTH // 4} {HEIGHT}L{WIDTH * 3 // 4} 0"
    assert drawing.expected == f"M{WIDTH // 4} {HEIGHT // 2}L{WIDTH * 3 // 4} {HEIGHT // 2}"
    assert drawing.band == "M500 200 1500 200 1500 800 500 800z"


def test_a_line_has_a_gap_where_nothing_is_known_and_what_stands_alone_is_a_dot() -> None:
    drawing = draw(course([16, None, 16, 16]), UTC)
    assert drawing.rate == "M250 200h0M1250 200L1750 200"
    assert drawing.points == "16.0 10.0 4.0 16.0, 10.0 4.0 16.0,16.0 10.0 4.0 16.0,16.0 10.0 4.0 16.0"


def test_a_shaded_stretch_carries_its_word_where_there_is_room() -> None:
    outage = Incident("outage", 1, "outage", "channel=sms", BEGIN + STEP, BEGIN + STEP)
    (patch,) = draw(course([10, 0, 0, 0], incidents=(outage,)), UTC).patches
    assert patch == Patch("outage", 25.0, 75.0, "outage")
    assert patch.middle == 62.5
    (narrow,) = draw(course([10] * 19 + [0], incidents=(blind(BEGIN + 19 * STEP, None),)), UTC).patches
    assert narrow == Patch("blind", 95.0, 5.0, "")


def test_a_chart_of_nothing_has_an_axis_and_no_line() -> None:
    drawing = draw(Course("posts"), UTC)
    assert (drawing.rate, drawing.points, drawing.across) == ("", "", ())
    assert [tick.words for tick in drawing.up] == ["1", "0"]


def test_a_chart_is_told_in_a_sentence() -> None:
    outage = Incident("outage", 1, "outage", "channel=sms", BEGIN + STEP, BEGIN + STEP)
    assert describe(course([10, 0], incidents=(outage,)), TEHRAN) == (
        "channel=sms: 0.0 posts a minute at 2009-06-12 21:32 Asia/Tehran (UTC+4:30), 10.0 expected, "
        "4.0 to 16.0 is ordinary; now: outage"
    )
    unknown = course([10, 0], incidents=(blind(BEGIN, None),))
    assert "nobody knows how many posts" in describe(unknown, UTC)
    assert describe(Course("posts"), UTC) == "posts: nothing is counted yet"

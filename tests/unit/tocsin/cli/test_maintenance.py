"""The maintenance commands: Kafka is stood in for, and so is Redis where no command has to read what workers store."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from streams.stored import START, fill, lines, minute_at
from typer.testing import CliRunner

from tocsin.cli import declare, situation
from tocsin.cli.maintenance import maintenance
from tocsin.errors import ArchiveError, TocsinError
from tocsin.incidents import Incident
from tocsin.judge import Judge
from tocsin.maintenance import Window
from tocsin.outlook import Forecast, Outlook
from tocsin.posts import Notice, decode, encode
from tocsin.zones import UnclearTimeError

LA = "America/Los_Angeles"
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
TEN = 10 * MINUTE_MS
NINE_PM = 1_245_186_000_000  # 2009-06-16T21:00Z
NOON = NINE_PM - 9 * HOUR_MS
AT = NINE_PM - 21 * HOUR_MS
IN_CALIFORNIA = ("2009-06-16 14:00-15:00", "--zone", LA)


@pytest.fixture(autouse=True)
def _clean(clean_environment):  # without it, nothing would be cleaned
    """Run without the settings of whoever runs the tests."""


@pytest.fixture
def written(monkeypatch):
    """What has been written to Kafka."""
    found = []

    @contextmanager
    def connect(_bootstrap, topic, **_options):
        yield SimpleNamespace(write=lambda item: found.append((topic.name, item.line)))

    monkeypatch.setattr(declare, "connect", connect)
    return found


def stored(monkeypatch, *, windows=(), incidents=(), channels=None, outlook=None, at=NOON):
    """Let Redis hold these."""
    reader = SimpleNamespace(
        address="nowhere",
        status=lambda: None if at is None else SimpleNamespace(closed_through=at),
        windows=lambda: list(windows),
        incidents=lambda: list(incidents),
        channels=lambda: channels or {"sms": "alive", "twitter": "alive"},
        outlook=lambda channel: outlook if channel == "twitter" else None,
    )

    @contextmanager
    def open_reader():
        yield reader

    monkeypatch.setattr(declare, "open_reader", open_reader)
    monkeypatch.setattr(situation, "open_reader", open_reader)


def call(*arguments):
    result = CliRunner().invoke(maintenance, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def rows(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def window(name="upgrade", state="declared", begin=NINE_PM, forecast=None):
    return Window(name, "twitter", begin, begin + HOUR_MS, AT, state, forecast)


def test_a_declared_window_is_written_once_and_said_in_every_clock(written):
    result = call("declare", "twitter", *IN_CALIFORNIA, "--audience", "Asia/Tehran", "--at", "2009-06-16T00:00Z")

    notice = Notice("maintenance", "twitter-20090616t2100z", "twitter", NINE_PM, NINE_PM + HOUR_MS, AT, "declared")
    assert written == [("posts", notice)]
    said = rows(result.stdout)
    assert said[0] == "twitter: twitter-20090616t2100z declared at 2009-06-16T00:00Z, 1 h of maintenance"
    assert "UTC Tue 2009-06-16 21:00 Tue 2009-06-16 22:00" in said
    assert f"{LA} Tue 2009-06-16 14:00 Tue 2009-06-16 15:00 UTC-7" in said
    assert "Asia/Tehran Wed 2009-06-17 01:30 Wed 2009-06-17 02:30 UTC+4:30" in said
    assert said[-1] == "Written to posts, partitions: 4"
    assert result.stderr == ""


def test_a_rehearsal_writes_nothing_and_needs_no_broker(monkeypatch):
    monkeypatch.setenv("TOCSIN_KAFKA", "127.0.0.1:1")
    result = call("declare", "twitter", *IN_CALIFORNIA, "--at", "2009-06-16T00:00Z", "--dry-run")
    assert "Nothing was written" in result.stdout


def test_a_window_has_the_name_that_it_is_given(written):
    call("declare", "twitter", "2009-06-16T21:00Z", "--duration", "1h", "--id", "upgrade", "--at", "2009-06-16T00:00Z")
    assert written[0][1].id == "upgrade"


@pytest.mark.parametrize("channel", ["twitter", "a-channel-with-a-name-of-32-chars"[:32]])
def test_a_window_without_a_name_gets_one_that_workers_take(written, channel):
    call("declare", channel, *IN_CALIFORNIA)
    (_, notice) = written[0]
    assert decode(encode([notice])) == [notice]


def test_a_window_in_the_past_of_its_notice_is_warned_of(written):
    assert "Warning: it begins before its notice is made" in call("declare", "twitter", *IN_CALIFORNIA).stderr
    assert len(written) == 1


def test_clocks_that_change_within_the_window_are_told(written):
    result = call(
        "declare", "twitter", "2009-11-01 00:30", "--duration", "3h", "--zone", LA, "--at", "2009-06-16T00:00Z"
    )
    assert "UTC-7; the clocks change within it, to UTC-8" in result.stdout
    assert written[0][1].end - written[0][1].begin == 3 * HOUR_MS


@pytest.mark.parametrize(
    "extra", [(), ("--id", "the-upgrade", "--audience", "Asia/Tehran", "--at", "2009-06-15T23:30Z")]
)
def test_the_notice_of_june_2009_is_refused_and_ends_with_a_command_that_is_accepted(written, extra):
    with pytest.raises(UnclearTimeError) as refused:
        call("declare", "twitter", "2-3p PST (1:30a in Iran)", "--date", "2009-06-16", *extra)
    assert refused.value.exit_code == 2
    assert "2009-06-16 21:00-22:00 UTC; 2009-06-17 01:30-02:30 in Tehran" in str(refused.value)
    assert "2009-06-16 22:00-23:00 UTC; 2009-06-17 02:30-03:30 in Tehran" in str(refused.value)
    assert "Only reading 1 fits" in str(refused.value)
    assert written == []

    command = str(refused.value).splitlines()[-1].strip()
    assert command.startswith("tocsin maintenance declare twitter ")
    call(*declare.shlex.split(command)[2:])
    assert (written[0][1].begin, written[0][1].end) == (NINE_PM, NINE_PM + HOUR_MS)


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        (("Twitter!", "2009-06-16T21:00Z"), "a channel is at most 32 of a-z"),
        (("twitter", "2009-06-16T21:00Z", "--duration", "1.5h"), "expected a duration from 1m to 7d"),
        (("twitter", "2009-06-16 14:00-15:00", "--zone", "IST"), "IST is used in India, Ireland and Israel"),
        (("twitter", "14:00-15:00", "--zone", LA, "--date", "16/06/2009"), "expected a date of the calendar"),
        (("twitter", *IN_CALIFORNIA, "--audience", "Tehran"), "Write Asia/Tehran"),
        (("twitter", *IN_CALIFORNIA, "--id", "Upgrade!"), "an id is at most 32 of a-z 0-9"),
        (("twitter", *IN_CALIFORNIA, "--at", "yesterday"), "expected a date and a time"),
    ],
)
def test_what_is_unclear_is_refused_before_anything_is_written(written, arguments, explanation):
    with pytest.raises(TocsinError) as refused:
        call("declare", *arguments)
    assert explanation in str(refused.value)
    assert written == []


def test_a_window_is_moved_on_the_channel_that_it_was_declared_for(written, monkeypatch):
    stored(monkeypatch, windows=[window()])
    call("move", "upgrade", "2009-06-17 01:30-02:00", "--zone", "Asia/Tehran", "--at", "2009-06-16T01:00Z")
    (notice,) = [line for _, line in written]
    assert notice == Notice("maintenance", "upgrade", "twitter", NINE_PM, NINE_PM + HOUR_MS // 2, AT + HOUR_MS, "moved")


def test_a_window_is_cancelled_as_it_was(written, monkeypatch):
    stored(monkeypatch, windows=[window()])
    call("cancel", "upgrade", "--at", "2009-06-16T01:00Z")
    (notice,) = [line for _, line in written]
    assert (notice.begin, notice.end, notice.state) == (NINE_PM, NINE_PM + HOUR_MS, "cancelled")


@pytest.mark.parametrize(
    ("arguments", "windows", "explanation"),
    [
        (("cancel", "upgrad"), [window(), window("b")], "upgrad: no such window. Known are: b, upgrade"),
        (("cancel", "upgrade"), [], "Known are: none yet. Is a worker running"),
        (("cancel", "upgrade"), [window(state="cancelled")], "cancelled already, at 2009-06-16T00:00Z"),
        (("cancel", "upgrade", "--at", "2009-06-15T23:00Z"), [window()], "would change nothing. Say --at"),
        (("move", "b", "2009-06-16T21:00Z", "--duration", "1h"), [window()], "b: no such window"),
    ],
)
def test_a_notice_that_could_not_hold_is_refused(written, monkeypatch, arguments, windows, explanation):
    stored(monkeypatch, windows=windows)
    with pytest.raises(TocsinError) as refused:
        call(*arguments)
    assert explanation in str(refused.value)
    assert written == []


def outlook(low=0.9, high=1.1, days=7.0, apart=0.3):
    """Three days in which the hour from 21:00 carries least, and noon most."""
    hours = [300.0] * 72
    for hour in range(72):
        hours[hour] = {9: 60.0, 0: 900.0}.get(hour % 24, 300.0 + hour)
    posts = tuple(hour / 6 for hour in hours for _ in range(6))
    authors = tuple(hour / 2 for hour in hours for _ in range(6))
    return Outlook("twitter", NOON, TEN, posts, authors, 1.0, low, high, 1 - low, high - 1, apart, days)


def test_advice_ranks_starts_and_shows_every_clock(monkeypatch):
    stored(monkeypatch, outlook=outlook())
    said = rows(call("advise", "--channel", "twitter", "--zone", "Asia/Tehran").stdout)
    (first,) = [row for row in said if row.startswith("1 Tue")]
    assert first.startswith("1 Tue 2009-06-16 21:00 Wed 2009-06-17 01:30 60 ")
    assert any(row.startswith("worst Tue 2009-06-16 12:00 Tue 2009-06-16 16:30 900 ") for row in said)
    assert said[1:3] == [
        "UTC 00:00 03:00 06:00 09:00 12:00 15:00 18:00 21:00",
        "Tehran 04:30 07:30 10:30 13:30 16:30 19:30 22:30 01:30",
    ]


def test_the_picture_marks_the_best_and_what_is_declared_below_their_hours(monkeypatch):
    stored(monkeypatch, outlook=outlook(), windows=[window(begin=NOON + 3 * HOUR_MS)])
    drawn = call("advise", "--channel", "twitter", "--horizon", "12h").stdout.splitlines()
    day = next(n for n, line in enumerate(drawn) if line.startswith("Tue 16 Jun"))
    heights, marks = drawn[day], drawn[day + 1]
    column = 11 + 2 * 21
    assert heights[column : column + 2] == "▁▁"
    assert heights[11 + 24 : 11 + 26] == "██"
    assert marks[column] == "1"
    assert marks[11 + 2 * 15 + 1] == "="


def test_a_declared_window_is_held_against_the_best_of_its_length_or_a_given_start(monkeypatch):
    stored(monkeypatch, outlook=outlook(), windows=[window(begin=NOON)])
    said = call("advise", "--channel", "twitter").stdout
    assert "upgrade, declared for 2009-06-16T12:00Z to 2009-06-16T13:00Z, against 2009-06-16T21:00Z" in said
    assert "840 more posts, 15.0 times as many" in said
    told = call("advise", "--channel", "twitter", "--against", "2009-06-17T21:00Z", "--json").stdout
    (declared,) = json.loads(told)["declared"]
    assert declared["against"]["begin"] == NINE_PM + 24 * HOUR_MS
    assert (declared["more_posts"], declared["times"], declared["sure"]) == (840, 15, True)


def test_a_difference_that_such_forecasts_are_often_off_by_may_be_chance(monkeypatch):
    stored(monkeypatch, outlook=outlook(apart=3.0), windows=[window(begin=NOON)])
    assert "15.0 times as many, which may be chance" in call("advise", "--channel", "twitter").stdout
    stored(monkeypatch, outlook=outlook(0.01, 20.0), windows=[window(begin=NOON)])
    assert "clearly worse: 840 more posts" in call("advise", "--channel", "twitter").stdout


def test_json_of_advice_is_pure_and_holds_the_cautions(monkeypatch):
    stored(monkeypatch, outlook=outlook(days=1.0), channels={"sms": "out", "twitter": "alive"})
    result = call("advise", "--channel", "twitter", "--json", "--duration", "90m", "--step", "15m")
    told = json.loads(result.stdout)
    assert [told["channel"], told["at"], told["history_days"]] == ["twitter", NOON, 1.0]
    assert all(start["end"] - start["begin"] == 90 * MINUTE_MS for start in told["best"])
    assert [len(told["best"]), len(told["cautions"])] == [5, 3]
    assert "last channel that is alive" in told["cautions"][0]
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "explanation"),
    [
        (("--channel", "twiter"), "no such channel has been counted. Known are: sms, twitter"),
        (("--channel", "sms"), "too little is known of it"),
        (("--channel", "twitter", "--duration", "2h", "--horizon", "1h"), "Choose a longer --horizon"),
        (("--channel", "twitter", "--from", "2010-01-01T00:00Z"), "another --from"),
        (("--channel", "twitter", "--zone", "PST"), "Write America/Los_Angeles"),
        (("--channel", "twitter", "--horizon", "8d"), "expected a duration from 1m to 7d"),
    ],
)
def test_advice_that_cannot_be_given_says_why(monkeypatch, arguments, explanation):
    stored(monkeypatch, outlook=outlook())
    with pytest.raises(TocsinError) as refused:
        call("advise", *arguments)
    assert explanation in str(refused.value)


def outage(onset=NINE_PM, closed_at=NINE_PM + HOUR_MS // 2, planned="on_time"):
    fields = {"expected": 400.0, "observed": 40, "planned": planned, "evidence": ("volume",)}
    return Incident("outage:channel=twitter:1", 2, "outage", "channel=twitter", onset, onset + 1, closed_at, **fields)


def test_the_list_tells_what_became_of_each_window(monkeypatch):
    windows = [window(), window("old", "cancelled"), window("next", begin=NINE_PM + 48 * HOUR_MS)]
    stored(monkeypatch, windows=windows, incidents=[outage()], at=NINE_PM + 3 * HOUR_MS)
    said = rows(call("list", "--zone", "Asia/Tehran").stdout)
    assert said[1] == ("upgrade twitter declared Tue 2009-06-16 21:00 Wed 2009-06-17 01:30 1 h on time 30 min 360")
    assert said[2].endswith("1 h cancelled")
    assert said[3].endswith("1 h to come")
    assert [one["fate"] for one in json.loads(call("list", "--json").stdout)] == ["on time", "cancelled", "to come"]


def test_a_review_holds_the_forecast_against_what_came(monkeypatch):
    late = outage(closed_at=NINE_PM + 2 * HOUR_MS, planned="overrun")
    forecast = Forecast(200.0, 150.0, 300.0, 90.0, 0.2)
    stored(monkeypatch, windows=[window(forecast=forecast)], incidents=[late], at=NINE_PM + 3 * HOUR_MS)
    said = rows(call("review", "--id", "upgrade").stdout)
    assert said == [
        "upgrade (twitter): overrun",
        "declared at 2009-06-16T00:00Z: 2009-06-16T21:00Z to 2009-06-16T22:00Z",
        "foretold: 200 posts (150 to 300) of 90 authors",
        "silent from 2009-06-16T21:00Z to 2009-06-16T23:00Z, 2 h, overrun: lost 360 posts",
        "foretold for so long: 400 posts",
        "overran by 1 h: 180 of the lost posts (50%), if they were lost evenly",
    ]
    (told,) = json.loads(call("review", "--json").stdout)
    assert (told["lost"], told["foretold"], told["interruptions"][0]["overrun_lost"]) == (360, 400, 180)


def test_a_review_of_an_unknown_window_names_the_known_ones(monkeypatch):
    stored(monkeypatch, windows=[window()])
    with pytest.raises(TocsinError, match=r"no such window\. Known are: upgrade"):
        call("review", "--id", "upgrad")


@pytest.mark.parametrize("command", [("list",), ("review",), ("advise", "--channel", "twitter")])
def test_an_empty_redis_gets_a_kind_word_and_no_error(monkeypatch, command):
    stored(monkeypatch, at=None)
    result = call(*command)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "tocsin worker" in result.stderr
    json.loads(call(*command, "--json").stdout)


def test_redis_cannot_be_cut_short(monkeypatch):
    stored(monkeypatch)
    assert call("list", "--until", "2009-06-11T06:00Z").exit_code == 2


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Eight hours in which the announced silence of a channel begins at six and lasts half an hour."""
    monkeypatch.setenv("TOCSIN_BUCKET_SECONDS", "30")
    monkeypatch.setenv("TOCSIN_BLIND_AFTER_SECONDS", "120")
    first = Notice("maintenance", "night", "sms", minute_at(300), minute_at(330), minute_at(60), "declared")
    moved = Notice("maintenance", "night", "sms", minute_at(360), minute_at(380), minute_at(120), "moved")
    stream = list(lines())
    stream.insert(122, encode([moved]))
    stream.insert(62, encode([first]))
    path = tmp_path / "june.ndjson"
    path.write_bytes(b"\n".join(stream))
    return path


def test_an_archive_remembers_every_notice_of_a_window(archive):
    (told,) = json.loads(call("review", archive, "--json").stdout)
    assert [(one["state"], one["begin"]) for one in told["announcements"]] == [
        ("declared", minute_at(300)),
        ("moved", minute_at(360)),
    ]
    assert told["fate"] == "overrun"
    assert told["interruptions"][0]["overrun_ms"] == 10 * MINUTE_MS


def test_an_archive_is_judged_up_to_a_time_and_knows_nothing_of_what_follows(archive):
    (told,) = json.loads(call("list", archive, "--until", "2009-06-11T01:30Z", "--json").stdout)
    assert (told["state"], told["begin"], told["fate"]) == ("declared", minute_at(300), "to come")
    (told,) = json.loads(call("list", archive, "--until", "2009-06-11T02:30Z", "--json").stdout)
    assert (told["state"], told["begin"]) == ("moved", minute_at(360))
    assert json.loads(call("list", archive, "--until", "2009-06-11T00:30Z", "--json").stdout) == []


def test_the_last_bucket_judged_is_the_last_that_ends_by_then(archive, monkeypatch):
    seen = []
    monkeypatch.setattr(Judge, "outlook", lambda _judge, _channel: outlook())
    for until in ("2009-06-11T01:30Z", "2009-06-11T01:30:29Z", "2009-06-11T01:30:30Z"):
        arguments = ("--channel", "sms", "--until", until, "--from", "2009-06-16T12:00Z", "--json")
        seen.append(json.loads(call("advise", archive, *arguments).stdout)["at"] - START)
    assert seen == [90 * MINUTE_MS, 90 * MINUTE_MS, 90 * MINUTE_MS + 30_000]


def test_a_time_before_the_archive_is_refused(archive):
    with pytest.raises(ArchiveError, match="nothing of it is before 2009-06-10T00:00Z"):
        call("list", archive, "--until", "2009-06-10T00:00Z")


def test_redis_and_the_archive_give_the_same_advice(stored_settings, monkeypatch, tmp_path):
    fill(stored_settings.model_copy(update={"namespace": "t-advice"}))
    monkeypatch.setenv("TOCSIN_REDIS", stored_settings.redis)
    monkeypatch.setenv("TOCSIN_NAMESPACE", "t-advice")
    monkeypatch.setenv("TOCSIN_BUCKET_SECONDS", "30")
    monkeypatch.setenv("TOCSIN_BLIND_AFTER_SECONDS", "120")
    path = tmp_path / "june.ndjson"
    path.write_bytes(b"\n".join(lines()))
    arguments = ("--channel", "sms", "--from", "2009-06-11T09:00Z", "--json")
    from_redis = json.loads(call("advise", *arguments).stdout)
    from_archive = json.loads(call("advise", path, *arguments).stdout)
    assert from_redis["best"] == from_archive["best"]
    assert "web is blind" in " ".join(from_redis["cautions"])

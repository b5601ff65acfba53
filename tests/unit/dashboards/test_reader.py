import pytest
from redis import Redis
from streams.stored import LEXICON, MINUTES, START, fill, minute_at, settings_for, sms_posts

from dashboards.model import Band
from dashboards.reader import Reader
from tocsin.cli.children import free_port
from tocsin.errors import RefusedError, SettingsError, TocsinError, UnavailableError
from tocsin.incidents import Incident
from tocsin.offline import Offline
from tocsin.settings import Settings

BUCKET_MS = 30_000


@pytest.fixture(scope="module")
def settings(redis_url: str) -> Settings:
    return settings_for(redis_url, "t-reader")


@pytest.fixture(scope="module")
def offline(settings: Settings) -> Offline:
    return fill(settings)


@pytest.fixture
def reader(settings: Settings, offline: Offline):
    assert offline.judge.digest, "the stream has been judged and stored"
    with Reader(settings.redis, settings.redis_prefix) as reader:
        yield reader


@pytest.fixture
def empty(redis_url: str, namespace: str):
    with Reader(redis_url, f"tocsin:{namespace}:") as reader:
        yield reader


def kinds(incidents: list[Incident]) -> set[tuple[str, str]]:
    return {(incident.kind, incident.series) for incident in incidents}


def test_the_status_is_what_the_judge_came_to(reader: Reader, offline: Offline) -> None:
    status = reader.status()
    assert status is not None
    assert (status.bucket_ms, status.partitions, status.lexicon) == (BUCKET_MS, 1, LEXICON)
    assert status.digest == offline.judge.digest
    assert status.totals == dict(offline.judge.totals)
    assert (status.revisions, status.published, status.unpublished) == (
        offline.judge.revisions,
        1,
        status.revisions - 1,
    )


def test_channels_outlooks_and_windows_are_those_of_the_judge(reader: Reader, offline: Offline) -> None:
    assert reader.channels() == offline.judge.channels == {"sms": "alive", "web": "blind"}
    stored, now = reader.outlook("sms"), offline.judge.outlook("sms")
    assert stored is not None
    assert now is not None
    assert stored.end - stored.begin == 7 * 86_400_000
    assert now.begin - stored.begin <= 600_000, "it is worked out anew every ten minutes"
    assert reader.outlook("telegraph") is None
    assert reader.windows() == sorted(offline.judge.windows.values(), key=lambda window: window.begin)


def test_the_status_says_from_when_to_when_buckets_are_closed(reader: Reader) -> None:
    status = reader.status()
    assert status is not None
    assert status.closed_through == minute_at(MINUTES) + BUCKET_MS
    assert status.began == START - BUCKET_MS


def test_each_source_has_its_clock_and_only_the_silent_one_is_blind(reader: Reader) -> None:
    status = reader.status()
    assert status is not None
    assert {name: (source.blind, source.channels) for name, source in status.sources.items()} == {
        "crawler": (True, ("web",)),
        "gateway": (False, ("sms",)),
    }
    assert status.sources["crawler"].at == minute_at(450)


def test_incidents_come_by_onset_in_their_present_state(reader: Reader, offline: Offline) -> None:
    incidents = reader.incidents()
    assert [incident.onset for incident in incidents] == sorted(incident.onset for incident in incidents)
    assert {("outage", "channel=sms"), ("blind", "source=crawler"), ("burst", "channel=sms")} <= kinds(incidents)
    lasting = {incident.id: incident for incident in incidents if incident.closed_at is None}
    assert lasting == {incident.id: incident for incident in offline.judge.open.values()}


def test_some_incidents_are_read_by_their_ids_and_those_that_do_not_exist_are_left_out(reader: Reader) -> None:
    first, *_, last = reader.incidents()
    assert reader.incidents([last.id, "outage:channel=telegraph:0", first.id]) == [first, last]
    assert reader.incidents([]) == []


def test_several_series_are_read_in_one_round_trip_with_what_was_expected_of_them(reader: Reader) -> None:
    status = reader.status()
    assert status is not None
    starts = range(minute_at(355), minute_at(365), 60_000)
    rows = reader.rows(status, ("posts", "channel=sms", "channel=telegraph"), "minute", starts)
    assert [row.at for row in rows] == list(starts)
    assert [row.posts[1] for row in rows] == [sms_posts(minute) for minute in range(355, 365)]
    assert [row.posts[0] for row in rows] == [sms_posts(minute) + 30 for minute in range(355, 365)]
    bands = reader.bands("channel=sms", minute_at(355), minute_at(365))
    assert [row.bands[1] for row in rows] == [bands[start + BUCKET_MS] for start in starts], "of the middle"
    assert {row.posts[2] for row in rows} == {0}
    assert {row.bands[2] for row in rows} == {None}


def test_the_volume_of_each_series_is_that_of_the_running_hour_and_the_one_before(reader: Reader) -> None:
    status = reader.status()
    assert status is not None
    volumes = reader.volumes(status)
    assert volumes["channel=sms"] == sum(map(sms_posts, range(420, MINUTES))), "the stream ended with an hour"
    assert volumes["channel=web"] == 30 * 30
    assert not any(name.startswith("authors:") for name in volumes)


def test_the_log_is_read_in_order_from_a_number_on(reader: Reader, offline: Offline) -> None:
    whole = reader.revisions()
    assert len(whole) == offline.judge.revisions
    assert whole[0].kind == "outage"
    assert (whole[0].revision, whole[1].revision, whole[0].id) == (1, 2, whole[1].id)
    assert reader.revisions(2) == whole[2:]
    assert reader.revisions(len(whole)) == []


def test_series_are_known_with_the_bucket_in_which_they_were_last_seen(reader: Reader) -> None:
    series = reader.series()
    assert series["channel=sms"] == minute_at(MINUTES) - BUCKET_MS
    assert series["channel=web"] == minute_at(450) - BUCKET_MS
    assert list(series) == sorted(series)


def test_counts_by_minute_are_the_posts_that_were_written_then(reader: Reader) -> None:
    points = reader.counts("channel=sms", "minute", START, minute_at(MINUTES))
    assert [point.posts for point in points] == [sms_posts(minute) for minute in range(MINUTES)]
    assert [point.at for point in points] == [minute_at(minute) for minute in range(MINUTES)]
    assert all(point.whole for point in points)


def test_counts_by_bucket_and_by_hour_add_up_to_the_same(reader: Reader) -> None:
    sums = [
        sum(point.posts or 0 for point in reader.counts("posts", by, START, minute_at(MINUTES)))
        for by in ("bucket", "minute", "hour")
    ]
    assert len(set(sums)) == 1


def test_a_series_that_is_missing_where_others_are_stored_is_zero(reader: Reader) -> None:
    (point,) = reader.counts("channel=web", "minute", minute_at(460), minute_at(461))
    assert point.posts == 0


def test_a_bucket_in_which_nobody_wrote_after_all_others_is_zero_and_not_unknown(reader: Reader) -> None:
    (point,) = reader.counts("posts", "bucket", minute_at(MINUTES), minute_at(MINUTES) + 1)
    assert (point.posts, point.whole) == (0, True)


def test_nothing_is_known_before_the_beginning_nor_of_what_is_not_closed(reader: Reader) -> None:
    before = reader.counts("posts", "minute", START - 120_000, START - 60_000)
    after = reader.counts("posts", "minute", minute_at(MINUTES + 5), minute_at(MINUTES + 6))
    assert [point.posts for point in before + after] == [None, None]


def test_what_has_expired_is_unknown_and_not_zero(redis_url: str, namespace: str, redis: Redis) -> None:
    settings = settings_for(redis_url, namespace)
    fill(settings, minutes=10)
    with Reader(redis_url, settings.redis_prefix) as reader:
        for minute in range(4):
            redis.delete(reader.keys.minute(minute_at(minute)))
        points = reader.counts("posts", "minute", START, minute_at(6))
        assert [point.posts for point in points] == [None, None, None, None, 50, 50]


def test_the_newest_counts_end_with_the_running_minute_which_is_not_whole(reader: Reader) -> None:
    points = reader.last_counts("channel=sms", "minute", 3)
    assert [(point.posts, point.whole) for point in points] == [(200, True), (200, True), (0, False)]


def test_the_newest_counts_do_not_reach_back_before_the_beginning(reader: Reader) -> None:
    points = reader.last_counts("posts", "hour", 1000)
    assert points[0].at == START - 3_600_000
    assert len(points) == 10


def test_distinct_authors_are_counted_by_bucket(reader: Reader) -> None:
    points = reader.counts("authors:channel=sms", "bucket", START, START + 2 * BUCKET_MS)
    assert [point.posts for point in points] == [10, 10]


def test_bands_hold_what_was_expected_where_it_is_stored(reader: Reader) -> None:
    bands = reader.bands("channel=sms", minute_at(470), minute_at(MINUTES + 1))
    assert list(bands) == list(range(minute_at(470), minute_at(MINUTES), BUCKET_MS))
    band = bands[minute_at(470)]
    assert isinstance(band, Band)
    assert band.expected == pytest.approx(10)
    assert band.lower < 10 < band.upper < 100


def test_series_that_surge_come_first(reader: Reader) -> None:
    surges = reader.surges(last=5)
    by_name = {surge.series: surge for surge in surges}
    assert surges[0].series == "channel=sms"
    assert (by_name["channel=sms"].posts, by_name["channel=sms"].expected) == (400, pytest.approx(40))
    assert by_name["channel=sms"].ratio == pytest.approx(10)
    assert surges[-1].series.startswith("channel=web")
    assert surges[-1].deviations < 0


def test_an_empty_redis_is_no_error(empty: Reader) -> None:
    assert empty.status() is None
    assert (empty.incidents(), empty.revisions(), empty.series(), empty.surges(5)) == ([], [], {}, [])
    assert (
        empty.last_counts("posts", "minute", 5),
        empty.counts("posts", "hour", 0, 1),
        empty.bands("posts", 0, 1),
    ) == (
        [],
        [],
        {},
    )


def test_redis_tells_about_itself(reader: Reader) -> None:
    info = reader.server()
    assert info["maxmemory_policy"] == "noeviction"
    assert info["aof_enabled"] == 1


def test_when_nobody_answers_the_error_says_where_and_what_to_start_but_not_the_password() -> None:
    port = free_port()
    with (
        Reader(f"redis://alice:s3cret@127.0.0.1:{port}/3?socket_timeout=1", "tocsin:") as reader,
        pytest.raises(UnavailableError) as raised,
    ):
        reader.status()
    message = str(raised.value)
    assert f"127.0.0.1:{port}/3" in message
    assert all(word in message for word in ("redis-server", "docker compose up", "TOCSIN_REDIS"))
    assert "s3cret" not in message
    assert "alice" not in message


def test_a_wrong_password_is_called_that_and_not_shown(redis_url: str) -> None:
    url = redis_url.replace("redis://", "redis://nobody:s3cret@")
    with Reader(url, "tocsin:") as reader, pytest.raises(RefusedError, match="password") as raised:
        reader.status()
    assert "s3cret" not in str(raised.value)


def test_a_key_of_another_type_is_an_error_that_names_redis(empty: Reader, redis: Redis) -> None:
    redis.set(empty.keys.series, 1)
    with pytest.raises(TocsinError, match="refused to answer: WRONGTYPE"):
        empty.series()


@pytest.mark.parametrize(
    "url", ["redis://:s3/cret@127.0.0.1:6379/0", "redis://:s3#cret@127.0.0.1/0", "redis://:12/s3cret@127.0.0.1/0"]
)
def test_a_url_whose_password_breaks_it_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(SettingsError, match="TOCSIN_REDIS") as raised:
        Reader(url, "tocsin:")
    assert "cret" not in str(raised.value)


def test_a_unix_socket_is_named_by_its_path() -> None:
    with Reader("unix:///nowhere/redis.sock?db=1&password=s3cret", "tocsin:") as reader:
        assert reader.address == "/nowhere/redis.sock"
        with pytest.raises(UnavailableError, match=r"/nowhere/redis\.sock") as raised:
            reader.status()
    assert "s3cret" not in str(raised.value)

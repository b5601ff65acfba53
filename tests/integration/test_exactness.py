"""Three workers, ten ``kill -9``, 300,000 posts: not one count differs from the truth, nor from a quiet run."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from redis import Redis
from servers.kafka import KafkaServer
from servers.workers import Workers
from streams.noisy import Noisy
from streams.reference import Truth, truth_of

from tocsin.cli.topics import create_topics
from tocsin.lexicon import lexicon_from_file
from tocsin.offline import Offline
from tocsin.settings import Settings, load_settings

STREAM = Noisy(seed=7, seconds=300, rate=1_150.0, crawler_dead=(90, 170))
PARTITIONS = 4
KEYWORDS = ("election", "internet")
LEXICON = "keywords: {election: {en: [election]}, internet: {en: [internet]}}\n"


@pytest.fixture(scope="module")
def truth() -> Truth:
    return truth_of(STREAM.lines(), KEYWORDS)


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lexicon") / "lexicon.yaml"
    path.write_text(LEXICON)
    return path


def settings_for(namespace: str, kafka: KafkaServer, redis_url: str, lexicon: Path) -> Settings:
    settings = load_settings(
        namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, partitions=PARTITIONS, lexicon=lexicon
    )
    create_topics(settings)
    return settings


def feed(settings: Settings, share: slice, producer: KafkaProducer, records: list[list[bytes]]) -> None:
    """Write a share of each partition's records, round about."""
    for partition, run in enumerate(records):
        for value in run[share]:
            producer.send(settings.topics.posts.name, value, partition=partition)
    producer.flush()


def run(settings: Settings, workers: Workers, redis: Redis, closed: int, disturb: Callable[[Workers], None]) -> None:
    """Feed the stream in twenty shares, disturbing the workers after each, until everything has closed."""
    records = STREAM.records(PARTITIONS, cut_seed=3, most=500)
    shares = 20
    with KafkaProducer(bootstrap_servers=settings.kafka, acks="all", batch_size=1 << 18) as producer:
        for share in range(shares):
            size = max(map(len, records)) // shares + 1
            feed(settings, slice(share * size, (share + 1) * size), producer, records)
            disturb(workers)
    deadline = time.monotonic() + 300
    while int(redis.hget(f"{settings.redis_prefix}state", "closed") or -1) < closed:
        assert time.monotonic() < deadline, workers.logs()[-6000:]
        assert workers.restarts < 40, workers.logs()[-6000:]
        workers.revive()
        time.sleep(0.2)
    workers.stop()


def assert_committed(settings: Settings) -> None:
    """Without commits every restart would begin at the beginning, and prove nothing."""
    with KafkaAdminClient(bootstrap_servers=settings.kafka) as admin:
        offsets = admin.list_group_offsets(settings.group)[settings.group]
    records = STREAM.records(PARTITIONS, cut_seed=3, most=500)
    for partition, run_ in enumerate(records):
        committed = offsets[TopicPartition(settings.topics.posts.name, partition)].offset
        # A post may lie a minute ahead of its time, and its record waits for that minute.
        assert len(run_) * 0.6 < committed <= len(run_), f"partition {partition}: {committed} of {len(run_)}"


def assert_true(redis: Redis, settings: Settings, truth: Truth) -> None:
    prefix = settings.redis_prefix
    backlog = 0
    for bucket in range(min(truth.posts), truth.closed + 1):
        stored = {k.decode(): int(v) for k, v in redis.hgetall(f"{prefix}bucket:{bucket * 5}").items()}
        backlog += sum(stored.pop(name) for name in list(stored) if "backlog=" in name)
        authors = {f"authors:{name}": len(who) for name, who in truth.authors[bucket].items()}
        assert stored == {**truth.posts[bucket], **authors}, f"bucket {bucket}"
    assert backlog == truth.late + truth.duplicates
    totals = {k.decode(): int(v) for k, v in redis.hgetall(f"{prefix}totals").items()}
    assert totals["posts"] == sum(posts["posts"] for bucket, posts in truth.posts.items() if bucket <= truth.closed)
    assert sum(n for name, n in totals.items() if name.startswith("late:")) == truth.late
    assert sum(n for name, n in totals.items() if name.startswith("duplicates:")) == truth.duplicates
    rejected = {name.removeprefix("rejected:"): n for name, n in totals.items() if name.startswith("rejected:")}
    assert rejected == dict(truth.rejected)


def offline_digest(settings: Settings) -> str:
    offline = Offline(settings.rules, lexicon_from_file(settings.lexicon), settings.false_page_days)
    for record in STREAM.records(1, cut_seed=1, most=500)[0]:
        for _ in offline.fold(record):
            pass
    return offline.judge.digest


def test_ten_kills_change_no_count_and_no_incident(
    kafka: KafkaServer, redis_url: str, redis: Redis, lexicon: Path, truth: Truth, tmp_path: Path, namespace: str
) -> None:
    rnd, kills = Random(11), 10

    def kill(workers: Workers) -> None:
        nonlocal kills
        time.sleep(rnd.uniform(0.5, 2.5))
        if kills and rnd.random() < 0.7:
            kills -= 1
            workers.kill(rnd.randrange(3))
        workers.revive()

    disturbed = settings_for(f"{namespace}-x", kafka, redis_url, lexicon)
    workers = Workers(3, tmp_path, disturbed.environment())
    try:
        run(disturbed, workers, redis, truth.closed, kill)
    finally:
        workers.stop()
    assert kills == 0, "all ten must have happened"
    assert_true(redis, disturbed, truth)
    assert_committed(disturbed)

    quiet = settings_for(f"{namespace}-q", kafka, redis_url, lexicon)
    workers = Workers(1, tmp_path, quiet.environment())
    try:
        run(quiet, workers, redis, truth.closed, lambda _: None)
    finally:
        workers.stop()
    assert_true(redis, quiet, truth)

    digests = {redis.hget(f"{settings.redis_prefix}state", "digest").decode() for settings in (disturbed, quiet)}
    assert digests == {offline_digest(quiet)}
    assert workers.restarts == 0, workers.logs()[-6000:]

"""One stream through Apache Kafka into Redis: counts, incidents, dead letters, metrics, and the command line."""

import base64
import json
import urllib.request
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase

import pytest
from kafka import KafkaProducer
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from servers.kafka import KafkaServer
from servers.pipeline import closed, digest, messages, offline, tocsin, until, write
from servers.workers import Workers
from streams.news import START
from streams.noisy import GARBAGE, Noisy
from streams.silence import silence

from tocsin.cli.children import free_port
from tocsin.cli.topics import create_topics
from tocsin.posts import Heartbeat, Post, encode
from tocsin.settings import Settings, load_settings
from tocsin.terms import MOST_TERMS


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, namespace: str) -> Settings:
    settings = load_settings(
        namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, partitions=3, metrics_port=free_port()
    )
    create_topics(settings)
    return settings


@pytest.fixture
def workers(settings: Settings, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(1, tmp_path, settings.environment(), port=settings.metrics_port)
    yield workers
    workers.stop()


def test_a_silenced_channel_is_told_everywhere_alike(settings: Settings, workers: Workers, redis: Redis) -> None:
    lines = silence()
    expected = offline(settings, lines)
    write(settings, lines)
    until(lambda: digest(redis, settings) == expected.judge.digest, workers.logs)

    told = json.loads(tocsin("incidents", "--json", settings=settings).stdout)
    assert [(incident["kind"], incident["series"]) for incident in told] == [("outage", "channel=sms")]
    assert tocsin("incidents", "--digest", settings=settings).stdout.strip() == expected.judge.digest

    until(lambda: len(messages(settings, settings.topics.incidents.name)) >= expected.judge.revisions, workers.logs)
    log = [json.loads(value) for _, value in messages(settings, settings.topics.incidents.name)]
    assert [(record["id"], record["revision"]) for record in log] == [(told[0]["id"], 1), (told[0]["id"], 2)]

    counted = json.loads(
        tocsin("counts", "channel=sms", "--by", "minute", "--last", "5", "--json", settings=settings).stdout
    )
    assert counted

    metrics = _scrape(settings.metrics_port)
    assert metrics["tocsin_incidents_total", "outage"] == 1
    assert metrics["tocsin_series_expected_posts", "channel=sms"] > 5
    ready = f"http://127.0.0.1:{settings.metrics_port}/health/ready"
    with urllib.request.urlopen(ready) as answer:
        assert answer.status == 200


def test_records_that_were_packed_in_any_way_are_counted_and_recorded(
    settings: Settings, workers: Workers, redis: Redis, tmp_path: Path
) -> None:
    """Third parties choose how they pack, and so may an operator, by the topic's ``compression.type``."""
    codecs = ("gzip", "snappy", "lz4", "zstd")
    width = settings.bucket_ms

    def beat(at: int) -> bytes:
        return encode([Heartbeat("gateway", START + at, ("sms",))])

    write(settings, [beat(0)])
    for codec in codecs:
        posts = [Post(f"{codec}{n}", START + n, "gateway", "sms", f"{codec}{n}", "salam " * 20) for n in range(300)]
        with KafkaProducer(bootstrap_servers=settings.kafka, compression_type=codec) as producer:
            for post in posts:
                producer.send(settings.topics.posts.name, encode([post]), partition=0)
    write(settings, [beat(3 * width)])
    until(lambda: closed(redis, settings) >= START // width, workers.logs)
    assert redis.hget(f"{settings.redis_prefix}totals", "posts") == b"1200"

    done = tocsin("record", "-o", str(tmp_path / "packed.ndjson"), "--until-idle", "2", settings=settings)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "packed.ndjson").read_bytes().count(b'"author"') == 1_200


def test_lines_that_cannot_be_used_are_buried_with_their_place_and_cost_no_neighbour(
    settings: Settings, workers: Workers, redis: Redis
) -> None:
    lines = Noisy(seed=5, seconds=60, rate=40.0).lines()
    expected = offline(settings, lines)
    write(settings, lines)
    until(lambda: closed(redis, settings) >= expected.closed, workers.logs)

    assert digest(redis, settings) == expected.judge.digest
    dead = [json.loads(value) for _, value in messages(settings, settings.topics.dead.name)]
    assert {letter["reason"] for letter in dead} == {"not_json", "unknown_kind", "bad_field", "bad_encoding", "ahead"}
    sources = {
        (partition, offset): value.split(b"\n")
        for partition in range(settings.partitions)
        for offset, (_, value) in enumerate(messages(settings, settings.topics.posts.name, partition))
    }
    for letter in dead:
        assert letter["topic"] == settings.topics.posts.name
        line = sources[letter["partition"], letter["offset"]][letter["line"] - 1]
        assert base64.b64decode(letter["data"]) == line
        assert letter["reason"] == "ahead" or line in GARBAGE


def test_a_bucket_with_more_words_than_a_common_message_holds_passes_whole(
    settings: Settings, workers: Workers, redis: Redis
) -> None:
    words = map("".join, product(ascii_lowercase, repeat=6))
    posts = [
        Post(str(n), START + n, "gateway", "sms", "one", " ".join(islice(words, 200))) for n in range(MOST_TERMS // 200)
    ]
    beats = [Heartbeat("gateway", START + seconds * 1000, ("sms",)) for seconds in (0, 9, 30)]
    lines = [encode([line]) for line in (beats[0], *posts, *beats[1:])]
    expected = offline(settings, lines)
    write(settings, lines)
    until(lambda: digest(redis, settings) == expected.judge.digest, workers.logs)

    assert max(len(value) for _, value in messages(settings, settings.topics.tallies.name)) > 1 << 20
    metrics = _scrape(settings.metrics_port)
    assert metrics["tocsin_sampled_buckets_total", ""] == 0


def _scrape(port: int) -> dict[tuple[str, str], float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

"""What a real worker does with forged lines, and with a flood of unusable ones."""

import json
import re
import time
from pathlib import Path

import pytest
from hostile.flood import BEGIN, records
from redis import Redis
from servers.kafka import KafkaServer
from servers.memory import peak
from servers.pipeline import closed, messages, tocsin, until, write
from servers.workers import Workers

from tocsin.cli.topics import create_topics
from tocsin.posts import Heartbeat, Notice, Post, encode
from tocsin.settings import load_settings

AT = 1_245_000_000_000
WIDTH = 5_000
MILLION, GIGABYTE = 10**6, 10**9


def test_forged_heartbeats_and_notices_become_dead_letters_and_stop_or_declare_nothing(
    kafka: KafkaServer, redis: Redis, redis_url: str, namespace: str, tmp_path: Path
) -> None:
    settings = load_settings(
        namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, partitions=1, sources="gateway", control_key="key"
    )
    create_topics(settings)
    post = Post("1", AT + 1, "gateway", "sms", "a", "salam")
    forged = Notice("maintenance", "forged", "sms", AT, AT + 3_600_000, AT, "declared")
    lines = (Heartbeat("gateway", AT), Heartbeat("forged", AT), post, forged)
    write(settings, [encode([line]) for line in lines])
    declared = tocsin("maintenance", "declare", "sms", "2009-06-14T17:20Z", "--duration", "1h", "--id", "real",
                      "--at", "2009-06-14T17:19Z", settings=settings)  # fmt: skip
    assert declared.returncode == 0, declared.stderr
    write(settings, [encode([Heartbeat("gateway", at)]) for at in (253_402_300_799_999, AT + 3 * WIDTH)])
    workers = Workers(1, tmp_path, settings.environment())
    try:
        until(lambda: closed(redis, settings) >= AT // WIDTH + 1, workers.logs, seconds=300)
    finally:
        workers.stop()
    letters = [json.loads(value) for _, value in messages(settings, settings.topics.dead.name)]
    assert [letter["reason"] for letter in letters] == ["not_trusted", "not_trusted", "ahead"]
    windows = redis.hgetall(f"{settings.redis_prefix}windows")
    assert list(windows) == [b"real"]
    assert b"signature" not in windows[b"real"]
    assert redis.hkeys(f"{settings.redis_prefix}sources") == [b"gateway"]


@pytest.mark.nightly
def test_a_million_names_of_every_kind_in_a_bucket_leave_a_worker_below_a_gigabyte(
    kafka: KafkaServer,
    redis: Redis,
    redis_url: str,
    namespace: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = load_settings(namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, partitions=1)
    create_topics(settings)
    workers = Workers(1, tmp_path, settings.environment())
    try:
        write(settings, (line for record in records(MILLION) for line in record.split(b"\n")))
        until(lambda: closed(redis, settings) >= BEGIN // WIDTH + 1, workers.logs, seconds=900)
        most = peak(workers.pids[0])
        assert workers.alive()
    finally:
        workers.stop()
    assert int(redis.hget(f"{settings.redis_prefix}totals", "posts") or 0) == MILLION + 1
    with capsys.disabled():
        print(f"\na million names of every kind in a bucket: {most / 1e6:.0f} MB")  # noqa: T201
    assert most < GIGABYTE


def test_a_flood_of_unusable_lines_stops_a_worker_with_the_reason_and_its_exit_code(
    kafka: KafkaServer, redis_url: str, namespace: str, tmp_path: Path
) -> None:
    settings = load_settings(
        namespace=namespace, kafka=kafka.bootstrap, redis=redis_url, partitions=1, dead_letter_percent=50
    )
    create_topics(settings)
    write(settings, [b'{"id": broken'] * 6_000)
    workers = Workers(1, tmp_path, settings.environment())
    try:
        deadline = time.monotonic() + 300
        while workers.alive():
            assert time.monotonic() < deadline, workers.logs()
            time.sleep(0.2)
        assert workers.codes == [3]
    finally:
        workers.stop()
    assert re.search(r"posts\[0\]: [56],\d+ of the last [56],\d+ lines .* most lately since not_json", workers.logs())
    assert "TOCSIN_DEAD_LETTER_PERCENT" in workers.logs()
    assert "TOCSIN_SOURCES is not set" in workers.logs()

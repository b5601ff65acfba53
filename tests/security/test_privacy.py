"""No text, handle, link, number or address leaves Kafka: all that Tocsin writes or shows is searched for them.

The search itself is tried on every sink: a handle that is planted there must be found, or its silence proves nothing.
"""

import base64
import json
import zlib
from collections.abc import Callable

import msgspec
import pytest
import zstandard
from kafka import KafkaProducer
from prometheus_client import generate_latest
from redis import Redis
from security.playing import (
    Played,
    in_incidents,
    in_logs,
    in_metrics,
    in_redis,
    in_tallies,
    in_topic,
    on_the_page,
)
from security.searching import leaks
from streams.planted import AUTHORS, BROKEN, SECRETS, WHISPER, WORD

from processors.metrics import Metrics
from producers.broker import client_options
from tocsin.topics import Topic

SINKS = {
    "Redis": in_redis,
    "the logs": in_logs,
    "the metrics": in_metrics,
    "the topic incidents": in_incidents,
    "the topic tallies": in_tallies,
    "the live page": on_the_page,
}

Sink = Callable[[Played], list[bytes]]
Plant = Callable[[Played, str], None]


def found(sink: Sink, played: Played) -> set[str]:
    return set().union(*(leaks(part, SECRETS) for part in sink(played)))


@pytest.mark.parametrize("name", SINKS)
def test_what_people_wrote_and_who_they_are_stays_in_kafka(name: str, played: Played) -> None:
    # Workers tell one another the words that were used, for only all of them together know how many used each:
    # docs/threat-model.md says so, and tallies is guarded like posts.
    words = {WHISPER} if name == "the topic tallies" else set()
    assert found(SINKS[name], played) - words == set()


def test_the_run_did_what_is_to_be_kept_secret_and_rang(played: Played) -> None:
    assert any(WORD.encode() in part for part in in_incidents(played)), "no incident, nothing to hide"
    assert all(sink(played) for sink in SINKS.values())
    assert b"tocsin_dead_letters_total{" in played.metrics[0]


def test_a_line_that_cannot_be_read_is_kept_in_the_dead_letters_and_quoted_nowhere_else(played: Played) -> None:
    letters = [json.loads(value) for value in in_topic(played.recorder, played.recorder.topics.dead)[1::2]]
    assert any(BROKEN.encode() in base64.b64decode(letter["data"]) for letter in letters)
    assert not [letter for letter in letters if BROKEN in letter["detail"]]


def _packed(handle: str) -> bytes:
    return msgspec.msgpack.encode({"terms": {handle: 7}})


def _in_redis(*command: str, value: Callable[[str], bytes | str] = lambda handle: f"seen: @{handle}") -> Plant:
    def plant(played: Played, handle: str) -> None:
        with Redis.from_url(played.admin_redis) as redis:
            redis.execute_command(*(word.replace("HANDLE", handle) for word in command), value(handle))

    return plant


def _in_topic(topic: Callable[[Played], Topic]) -> Plant:
    def plant(played: Played, handle: str) -> None:
        value = json.dumps({"label": f"@{handle}"}).encode()
        with KafkaProducer(**client_options(played.worker.broker)) as producer:
            producer.send(topic(played).name, key=b"planted", value=value).get(30)

    return plant


def _in_a_log(played: Played, handle: str) -> None:
    with (played.home / "planted.log").open("a") as log:
        log.write(f"2026-01-01 WARNING processors.agents.tally cannot read the post of @{handle}\n")


def _in_a_label(played: Played, handle: str) -> None:
    metrics = Metrics()
    metrics.dead_letters.labels(handle).inc()
    played.metrics.append(generate_latest(metrics.registry))


PLANTS: dict[str, tuple[Plant, Sink]] = {
    "a key": (_in_redis("SET", "tocsin:HANDLE", value=lambda _: "1"), in_redis),
    "a value": (_in_redis("SET", "tocsin:planted"), in_redis),
    "a field": (_in_redis("HSET", "tocsin:hash", "HANDLE", value=lambda _: "1"), in_redis),
    "a value of a field": (_in_redis("HSET", "tocsin:hash", "1", value=str.upper), in_redis),
    "a packed value": (_in_redis("HSET", "tocsin:hash", "2", value=_packed), in_redis),
    "a squeezed value": (_in_redis("HSET", "tocsin:hash", "3", value=lambda h: zlib.compress(_packed(h))), in_redis),
    "a value squeezed by zstd": (
        _in_redis("HSET", "tocsin:hash", "4", value=lambda h: zstandard.ZstdCompressor().compress(_packed(h))),
        in_redis,
    ),
    "a value in base64": (
        _in_redis("HSET", "tocsin:hash", "5", value=lambda h: base64.b64encode(_packed(h))),
        in_redis,
    ),
    "a log": (_in_a_log, in_logs),
    "a label": (_in_a_label, in_metrics),
    "an incident": (_in_topic(lambda played: played.worker.topics.incidents), in_incidents),
    "a tally": (_in_topic(lambda played: played.worker.topics.tallies), in_tallies),
    "a channel on the page": (
        _in_redis("HSET", "tocsin:secure:channels", "HANDLE", value=lambda _: "out"),
        on_the_page,
    ),
}


@pytest.mark.parametrize("where", PLANTS)
def test_a_handle_that_is_planted_is_found(where: str, played: Played) -> None:
    plant, sink = PLANTS[where]
    handle = AUTHORS[list(PLANTS).index(where)]  # each its own, for what was planted before is found too
    before = set(sink(played))
    plant(played, handle)
    new = [part for part in sink(played) if part not in before]  # the rest was searched above
    assert {handle} == set().union(*(leaks(part, [handle]) for part in new))

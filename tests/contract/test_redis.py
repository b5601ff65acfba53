"""What Tocsin asks of Redis: one suite for Redis and for the demo's Valkey."""

import time
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, WatchError

from tocsin.cli.embedded import embedded_redis

# Never back, never twice: the guard that each close runs, in small.
MONOTONE = """
local now = tonumber(redis.call('GET', KEYS[1]) or '-1')
if tonumber(ARGV[1]) <= now then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""


@pytest.fixture(scope="module", params=["valkey", pytest.param("redis", marks=pytest.mark.redis)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "valkey":
        with embedded_redis() as valkey:
            yield valkey
    else:
        yield request.getfixturevalue("redis_url")


@pytest.fixture
def client(url: str) -> Iterator[Redis]:
    with Redis.from_url(url) as client:
        yield client


@pytest.fixture
def key(namespace: str) -> str:
    return f"tocsin:{namespace}:key"


def test_a_transaction_is_whole(client: Redis, key: str) -> None:
    with client.pipeline(transaction=True) as work:
        work.hset(key, mapping={"a": 1})
        work.set(f"{key}:g", 7)
        assert work.execute() == [1, True]
    assert (client.hgetall(key), client.get(f"{key}:g")) == ({b"a": b"1"}, b"7")


def test_a_transaction_aborts_when_somebody_else_wrote_what_it_watched(client: Redis, url: str, key: str) -> None:
    client.set(key, 1)
    with Redis.from_url(url) as other, client.pipeline(transaction=True) as work:
        work.watch(key)
        other.set(key, 2)
        work.multi()
        work.set(key, 3)
        with pytest.raises(WatchError):
            work.execute()
    assert client.get(key) == b"2"


def test_a_script_lets_a_value_only_grow(client: Redis, key: str) -> None:
    guard = client.register_script(MONOTONE)
    assert [guard(keys=[key], args=[n]) for n in (5, 5, 4, 6)] == [1, 0, 0, 1]
    assert client.get(key) == b"6"


def test_a_hash_of_hundreds_of_fields_comes_back_whole(client: Redis, key: str) -> None:
    fields = {f"channel=sms|region=r{i}": str(i) for i in range(700)}
    client.hset(key, mapping=fields)
    assert client.hgetall(key) == {name.encode(): value.encode() for name, value in fields.items()}


def test_writing_twice_changes_nothing(client: Redis, key: str) -> None:
    for _ in range(2):
        client.hset(key, mapping={"posts": 12})
    assert client.hgetall(key) == {b"posts": b"12"}


def test_a_key_expires_and_another_write_prolongs_its_life(client: Redis, key: str) -> None:
    client.set(key, 1)
    assert client.pexpire(key, 50)
    client.set(f"{key}:kept", 1)
    assert client.pexpire(f"{key}:kept", 50)
    assert client.expire(f"{key}:kept", 60)
    time.sleep(0.1)
    assert client.get(key) is None
    assert 0 < client.ttl(f"{key}:kept") <= 60


def test_a_pipeline_answers_in_order(client: Redis, key: str) -> None:
    with client.pipeline(transaction=False) as work:
        for i in range(1000):
            work.set(f"{key}:{i}", i)
        for i in range(1000):
            work.get(f"{key}:{i}")
        answers = work.execute()
    assert answers == [True] * 1000 + [b"%d" % i for i in range(1000)]


def test_valkey_lets_nobody_in_without_its_password() -> None:
    with embedded_redis() as url:
        for intruder in (url.replace(url[len("redis://:") : url.index("@")], "wrong"), "redis://" + url.split("@")[1]):
            with Redis.from_url(intruder) as client, pytest.raises(AuthenticationError):
                client.ping()

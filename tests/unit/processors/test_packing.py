"""What is sent to Redis is what redis-py itself would send."""

import pytest
from redis.asyncio import Connection, Redis
from redis.exceptions import DataError

from processors.packing import pack_fast

COMMANDS = [
    ("HSET", "key", "ünïcode", "رأي", "posts", 12, "share", 0.125, "bytes", b"\x00\r\n\xff", "", b""),
    ("CLIENT SETINFO", "lib-name", "x y"),
    ("DEL", "key"),
    ("HSET", "key", *(part for n in range(9_000) for part in (f"keyword=k{n}", -n))),
    ("SET", "key", b"x" * 100_000),
]


@pytest.fixture(params=["redis", "rediss"])
def made(request):
    client = Redis.from_url(f"{request.param}://127.0.0.1:1")
    plain = client.connection_pool.connection_class
    pack_fast(client.connection_pool)
    connection = client.connection_pool.make_connection()
    assert isinstance(connection, plain), "the way there is that of the address"
    return connection


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_commands_are_those_of_the_library(made, command):
    assert b"".join(made.pack_command(*command)) == b"".join(Connection().pack_command(*command))


def test_many_go_out_together(made):
    assert b"".join(made.pack_commands(COMMANDS)) == b"".join(Connection().pack_commands(COMMANDS))


def test_what_is_no_value_is_refused(made):
    with pytest.raises(DataError):
        made.pack_command("SET", "key", None)

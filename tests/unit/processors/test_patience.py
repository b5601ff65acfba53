import asyncio
import logging

import pytest
from redis.exceptions import BusyLoadingError, OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from processors.patience import Patience, code_of

DISK = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OutOfMemoryError("command not allowed when used memory > 'maxmemory'.", status_code="OOM"), "OOM"),
        (ReadOnlyError("You can't write against a read only replica.", status_code="READONLY"), "READONLY"),
        (BusyLoadingError("Redis is loading the dataset in memory", status_code="LOADING"), "LOADING"),
        (ResponseError(DISK), "MISCONF"),
        (ResponseError(f"Command # 3 (HSET k f\nv) of pipeline caused error: ({DISK!r},)"), "MISCONF"),
        (ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"), "WRONGTYPE"),
        (ResponseError("unknown"), ""),
        (RedisConnectionError("Connection refused"), ""),
        (OSError("MISCONF is no word of Redis here"), ""),
    ],
)
def test_the_code_of_an_answer_is_found_in_whatever_dress_the_client_puts_it(error, code):
    assert code_of(error) == code


def test_a_refusal_that_waiting_cures_is_waited_for_and_named_with_its_remedy(caplog):
    failures, counted = [OutOfMemoryError("no", status_code="OOM"), ResponseError(DISK)], []

    async def attempt():
        if failures:
            raise failures.pop(0)
        return "done"

    with caplog.at_level(logging.WARNING):
        patience = Patience("127.0.0.1:6379/0", None, lambda: counted.append(None))
        assert asyncio.run(patience.persist(attempt)) == "done"
    assert len(counted) == 2
    assert "OOM: its memory is full" in caplog.text
    assert "Raise maxmemory" in caplog.text
    assert "Make room where Redis keeps its files" in caplog.text


def test_a_refusal_that_waiting_does_not_cure_is_raised_at_once():
    async def attempt():
        raise ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value")

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        asyncio.run(Patience("", None, lambda: None).persist(attempt))

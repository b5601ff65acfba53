"""Asking Redis until it answers, for as long as that takes, and saying what is in the way and what to do about it."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from tocsin.access import explain_redis, no_redis

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
_UNABLE = "Redis at {address} does not serve for now ({reason}: {cause}); trying again in {wait:.1f} s. {remedy}"
# What Redis answers when it is there, but cannot do yet what it is asked; and what an operator does about it.
_CAUSES = {
    "OOM": ("its memory is full", "Raise maxmemory, and leave maxmemory-policy at noeviction"),
    "READONLY": (
        "it is a replica, which takes no writes",
        "Promote it (redis-cli REPLICAOF NO ONE), or let TOCSIN_REDIS name the primary",
    ),
    "MISCONF": ("it cannot write to its disk, so it takes no writes", "Make room where Redis keeps its files"),
    "BUSY": ("a script keeps it from all else", "redis-cli SCRIPT KILL ends the script"),
    "LOADING": ("it is still reading its files", "There is nothing to do but wait"),
}
# redis-py strips the codes that it has an exception for; in a transaction it puts the command before the others.
_CODE = re.compile(r"^(?:Command # .* of pipeline caused error: \W*)?([A-Z]+)\b", re.DOTALL)
Result = TypeVar("Result")


class Patience:
    """Tries until Redis answers.

    Args:
        address: Where it is, for messages; without a password.
        user: As whom we come, likewise.
        on_error: Called for each failed attempt.
    """

    def __init__(self, address: str, user: str | None, on_error: Callable[[], None]) -> None:
        self._address = address
        self._user = user
        self._on_error = on_error

    async def persist(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """Try until it works. Every write is absolute, so one whose answer was lost may be tried again.

        Raises:
            RefusedError: It does not let us in, or does not let us do this.
            ResponseError: It refused for good.
        """
        wait = FIRST_WAIT
        while True:
            try:
                return await attempt()
            except (RedisConnectionError, RedisTimeoutError, OSError, ResponseError) as error:
                if refused := explain_redis(error, self._address, self._user):
                    raise refused from None  # the error would quote what was to be written
                if isinstance(error, ResponseError) and code_of(error) not in _CAUSES:
                    raise
                words = self._words(error, wait)
            self._on_error()
            logger.warning("%s", words)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def _words(self, error: Exception, wait: float) -> str:
        code = code_of(error)
        if code not in _CAUSES:
            return f"{no_redis(error, self._address)}; trying again in {wait:.1f} s"
        cause, remedy = _CAUSES[code]
        return _UNABLE.format(address=self._address, reason=code, cause=cause, wait=wait, remedy=remedy)


def code_of(error: Exception) -> str:
    """Tell the code with which Redis began its answer, such as ``OOM``; empty if it gave none."""
    if code := getattr(error, "status_code", None):
        return str(code)
    found = _CODE.match(str(error)) if isinstance(error, ResponseError) else None
    return found[1] if found else ""

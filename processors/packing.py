"""Commands for Redis, spelled in one go.

redis-py joins all that it has spelled of a command anew with each argument, six kilobytes at a time. A bucket with a
thousand series has twelve thousand arguments, and so that took longer than all else that is done with it.
"""

from typing import Any

from redis.asyncio import Connection, ConnectionPool


class _Packing(Connection):
    """A connection that spells commands in one go; for all else it is what it is mixed into."""

    def pack_command(self, *args: Any) -> list[bytes]:
        parts = [*map(str.encode, args[0].split()), *(self._spell(arg) for arg in args[1:])]
        return [b"*%d\r\n%b" % (len(parts), b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts]))]

    def _spell(self, arg: Any) -> bytes:
        if type(arg) is str:
            return arg.encode()
        return b"%d" % arg if type(arg) is int else self.encoder.encode(arg)  # type: ignore[no-untyped-call]


def pack_fast(pool: ConnectionPool) -> None:
    """Let the connections of a pool spell commands so, whether they are encrypted or not."""
    pool.connection_class = type("Connection", (_Packing, pool.connection_class), {})

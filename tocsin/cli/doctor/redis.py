"""Whether Redis can be relied on: it answers, keeps what it acknowledged, has room, and knows what time it is."""

from collections.abc import Iterator
from typing import Any

from tocsin.cli.doctor.finding import Finding, Level

_FULL = 0.9  # of the memory that it may use
_SKEW_WARN, _SKEW_FAIL = 2.0, 60.0  # seconds
CLOCK_REMEDY = "Let NTP set the clocks: timedatectl set-ntp true on this machine, on the servers, on the producers"


def examine_redis(info: dict[str, Any], address: str, now: float) -> Iterator[Finding]:
    """Judge what Redis says of itself.

    Args:
        info: Its answer to ``INFO``.
        address: Where it is.
        now: This machine's clock when it was asked, epoch seconds.
    """
    yield _examine_role(info, address)
    yield _examine_memory(info)
    yield _examine_file(info)
    if "server_time_usec" in info:
        yield _examine_clock(int(info["server_time_usec"]) / 1e6 - now)


def _examine_role(info: dict[str, Any], address: str) -> Finding:
    product = f"Redis {info.get('redis_version', 'of an unknown version')}"
    if "valkey_version" in info:
        product = f"Valkey {info['valkey_version']}"
    if info.get("role") == "slave":
        return Finding(
            "fail",
            "Redis",
            f"{address} answers: {product}, a replica of {info.get('master_host')}:{info.get('master_port')}, "
            "which takes no counts",
            "Point TOCSIN_REDIS to the primary",
        )
    return Finding("ok", "Redis", f"{address} answers: {product}")


def _examine_memory(info: dict[str, Any]) -> Finding:
    policy, limit = info.get("maxmemory_policy", "unknown"), int(info.get("maxmemory", 0))
    used = int(info.get("used_memory", 0))
    found = f"{policy}; {_mib(used)} used, " + (f"at most {_mib(limit)}" if limit else "no limit")
    if policy != "noeviction":
        return Finding(
            "fail" if limit else "warn",
            "Redis memory",
            f"{found}: when it is full, Redis drops counts that it has acknowledged",
            "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf",
        )
    if limit and used > _FULL * limit:
        return Finding(
            "fail" if used >= limit else "warn",
            "Redis memory",
            f"{found}: {used / limit:.0%}; once it is full, workers wait and nothing closes",
            f"redis-cli CONFIG SET maxmemory {2 * limit}, and the same in redis.conf; or keep counts for a shorter "
            "time: TOCSIN_KEEP_BUCKETS_HOURS, TOCSIN_KEEP_MINUTES_DAYS",
        )
    return Finding("ok", "Redis memory", found)


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"


def _examine_file(info: dict[str, Any]) -> Finding:
    check = "Redis append-only file"
    if not int(info.get("aof_enabled", 0)):
        return Finding(
            "warn",
            check,
            "off: what Redis holds is gone after a crash, and posts are not read a second time",
            "redis-cli CONFIG SET appendonly yes, and the same in redis.conf",
        )
    wrong = [name for name in ("aof_last_write_status", "aof_last_bgrewrite_status") if info.get(name, "ok") != "ok"]
    if wrong:
        remedy = "Make room on its disk; its log says what failed"
        return Finding("fail", check, f"cannot be written: {', '.join(wrong)} is not ok", remedy)
    return Finding("ok", check, "on")


def _examine_clock(skew: float) -> Finding:
    if abs(skew) < _SKEW_WARN:
        return Finding("ok", "Redis clock", "as this machine's")
    side = "ahead of" if skew > 0 else "behind"
    level: Level = "fail" if abs(skew) >= _SKEW_FAIL else "warn"
    return Finding(level, "Redis clock", f"{abs(skew):,.0f} s {side} this machine's", CLOCK_REMEDY)

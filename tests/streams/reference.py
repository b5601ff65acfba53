"""What a stream must lead to, worked out in the plainest way: one line at a time, nothing shared with the core."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

BUCKET, LATENESS, BLIND, AHEAD = 5_000, 2_000, 30_000, 60_000


@dataclass
class Truth:
    """Counts per bucket and series, and what was not counted."""

    posts: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    authors: dict[int, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    late: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    closed: int = -1


def truth_of(lines: Iterable[bytes], keywords: Iterable[str]) -> Truth:
    """Count a stream that begins with heartbeats of all its sources."""
    truth, clocks, seen, watermark = Truth(), {}, set(), -1
    for line in lines:
        fields = _read(line, truth)
        if fields is None or "notice" in fields:
            continue
        if "heartbeat" in fields:
            clocks[fields["heartbeat"]] = max(clocks.get(fields["heartbeat"], -1), fields["at"])
            live = [at for at in clocks.values() if at >= max(clocks.values()) - BLIND]
            watermark = max(watermark, min(live) - LATENESS)
            continue
        at, clock = fields["at"], clocks[fields["source"]]
        if at > clock + AHEAD:
            truth.rejected["ahead"] += 1
            continue
        bucket, key = at // BUCKET, (fields["author"], fields["id"])
        if (bucket + 1) * BUCKET <= max(clock - LATENESS, watermark):
            truth.late += 1
        elif any((*key, bucket + step) in seen for step in (-1, 0, 1)):
            truth.duplicates += 1
        else:
            seen.add((*key, bucket))
            for name in series_of(fields, keywords):
                truth.posts[bucket][name] += 1
                truth.authors[bucket][name].add(fields["author"])
    truth.closed = watermark // BUCKET - 1
    return truth


def _read(line: bytes, truth: Truth) -> dict[str, Any] | None:
    try:
        fields = json.loads(line.decode())
    except UnicodeDecodeError:
        truth.rejected["bad_encoding"] += 1
        return None
    except ValueError:
        truth.rejected["not_json"] += 1
        return None
    if not {"heartbeat", "notice"} & fields.keys() and not isinstance(fields.get("text"), str):
        truth.rejected["bad_field" if "text" in fields else "unknown_kind"] += 1
        return None
    return fields


def series_of(fields: dict[str, str], keywords: Iterable[str]) -> list[str]:
    """Name all series that a post belongs to."""
    channel = f"channel={fields['channel']}"
    names = ["posts", channel, f"{channel}|source={fields['source']}"]
    if fields.get("lang"):
        names.append(f"lang={fields['lang']}")
    if fields.get("region"):
        names += [f"region={fields['region']}", f"{channel}|region={fields['region']}"]
    words = fields["text"].split()
    return names + [f"keyword={word}" for word in keywords if word in words]

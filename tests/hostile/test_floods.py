"""A million of everything in one bucket: what it takes, and what is told."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streams.news import BUCKET_MS, NEWS, START, NoWords, news

from tocsin.bounds import MOST_SERIES, MOST_SOURCES
from tocsin.clocks import Rules
from tocsin.incidents import Incident
from tocsin.offline import Offline
from tocsin.posts import Post, encode

GIGABYTE = 10**9
RULES = Rules(bucket_ms=BUCKET_MS, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)


def flood(posts: int) -> dict[str, Any]:
    script = Path(__file__).with_name("flood.py")
    command = [sys.executable, str(script), "--posts", str(posts)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=3_000)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(found: dict[str, Any], posts: int) -> None:
    assert found["posts"] == posts + 1, "every post is counted"
    assert found["overflow"] > posts, "as other of its channel, language, region and source"
    assert found["rejected"]["too_many"] > posts // 500 - MOST_SOURCES, "forged heartbeats are dead letters"
    crosses = 2 * (MOST_SERIES["channel"] + 1)
    assert found["series"] < sum(MOST_SERIES.values()) + crosses + 50
    assert found["samples"] <= found["most_samples"]
    assert found["peak_bytes"] < GIGABYTE


def test_thirty_thousand_names_of_every_kind_in_a_bucket_stay_within_bounds() -> None:
    check(flood(30_000), 30_000)


@pytest.mark.nightly
def test_a_million_names_of_every_kind_in_a_bucket_stay_within_bounds_and_below_a_gigabyte() -> None:
    check(flood(1_000_000), 1_000_000)


def with_a_campaign(authors: int) -> tuple[list[Incident], list[tuple[int, int]]]:
    """Small talk of hundreds, and a campaign of four posts for each of theirs; its incidents, posts and authors."""
    offline, revisions, loud = Offline(RULES, NoWords(), 365), list[Incident](), list[tuple[int, int]]()
    for line in news():
        if b"Earthquake" in line or b"whisper" in line:
            continue
        at = json.loads(line)["at"]
        during = b'"id"' in line and (at - START) // BUCKET_MS in NEWS
        own = [
            Post(f"{at}-{n}", at, "gateway", "sms", f"loud{(at // 100 * 4 + n) % authors}", f"buymycoin {n}")
            for n in range(4 if during else 0)
        ]
        for judgement in offline.fold(b"\n".join([line, encode(own)]) if own else line):
            revisions += judgement.revisions
            posts, people, _ = judgement.closed.counts.get("posts", (0, 0, 0))
            loud += [(posts, people)] if posts > 60 else []
    return revisions, loud


def test_one_author_who_sends_most_of_the_stream_makes_no_word_news_and_is_counted_as_one() -> None:
    revisions, loud = with_a_campaign(1)
    assert revisions == []
    assert len(loud) == len(NEWS), "that much was written, and is counted"
    assert max(people for _, people in loud) <= 15, "by one more than before"


def test_the_same_said_by_a_crowd_is_news() -> None:
    revisions, _ = with_a_campaign(40)
    assert [revision.series for revision in revisions if revision.revision == 1] == ["term=buymycoin"]

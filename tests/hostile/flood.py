"""Floods a worker's parts with names in one bucket, in a process of its own, and says what they took.

``python tests/hostile/flood.py --posts 1000000``: each post has a term, author, channel, language, region, source and
id that no other has, and forged heartbeats come between. They go through the real tally, merger, judge and gauges.
"""

import argparse
import json
import resource
import sys
from collections.abc import Iterator
from itertools import chain

from tocsin.clocks import Rules
from tocsin.judge import Judge
from tocsin.lexicon import default_lexicon
from tocsin.merge import Merger
from tocsin.posts import MAX_LINES, Heartbeat, Post, encode
from tocsin.present import bucket_samples, most_samples, standing_samples
from tocsin.tally import PartitionTally

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
BEGIN = 1_245_000_000_000


def records(posts: int) -> Iterator[bytes]:
    """One bucket full of names, between others that are quiet."""
    yield encode([Heartbeat("s", BEGIN), Post("calm", BEGIN, "s", "sms", "calm", "salam", "fa", "tehran")])
    for at in range(0, posts, MAX_LINES):
        numbers = range(at, min(at + MAX_LINES, posts))
        yield encode([Heartbeat(f"forged{at}", BEGIN + 1), *(_post(n) for n in numbers)])
    for later in (8_000, 13_000, 60_000):  # at last all others are blind, and hold nothing back
        yield encode([Heartbeat("s", BEGIN + later)])


def _post(n: int) -> Post:
    return Post(f"id{n}", BEGIN + 2, f"s{n}", f"c{n}", f"author{n}", f"word{_letters(n)}", f"l{n}", f"r{n}")


def _letters(n: int) -> str:
    """Spell a number in letters, for digits make no terms."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(n))


def main() -> None:
    """Flood, and print what was counted as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    arguments = parser.parse_args()
    lexicon = default_lexicon()
    tally, merger, judge = PartitionTally(0, RULES, lexicon), Merger(1, ignored=lexicon.match), Judge(RULES, 365)
    rejected: dict[str, int] = {}
    posts = overflow = samples = 0
    for record in records(arguments.posts):
        folded = tally.fold(record)
        for reject in folded.rejects:
            rejected[reject.reason] = rejected.get(reject.reason, 0) + 1
        for partial in folded.partials:
            for closed in merger.add(partial):
                judgement = judge.fold(closed)
                posts += closed.counts.get("posts", (0, 0, 0))[0]
                overflow += sum(judgement.overflow.values())
                shown = chain(standing_samples(judge, RULES), bucket_samples(judgement))
                samples = max(samples, sum(1 for _ in shown))
    told = {
        "posts": posts,
        "overflow": overflow,
        "rejected": rejected,
        "series": len(judge.names),
        "samples": samples,
        "most_samples": most_samples(lexicon.series),
        "state_bytes": len(judge.snapshot()),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()

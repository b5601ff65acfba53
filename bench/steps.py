"""The steps of the work on a post, measured in this process: what each costs beside the decoder alone."""

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec
import zstandard
from posts import varied

from producers.streams import open_stream
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.posts import Part, Post, Posts, decode
from tocsin.settings import Settings
from tocsin.tally import PartitionTally

ROUNDS = 5
DECODE = "msgspec decode alone"

Record = tuple[bytes, list[Part] | None]


def cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def least(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """CPU seconds of one call each, the least of a few rounds in turn: neighbours on the machine only ever add."""
    rounds = [{name: cpu_of(work) for name, work in works.items()} for _ in range(ROUNDS)]
    return {name: min(costs[name] for costs in rounds) for name in works}


def decode_alone(values: Iterable[bytes]) -> None:
    """What any consumer in Python must at least do, as fast as msgspec can."""
    decoder = msgspec.json.Decoder(Post)
    for value in values:
        decoder.decode_lines(value)


def steps(settings: Settings, values: list[bytes]) -> dict[str, float]:
    """Measure the steps of the work in this process: CPU seconds of each."""
    lexicon = default_lexicon()
    plain = [value for value in values if b'"heartbeat"' not in value]
    texts = [[p.text for part in decode(v) if isinstance(part, Posts) for p in part.posts] for v in values]
    different = varied(values)

    def tally(records: list[bytes]) -> None:
        counting = PartitionTally(0, settings.rules, lexicon)
        for value in records:
            counting.fold(value)

    def offline(records: Iterable[Record]) -> None:
        pipeline = Offline(settings.rules, lexicon, settings.false_page_days)
        for value, parts in records:
            for _ in pipeline.fold(value, parts):
                pass

    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as home:
        archive = Path(home) / "dense.ndjson.zst"
        archive.write_bytes(zstandard.compress(b"\n".join(values) + b"\n"))
        costs = least(
            {
                DECODE: lambda: decode_alone(plain),
                "codec: decode, with rejects": lambda: deque(map(decode, values), maxlen=0),
                "keyword groups": lambda: deque(map(lexicon.match, texts), maxlen=0),
                "tally: the whole per-post job": lambda: tally(values),
                "tally, where hardly a text repeats": lambda: tally(different),
                "offline pipeline: tally, merge, judge": lambda: offline((value, None) for value in values),
                "backtest of an archive packed with zstandard": lambda: offline(
                    open_stream(str(archive)).records(settings.rules)
                ),
            }
        )
    return {**costs, DECODE: costs[DECODE] * len(values) / len(plain)}

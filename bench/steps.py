"""The steps of the work on a post, measured in this process: what each costs beside the decoder alone."""

import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import zstandard
from posts import varied

from producers.streams import open_stream
from tocsin.lexicon import default_lexicon
from tocsin.offline import Offline
from tocsin.posts import Post, Posts, decode
from tocsin.settings import Settings
from tocsin.tally import PartitionTally

ROUNDS = 3


def cpu_of(work: Callable[[], object]) -> float:
    """CPU seconds of one call, the median of a few."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def decode_alone(values: Iterable[bytes]) -> None:
    """What any consumer in Python must at least do, as fast as msgspec can."""
    decoder = msgspec.json.Decoder(Post)
    for value in values:
        decoder.decode_lines(value)


def steps(settings: Settings, values: list[bytes]) -> Iterable[tuple[str, float]]:
    """Measure the steps of the work in this process."""
    lexicon = default_lexicon()
    plain = [value for value in values if b'"heartbeat"' not in value]
    share = len(values) / len(plain)
    yield "msgspec decode alone", cpu_of(lambda: decode_alone(plain)) * share
    yield "codec: decode, with rejects", cpu_of(lambda: deque(map(decode, values), maxlen=0))
    texts = [[p.text for part in decode(v) if isinstance(part, Posts) for p in part.posts] for v in values]
    yield "keyword groups", cpu_of(lambda: deque(map(lexicon.match, texts), maxlen=0))

    def tally(records: list[bytes]) -> None:
        counting = PartitionTally(0, settings.rules, lexicon)
        for value in records:
            counting.fold(value)

    def offline() -> None:
        pipeline = Offline(settings.rules, lexicon, settings.false_page_days)
        for value in values:
            for _ in pipeline.fold(value):
                pass

    yield "tally: the whole per-post job", cpu_of(lambda: tally(values))
    different = varied(values)
    yield "tally, where hardly a text repeats", cpu_of(lambda: tally(different))
    yield "offline pipeline: tally, merge, judge", cpu_of(offline)
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as home:
        archive = Path(home) / "dense.ndjson.zst"
        archive.write_bytes(zstandard.compress(b"\n".join(values) + b"\n"))

        def backtest() -> None:
            pipeline = Offline(settings.rules, lexicon, settings.false_page_days)
            for value, parts in open_stream(str(archive)).records(settings.rules):
                for _ in pipeline.fold(value, parts):
                    pass

        yield "backtest of an archive packed with zstandard", cpu_of(backtest)

"""The way without servers says what the way through partitions says, to the byte."""

from collections.abc import Iterable, Sequence

from streams.noisy import Noisy

from tocsin.clocks import Rules
from tocsin.judge import Judge, Judgement
from tocsin.merge import Merger
from tocsin.offline import Offline
from tocsin.posts import Heartbeat, Post, encode
from tocsin.tally import PartitionTally

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
STREAM = Noisy(seed=11, seconds=300, rate=8.0)


class Words:
    series = ("keyword=election", "keyword=internet")

    def match(self, texts: Sequence[str]) -> list[int]:
        return [("election" in text) | ("internet" in text) << 1 for text in texts]


def judged(records: Iterable[bytes]) -> list[Judgement]:
    offline = Offline(RULES, Words(), 365)
    return [judgement for record in records for judgement in offline.fold(record)]


def test_the_same_lines_give_the_same_digest_however_they_are_cut() -> None:
    digests = {judged(STREAM.records(1, cut)[0])[-1].digest for cut in (1, 2)}
    digests.add(judged(STREAM.lines())[-1].digest)
    digests.add(judged([b"\n".join(STREAM.lines())])[-1].digest)
    assert len(digests) == 1


def test_any_number_of_partitions_gives_the_digest_of_one() -> None:
    merger, judge = Merger(3, ignored=Words().match), Judge(RULES, 365)
    for partition, records in enumerate(STREAM.records(3, 5)):
        tally = PartitionTally(partition, RULES, Words())
        for partial in [partial for record in records for partial in tally.fold(record).partials]:
            for closed in merger.add(partial):
                judge.fold(closed)
    assert judge.digest == judged(STREAM.lines())[-1].digest


def test_one_post_less_gives_another_digest() -> None:
    lines = STREAM.lines()
    dropped = next(i for i, line in enumerate(lines) if i > 500 and line.startswith(b'{"id"'))
    assert judged(lines[:dropped] + lines[dropped + 1 :])[-1].digest != judged(lines)[-1].digest


def test_buckets_close_in_order_without_a_gap() -> None:
    numbers = [judgement.closed.bucket for judgement in judged(STREAM.lines())]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) > 50


def test_nothing_is_closed_before_the_first_bucket_is() -> None:
    offline = Offline(RULES, Words(), 365)
    assert list(offline.fold(encode([Heartbeat("s", 1_000_000, ("sms",))]))) == []
    assert offline.closed == -1
    (judgement,) = offline.fold(encode([Heartbeat("s", 1_004_000, ("sms",))]))
    assert offline.closed == judgement.closed.bucket == 199


def test_a_bare_source_that_falls_silent_is_blind_and_never_out() -> None:
    posts, start = [], 1_245_000_000_000
    for second in range(9_000):
        at = start + second * 1000
        posts.append(encode([Post(f"w{second}", at, "crawler", "web", f"a{second % 50}", "x")]))
        posts.append(encode([Heartbeat("crawler", at + 1, ("web",))]))
        if not 7_200 <= second < 8_100:
            posts.append(encode([Post(f"{n}-{second}", at, "bare", "sms", f"b{second % 40}", "x") for n in range(3)]))
    revisions = [revision for judgement in judged([b"\n".join(posts)]) for revision in judgement.revisions]
    assert {(revision.kind, revision.series) for revision in revisions} == {("blind", "source=bare")}
    opened, closed = revisions
    assert abs(opened.onset - (start + 7_200_000)) <= 10_000
    assert closed.closed_at is not None
    assert abs(closed.closed_at - (start + 8_100_000)) <= 10_000


def test_totals_add_up_to_every_line() -> None:
    lines = STREAM.lines()
    offline = Offline(RULES, Words(), 365)
    list(offline.fold(b"\n".join(lines)))
    totals = offline.judge.totals
    written = sum(1 for line in lines if b'"heartbeat"' not in line and b'"notice"' not in line)
    aside = sum(n for name, n in totals.items() if name.startswith(("late:", "duplicates:", "rejected:")))
    assert totals["posts"] + aside == written

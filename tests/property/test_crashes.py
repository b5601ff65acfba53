"""A crash anywhere, a zombie, another partitioning or another cut into records changes no bucket."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from streams.news import WORD, in_partitions, news
from streams.noisy import Noisy

from tocsin.clocks import Rules
from tocsin.incidents import Incident
from tocsin.judge import Judge
from tocsin.ledger import Entry, Ledger
from tocsin.merge import LOOK_BACK, ClosedBucket, Merger
from tocsin.partials import Partial, Position
from tocsin.posts import Post, encode
from tocsin.tally import PartitionTally

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
STREAMS = st.builds(
    Noisy,
    seed=st.integers(0, 10**6),
    seconds=st.integers(60, 160),
    rate=st.floats(1.0, 6.0),
    crawler_dead=st.sampled_from([(0, 0), (40, 110), (20, 10**6)]),
)


class Words:
    """The least of a lexicon."""

    series = ("keyword=election", "keyword=internet")

    def match(self, texts: Sequence[str]) -> list[int]:
        return [("election" in text) | ("internet" in text) << 1 for text in texts]


@dataclass
class Broker:
    """What outlives a worker: the partials' log, the committed offset and the positions."""

    log: list[Partial] = field(default_factory=list)
    committed: int = 0
    positions: dict[int, Position] = field(default_factory=dict)


def work(broker: Broker, partition: int, records: list[bytes], stop: int, rnd: Random, steps: int) -> None:
    """Run a worker from the commit up to a record, and let it die after a random step of the last one."""
    tally = PartitionTally(partition, RULES, Words(), broker.positions.get(broker.committed))
    ledger: Ledger[Position] = Ledger()
    at = broker.committed
    while at < stop:
        end = min(stop, at + rnd.choice((1, 1, 2, 5)))  # as many as a fetch happened to bring
        left = steps if end == stop else 9
        before = tally.position
        folded = tally.fold(b"\n".join(records[at:end]))
        ledger.hold(Entry(at, folded.newest, before))
        at = end
        if not folded.partials or left < 1:
            continue
        broker.log.extend(folded.partials)
        if left < 2:
            continue
        if ledger.release(folded.partials[-1].through - RULES.horizon):
            offset, position = (ledger.head.offset, ledger.head.before) if ledger.head else (at, tally.position)
            broker.positions[offset] = position
            if left >= 3 and rnd.random() < 0.5:  # Kafka's commit comes some time after the release
                broker.committed = offset


def closed_of(logs: Sequence[Partial], partitions: int) -> list[ClosedBucket]:
    merger = Merger(partitions)
    return [closed for partial in logs for closed in merger.add(partial)]


def undisturbed(stream: Noisy, partitions: int, cut_seed: int) -> list[ClosedBucket]:
    logs: list[Partial] = []
    for partition, records in enumerate(stream.records(partitions, cut_seed)):
        tally = PartitionTally(partition, RULES, Words())
        logs += [partial for record in records for partial in tally.fold(record).partials]
    return closed_of(logs, partitions)


@given(STREAMS, st.integers(0, 10**6), st.integers(1, 3))
@settings(max_examples=settings.default.max_examples // 3)
def test_crashes_anywhere_change_no_closed_bucket(stream: Noisy, seed: int, partitions: int) -> None:
    rnd = Random(seed)
    logs: list[list[Partial]] = []
    for partition, records in enumerate(stream.records(partitions, seed)):
        broker = Broker()
        for _ in range(rnd.randint(1, 6)):
            stop = rnd.randint(broker.committed, len(records))
            work(broker, partition, records, stop, rnd, rnd.randint(0, 3))
        zombie, born = Broker([], broker.committed, dict(broker.positions)), len(broker.log)
        work(broker, partition, records, len(records), rnd, 9)
        work(zombie, partition, records, rnd.randint(zombie.committed, len(records)), rnd, 9)
        at = rnd.randint(born, len(broker.log))
        logs.append(broker.log[:at] + zombie.log + broker.log[at:])
    interleaved = [logs[p].pop(0) for p in shuffled_turns(logs, rnd)]
    assert closed_of(interleaved, partitions) == undisturbed(stream, partitions, seed + 1)


def shuffled_turns(logs: Sequence[Sequence[Partial]], rnd: Random) -> list[int]:
    turns = [partition for partition, log in enumerate(logs) for _ in log]
    rnd.shuffle(turns)
    return turns


@given(STREAMS, st.integers(0, 10**6))
@settings(max_examples=settings.default.max_examples // 5)
def test_neither_partitions_nor_cuts_change_a_bucket(stream: Noisy, seed: int) -> None:
    one = undisturbed(stream, 1, seed)
    assert one, "the stream must close some buckets, or this test compares nothing"
    assert undisturbed(stream, 3, seed + 1) == one
    assert undisturbed(stream, 2, seed + 2) == one


@given(STREAMS, st.integers(1, 40), st.none() | st.integers(0, 10**6))
@settings(max_examples=settings.default.max_examples // 5)
def test_cuts_change_nothing_even_beside_a_source_without_heartbeats(
    stream: Noisy, most: int, broker: int | None
) -> None:
    """Each of its posts may close a bucket: a broken line belongs to the one that was open where it stands."""
    lines = stream.lines()
    for number in range(4, len(lines), 7):
        at = stream.start + stream.seconds * 1000 * number // len(lines)
        lines.insert(number, encode([Post(f"bare-{number}", at, "bare", "forum", "b", "salam")]))
    rnd = Random(broker)
    written = (
        None
        if broker is None
        else [
            stream.start + stream.seconds * 1000 * number // len(lines) + rnd.choice((0, -RULES.ahead_ms - 4_000))
            for number in range(len(lines))
        ]
    )

    def told(cut: int) -> tuple[list[Partial], list[tuple[str, bytes]]]:
        tally = PartitionTally(0, RULES, Words())
        cuts = [slice(at, at + cut) for at in range(0, len(lines), cut)]
        folded = [tally.fold(b"\n".join(lines[one]), written and written[one]) for one in cuts]
        buried = [(reject.reason, reject.data) for one in folded for reject in one.rejects]
        return [partial for one in folded for partial in one.partials], buried

    partials, buried = told(1)
    assert partials
    assert broker is None or "ahead" in {reason for reason, _ in buried}
    assert told(most) == (partials, buried)


@given(STREAMS, st.integers(0, 10**6))
@settings(max_examples=settings.default.max_examples // 5)
def test_a_merger_that_starts_again_closes_the_same_buckets(stream: Noisy, seed: int) -> None:
    rnd = Random(seed)
    logs = []
    for partition, records in enumerate(stream.records(2, seed)):
        tally = PartitionTally(partition, RULES, Words())
        logs.append([partial for record in records for partial in tally.fold(record).partials])
    log = [logs[p].pop(0) for p in shuffled_turns(logs, rnd)]
    merger, closed, at = Merger(2), [], 0
    safe = 0
    while at < len(log):
        closed += merger.add(log[at])
        at += 1
        while safe < at and merger.closed is not None and log[safe].through <= merger.closed - LOOK_BACK:
            safe += 1  # acknowledged in order
        if rnd.random() < 0.05:
            merger, at = Merger(2, merger.closed), safe if merger.closed is not None else 0
    assert closed == closed_of(log, 2)


@given(st.integers(1, 3), st.integers(0, 10**6))
@settings(max_examples=settings.default.max_examples // 10)
def test_words_become_news_alike_however_often_merger_and_judge_start_again(partitions: int, seed: int) -> None:
    """As detect does: from the judge's snapshot, the journal since, and partials that are not acknowledged."""
    rnd = Random(seed)
    logs = []
    for partition, lines in enumerate(in_partitions(news(), partitions)):
        tally = PartitionTally(partition, RULES, Words())
        logs.append([partial for line in lines for partial in tally.fold(line).partials])
    log = [logs[p].pop(0) for p in shuffled_turns(logs, rnd)]
    straight = Judge(RULES, 365)
    whole = [revision for closed in closed_of(log, partitions) for revision in straight.fold(closed).revisions]
    assert [(revision.kind, revision.series) for revision in whole] == [("term", f"term={WORD}")] * 2

    merger, judge, snapshot = Merger(partitions), Judge(RULES, 365), Judge(RULES, 365).snapshot()
    journal: list[ClosedBucket] = []
    told: dict[tuple[str, int], Incident] = {}
    at = safe = 0
    while at < len(log):
        for closed in merger.add(log[at]):
            journal.append(closed)
            told |= {(revision.id, revision.revision): revision for revision in judge.fold(closed).revisions}
        at += 1
        while safe < at and merger.closed is not None and log[safe].through <= merger.closed - LOOK_BACK:
            safe += 1
        if rnd.random() < 0.05:
            judge, merger, at = Judge(RULES, 365), Merger(partitions, merger.closed), safe
            judge.restore(snapshot)
            for closed in journal:
                judge.fold(closed)
        elif rnd.random() < 0.02:
            snapshot, journal = judge.snapshot(), []
    assert judge.digest == straight.digest
    assert list(told.values()) == whole


@given(STREAMS, st.integers(0, 10**6))
@settings(max_examples=settings.default.max_examples // 5)
def test_a_judge_read_back_from_its_snapshot_goes_on_as_if_nothing_had_happened(stream: Noisy, seed: int) -> None:
    buckets = undisturbed(stream, 1, seed)
    straight, restored = Judge(RULES, 365), Judge(RULES, 365)
    rnd = Random(seed)
    for closed in buckets:
        expected = straight.fold(closed)
        judgement = restored.fold(closed)
        assert (judgement.digest, judgement.revisions) == (expected.digest, expected.revisions)
        if rnd.random() < 0.2:
            data = restored.snapshot()
            restored = Judge(RULES, 365)
            restored.restore(data)
            assert restored.snapshot() == data


def test_the_stream_of_these_tests_has_all_kinds_of_trouble_in_it() -> None:
    buckets = undisturbed(Noisy(seed=1, seconds=220, rate=10.0), 2, 1)
    assert sum(sum(b.late.values()) for b in buckets) > 10
    assert sum(sum(b.duplicates.values()) for b in buckets) > 10
    assert {reason for b in buckets for reason in b.rejected} >= {"not_json", "bad_field", "unknown_kind", "ahead"}
    assert any(b.notices for b in buckets)
    assert any(b.terms and b.terms.words for b in buckets)
    assert any(b.terms and "night" not in b.terms.words for b in buckets), "and not every word is a crowd's"
    judge = Judge(RULES, 365)
    kinds = {revision.kind for b in buckets for revision in judge.fold(b).revisions}
    assert "blind" in kinds

"""When a word becomes an incident, whom it belongs to, and when it is over."""

import msgspec
import pytest
from streams.news import BUCKET_MS, FEW, NEWS, START, WORD, NoWords, news
from streams.terms import count_terms

from tocsin.clocks import Rules
from tocsin.crowds import WINDOW, Crowds
from tocsin.emergent import MOST_OPEN, PATIENCE, EmergentTerms
from tocsin.incidents import Incident
from tocsin.judge import Judge, Judgement
from tocsin.merge import ClosedBucket, ignore_nothing
from tocsin.offline import Offline

RULES = Rules(bucket_ms=BUCKET_MS, lateness_ms=1_000, blind_ms=30_000, ahead_ms=60_000)
FIRST = START // BUCKET_MS


@pytest.fixture(scope="module")
def judged() -> list[Judgement]:
    offline = Offline(RULES, NoWords(), 365)
    return [judgement for line in news() for judgement in offline.fold(line)]


@pytest.fixture(scope="module")
def buckets(judged: list[Judgement]) -> list[ClosedBucket]:
    return [judgement.closed for judgement in judged]


def folded(buckets: list[ClosedBucket], bursts: dict[int, list[Incident]] | None = None) -> list[Incident]:
    """All revisions, with the bursts that last from a bucket on."""
    terms, lasting, revisions = EmergentTerms(BUCKET_MS), [], []
    for closed in buckets:
        lasting = (bursts or {}).get(closed.bucket - FIRST, lasting)
        revisions += terms.fold(closed, lasting)
    return revisions


def burst(series: str, onset: int) -> Incident:
    return Incident(f"burst:{series}:{onset}", 1, "burst", series, onset, onset + 1)


def test_a_word_becomes_news_within_two_buckets_and_is_over_when_it_is_gone(judged: list[Judgement]) -> None:
    opened, closed = [i for judgement in judged for i in judgement.revisions if i.kind == "term"]
    assert opened.series == closed.series == f"term={WORD}"
    assert opened.id == closed.id == f"term:term={WORD}:{opened.onset}"
    assert (opened.revision, closed.revision) == (1, 2)
    assert opened.detected_at == START + (NEWS.start + 2) * BUCKET_MS
    assert opened.onset == opened.detected_at - WINDOW * BUCKET_MS
    assert closed.closed_at == START + (NEWS.stop + 1) * BUCKET_MS, "the last window that was full of it"
    assert closed.observed == 5 * len(NEWS)
    assert closed.expected < 5
    assert closed.peak == closed.peak_authors == 5


def test_the_text_of_a_few_is_in_no_closed_bucket_and_in_no_state(buckets: list[ClosedBucket]) -> None:
    terms = EmergentTerms(BUCKET_MS)
    for closed in buckets:
        terms.fold(closed, [])
        assert FEW.encode() not in msgspec.msgpack.encode(closed)
    assert WORD.encode() in b"".join(msgspec.msgpack.encode(closed) for closed in buckets)
    assert FEW.encode() not in msgspec.msgpack.encode(terms.snapshot())


def test_a_word_wakes_nobody(buckets: list[ClosedBucket]) -> None:
    assert [incident.pages for incident in folded(buckets)] == [False, False]


def test_while_it_lasts_a_word_is_no_second_incident(buckets: list[ClosedBucket]) -> None:
    assert [incident.revision for incident in folded(buckets)] == [1, 2]


def test_the_widest_burst_that_began_before_explains_it_from_the_first_revision_on(buckets: list[ClosedBucket]) -> None:
    bursts = [burst("posts", START + NEWS.start * BUCKET_MS), burst("channel=sms", START)]
    revisions = folded(buckets, {NEWS.start: bursts})
    assert [(i.revision, i.parent) for i in revisions] == [(1, bursts[0].id), (2, bursts[0].id)]


def test_a_burst_that_is_noticed_later_is_adopted_as_parent_if_it_began_before(buckets: list[ClosedBucket]) -> None:
    late, unrelated = burst("posts", START + NEWS.start * BUCKET_MS), burst("posts", START + NEWS.stop * BUCKET_MS)
    revisions = folded(buckets, {NEWS.start + 4: [late]})
    assert [(i.revision, i.parent) for i in revisions] == [(1, None), (2, late.id), (3, late.id)]
    assert {i.parent for i in folded(buckets, {NEWS.stop: [unrelated]})} == {None}


def test_a_pause_shorter_than_its_patience_does_not_end_it(buckets: list[ClosedBucket]) -> None:
    paused = [closed for closed in buckets if closed.bucket - FIRST <= NEWS.stop]
    number = paused[-1].bucket
    quiet = [msgspec.structs.replace(paused[0], bucket=number + 1 + n, terms=None) for n in range(PATIENCE - 1)]
    terms = EmergentTerms(BUCKET_MS)
    for closed in [*paused, *quiet]:
        terms.fold(closed, [])
    assert set(terms.open) == {WORD}
    terms.fold(msgspec.structs.replace(paused[0], bucket=number + PATIENCE, terms=None), [])
    assert not terms.open


@pytest.mark.parametrize("at", [NEWS.start, NEWS.start + 2, NEWS.stop, NEWS.stop + 3])
def test_what_is_read_back_goes_on_as_if_nothing_had_happened(buckets: list[ClosedBucket], at: int) -> None:
    straight, revisions = folded(buckets), []
    terms = EmergentTerms(BUCKET_MS)
    for closed in buckets:
        revisions += terms.fold(closed, [])
        if closed.bucket - FIRST == at:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(terms.snapshot()))
            terms = EmergentTerms(BUCKET_MS)
            terms.restore(state)
    assert revisions == straight


def test_no_more_than_fifty_words_are_news_at_a_time_and_the_rest_is_counted() -> None:
    judge = Judge(RULES, 365)
    words = [f"word{a}{b}" for a in "abcdefgh" for b in "abcdefgh"]
    crowds, told = Crowds(ignore_nothing), []
    for number in range(140):
        talk = [(f"a{author}", " ".join(words)) for author in range(5 if number > 130 else 0)]
        counts = count_terms([*talk, ("b", "weather")])
        assert counts is not None
        terms = crowds.close(FIRST + number, [[counts], [], []])
        counted = {"posts": (20, 20, 0)}
        told.append(judge.fold(ClosedBucket(FIRST + number, counted, terms=terms)))
    incidents = [incident for judgement in told for incident in judgement.revisions if incident.kind == "term"]
    assert len(incidents) == MOST_OPEN
    assert len([incident for incident in judge.lasting if incident.kind == "term"]) == MOST_OPEN
    assert {judgement.untold for judgement in told} == {0, len(words) - MOST_OPEN}
    assert judge.totals["untold"] == sum(judgement.untold for judgement in told)

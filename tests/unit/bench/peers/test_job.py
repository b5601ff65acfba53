"""What the peers do post by post counts the same as the tally, also on a stream with every flaw."""

from dataclasses import replace

import numpy as np
import pytest

from bench.peers.digest import Counted, of_partials, partials
from bench.peers.job import Job, words
from producers.scenario import SCENARIOS
from tocsin.clocks import Rules
from tocsin.lexicon import default_lexicon
from tocsin.words import find_words

RULES = Rules(bucket_ms=5_000, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)


@pytest.fixture(scope="module")
def values() -> list[bytes]:
    """A minute of many posts, of which some are late, ahead, broken, or come twice."""
    quiet = SCENARIOS["quiet-week"]({"volume": "600"})
    begin = quiet.begin + 12 * 3_600_000
    flaws = replace(quiet.flaws, late=0.01, duplicates=0.01, broken=0.01, wild=0.01)
    minute = replace(quiet, begin=begin, end=begin + 60_000, heartbeat_seconds=1, flaws=flaws)
    raw = [item.raw for item in minute.lines(seed=3)]
    return [b"\n".join(raw[at : at + 100]) for at in range(0, len(raw), 100)]


def by_job(values: list[bytes]) -> tuple[Counted, Job]:
    job, counted = Job(RULES, default_lexicon()), Counted()
    for value in values:
        for closed in job.record(value):
            counted.series |= {(closed.number, name): numbers for name, numbers in closed.counts.items()}
            counted.terms |= {(closed.number, word): n for word, n in closed.terms.items()}
    return counted, job


def test_the_work_by_hand_counts_what_the_tally_counts(values: list[bytes]) -> None:
    counted, job = by_job(values)
    assert len({number for number, _ in counted.series}) > 9
    assert len(counted.terms) > 1000
    told = list(partials(RULES, values))
    assert counted == of_partials(told)
    assert counted.digest == of_partials(told).digest
    # What comes behind the last close is in no partial, but the job has seen it: a record is enough of a margin.
    for kind, n in (("late", job.late), ("duplicates", job.duplicates), ("rejected", job.rejected)):
        assert 10 < sum(sum(getattr(partial, kind).values()) for partial in told) <= n


def test_how_lines_are_cut_into_records_changes_nothing(values: list[bytes]) -> None:
    lines = [line for value in values for line in value.split(b"\n")]
    assert by_job(lines)[0] == by_job(values)[0]


def test_one_author_more_or_less_is_another_digest(values: list[bytes]) -> None:
    counted, _ = by_job(values)
    key, (posts, authors, reposts) = next(iter(counted.series.items()))
    before = counted.digest
    counted.series[key] = (posts, authors + 1, reposts)
    assert counted.digest != before


@pytest.mark.parametrize(
    "text",
    [
        "Vote! vote, #free_iran @somebody https://example.org/a www.example.org t.co/x",
        "می‌خواهم #انتخابات_۸۸ یعنی كجا است؟",
        "20h30 Élection œuvre aß no: a",
    ],
)
def test_words_are_those_of_the_batches(text: str) -> None:
    found = find_words([text])
    assert words(text) == set(found.spell(np.arange(len(found.hashes))))

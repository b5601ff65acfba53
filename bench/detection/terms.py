"""How many emergent terms are found, how soon, and how many false ones beside them. Seeded, synthetic.

Each bucket has 1,000 posts of nine words from a vocabulary of 200,000 with Zipf frequencies, and noise: 60 words are
repeated by a few busy people (two more each, on average), and three words by one author, 20 to 60 times. Sixty words
are planted, half of them new and half known but rare, at 3, 4, 6 or 8 more authors per bucket, for six buckets; and
fifteen at 2, of which five people, without whom no word is told, often need longer than three buckets. Everything goes
through what the pipeline runs: texts, tokeniser, counters, crowds and detector.

    python bench/detection/terms.py [SEEDS]
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from rich.console import Console
from rich.table import Table

from tocsin.authors import authors_of
from tocsin.crowds import WINDOW, Crowds
from tocsin.detect.terms import TermDetector
from tocsin.emergent import THRESHOLD
from tocsin.merge import ignore_nothing
from tocsin.reading import Reading
from tocsin.terms import CROWD, TermCounter, TermCounts
from tocsin.words import hash_names

VOCABULARY, EXPONENT = 200_000, 1.05
POSTS, WORDS = 1_000, 9
PEOPLE, BUSY = 60_000, 300
BUCKETS, QUIET = 700, 330  # the first of these only teach
PLANTED, LASTS, RATES = 75, 6, (2, 3, 4, 6, 8)
TELLABLE = 3  # authors per bucket, of whom three buckets have five most of the time
RARE = range(2_000, 50_000)  # ranks of words that are known, and rare
FALSE_TERMS = 0.1  # per bucket, at the threshold to compare at
LEAST = 1.0  # nats: what is told at all, here


@dataclass
class Run:
    """What one seed led to.

    Attributes:
        rates: Authors per bucket of each planted word.
        crowds: Whether as many as ``CROWD`` authors used it within its first three buckets, in at least two of them.
        scores: Of each planted word: its score in each of its buckets, as far as any was told.
        false: The highest score of each episode of any other word: buckets in which it is told, not a window apart.
        judged: Buckets in which false terms were counted.
        seconds: CPU time of tokeniser and counters, of the crowds, and of the detector.
    """

    rates: list[int]
    crowds: list[bool]
    scores: list[dict[int, float]]
    false: list[float] = field(default_factory=list)
    judged: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def spelt(number: int) -> str:
    """Spell a word of the vocabulary: five letters."""
    letters = ""
    for _ in range(5):
        number, letter = divmod(number, 26)
        letters += chr(ord("a") + letter)
    return letters


class Stream:
    """Posts of each bucket, as (author, text)."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        share = 1 / np.arange(1, VOCABULARY + 1) ** EXPONENT
        self._cumulative = np.cumsum(share / share.sum())
        rng = self._rng
        self.starts = rng.integers(QUIET, BUCKETS - LASTS, PLANTED).tolist()
        self.rates = rng.permutation(np.repeat(RATES, PLANTED // len(RATES))).tolist()
        new = np.arange(PLANTED) < PLANTED // 2
        known = rng.choice(np.arange(RARE.start, RARE.stop), PLANTED, replace=False)
        self.words = [spelt(n) for n in np.where(new, VOCABULARY + np.arange(PLANTED), known).tolist()]
        self._spelt = [spelt(n) for n in range(VOCABULARY)]

    def bucket(self, number: int) -> Iterator[tuple[str, str]]:
        """Make the posts of one bucket."""
        rng, spell = self._rng, self._spelt
        drawn = np.searchsorted(self._cumulative, rng.random(POSTS * WORDS))
        authors = rng.integers(0, PEOPLE, POSTS).tolist()
        words = [spell[n] for n in np.minimum(drawn, VOCABULARY - 1).tolist()]
        for post, author in enumerate(authors):
            yield f"p{author}", " ".join(words[post * WORDS : (post + 1) * WORDS])
        for at, copies in zip(rng.integers(0, len(words), 60).tolist(), rng.geometric(1 / 3, 60).tolist(), strict=True):
            for author in rng.integers(0, BUSY, copies - 1).tolist():
                yield f"busy{author}", words[at]
        for at, copies in zip(rng.integers(0, len(words), 3).tolist(), rng.integers(20, 60, 3).tolist(), strict=True):
            flooder = f"p{rng.integers(0, PEOPLE)}"
            for _ in range(copies):
                yield flooder, words[at]
        for word, start, rate in zip(self.words, self.starts, self.rates, strict=True):
            if start <= number < start + LASTS:
                for author in rng.integers(0, PEOPLE, rng.poisson(rate)).tolist():
                    yield f"p{author}", word


class NoWords:
    """An empty lexicon."""

    series = ()

    def match(self, texts: Sequence[str]) -> list[int]:
        """Find nothing."""
        return [0] * len(texts)


def count_terms(posts: Sequence[tuple[str, str]]) -> TermCounts | None:
    """Count the terms of a bucket; each post is an author and a text."""
    counter, reading = TermCounter(), Reading(NoWords())
    counter.add(reading, reading.numbers_of([text for _, text in posts]))
    return counter.close(authors_of([hash_names([author for author, _ in posts])]))


def judge(seed: int) -> Run:
    """Run one stream through the real code."""
    stream, crowds, detector = Stream(seed), Crowds(ignore_nothing), TermDetector()
    numbers = {word: i for i, word in enumerate(stream.words)}
    heard: list[list[set[str]]] = [[] for _ in stream.words]
    run = Run(stream.rates, [], [{} for _ in stream.words])
    told: dict[str, tuple[int, int]] = {}  # by word: the last bucket of its false episode, and which that is
    for number in range(BUCKETS):
        posts = list(stream.bucket(number))
        for i, start in enumerate(stream.starts):
            if start <= number < start + WINDOW:
                heard[i].append({author for author, text in posts if stream.words[i] in text.split(" ")})
        clock = time.process_time()
        counted = count_terms(posts)
        clock = _spent(run, "tokeniser and counter", clock)
        terms = crowds.close(number, [[counted] if counted else [], [], []])
        clock = _spent(run, "crowds", clock)
        found = detector.look(len({author for author, _ in posts}), terms, least=LEAST)
        _spent(run, "detector", clock)
        run.judged += number >= QUIET
        for emergent in found if number >= QUIET else ():
            planted = numbers.get(emergent.word)
            if planted is not None and 0 <= number - stream.starts[planted] < LASTS + WINDOW:
                run.scores[planted][number - stream.starts[planted]] = emergent.score
            elif number - told.get(emergent.word, (-WINDOW, 0))[0] < WINDOW:
                episode = told[emergent.word][1]
                told[emergent.word] = (number, episode)
                run.false[episode] = max(run.false[episode], emergent.score)
            else:
                told[emergent.word] = (number, len(run.false))
                run.false.append(emergent.score)
    run.crowds = [len(set().union(*sets)) >= CROWD and sum(map(bool, sets)) > 1 for sets in heard]
    return run


def _spent(run: Run, what: str, since: float) -> float:
    now = time.process_time()
    run.seconds[what] += now - since
    return now


def table(runs: list[Run], threshold: float, title: str) -> Table:
    """Tell what is found at a threshold, by planted rate."""
    per_bucket = sum(score >= threshold for run in runs for score in run.false) / sum(run.judged for run in runs)
    shown = Table(title=f"{title}: {threshold:.1f} nats, {per_bucket:.3f} false terms per bucket")
    for column in ("authors per bucket", "planted", "a crowd in 3 buckets", "found in 3", "found at all", "mean delay"):
        shown.add_column(column, justify="right")
    for rate in (*RATES, None):
        which = [
            (run, i)
            for run in runs
            for i, each in enumerate(run.rates)
            if each == rate or (not rate and each >= TELLABLE)
        ]
        delays = [min((d for d, s in run.scores[i].items() if s >= threshold), default=None) for run, i in which]
        found = [delay + 1 for delay in delays if delay is not None]
        crowd, soon, mean = sum(run.crowds[i] for run, i in which), sum(d <= WINDOW for d in found), np.mean(found)
        each = len(runs)
        shown.add_row(
            f"{TELLABLE} and more" if rate is None else str(rate),
            *(f"{n / each:.1f}" for n in (len(which), crowd, soon, len(found))),
            f"{mean:.2f} buckets",
        )
    return shown


def main() -> None:
    """Print what is found at two thresholds, and the cost."""
    runs = [judge(seed) for seed in range(1, int(sys.argv[1]) + 1 if len(sys.argv) > 1 else 6)]
    scores = sorted((score for run in runs for score in run.false), reverse=True)
    allowed = int(FALSE_TERMS * sum(run.judged for run in runs))
    console = Console(width=120)
    console.print(f"{len(runs)} seeds; figures per seed, of {PLANTED} planted terms")
    equal = scores[allowed] + 1e-9 if len(scores) > allowed else LEAST
    console.print(table(runs, equal, f"At {FALSE_TERMS} false terms per bucket"))
    console.print(table(runs, THRESHOLD, "As shipped"))
    for what in runs[0].seconds:
        spent = sum(run.seconds[what] for run in runs) / (len(runs) * BUCKETS)
        console.print(f"{what}: {spent * 1e3:.2f} ms a bucket of {POSTS:,} posts")


if __name__ == "__main__":
    main()

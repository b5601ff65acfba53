"""Who writes in a scenario: as few people wrote most of what was written in June 2009."""

from collections import Counter

import pytest

from producers.scenario import SCENARIOS
from tocsin.posts import Post


def test_most_people_write_once_and_a_tenth_writes_most():
    posts = (item.line for item in SCENARIOS["tehran-2009"]().lines() if isinstance(item.line, Post))
    counts = sorted(Counter(post.author for post in posts).values(), reverse=True)

    assert sum(n == 1 for n in counts) / len(counts) == pytest.approx(0.593, abs=0.03)
    assert sum(counts[: len(counts) // 10]) / sum(counts) == pytest.approx(0.655, abs=0.05)
    assert sum(counts) == pytest.approx(400_000, rel=0.05)

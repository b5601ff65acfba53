"""A run of posts is sorted: late, plain by bucket, or to be looked at one by one."""

import numpy as np

from tocsin.masks import NO_SERIES
from tocsin.sifting import Limits, Rows, sift


def rows(at: list[int], keys: list[int] | None = None, codes: list[int] | None = None) -> Rows:
    n = len(at)
    chosen = np.array(keys or range(n), np.uint64)
    return Rows(np.arange(n), chosen, chosen, np.array(at), np.array(codes or [2] * n), np.zeros(n, np.intp))


def test_a_post_is_late_when_its_bucket_is_closed_and_plain_from_the_next_on() -> None:
    late, plain, doubtful = sift(rows([999, 1_999, 2_000, 2_999, 3_000]), Limits(1, 9_000), 1_000)
    assert late.tolist() == [0, 1]
    assert {bucket: some.places.tolist() for bucket, some in plain.items()} == {2: [2, 3], 3: [4]}
    assert doubtful.each() == []


def test_what_is_ahead_or_in_no_series_is_looked_at_alone_even_if_it_is_old() -> None:
    _, plain, doubtful = sift(rows([9_000, 9_001, 5, 6], codes=[2, 2, NO_SERIES, 2]), Limits(-1, 9_000), 1_000)
    assert [row.place for row in doubtful.each()] == [1, 2]
    assert sorted(plain) == [0, 9]


def test_copies_of_one_another_are_looked_at_alone_all_of_them() -> None:
    _, plain, doubtful = sift(rows([1, 2, 3, 4], keys=[7, 8, 7, 9]), Limits(-1, 9), 1_000)
    assert [(row.place, row.key) for row in doubtful.each()] == [(0, 7), (2, 7)]
    assert plain[0].keys.tolist() == [8, 9]


def test_each_post_is_held_against_the_limits_of_its_own_source() -> None:
    limits = Limits(np.array([1, 0]), np.array([5_000, 1_500]))
    late, plain, doubtful = sift(rows([1_200, 1_200]), limits, 1_000)
    assert (late.tolist(), plain[1].places.tolist(), doubtful.each()) == ([0], [1], [])
    assert [row.place for row in sift(rows([4_000, 4_000]), limits, 1_000).doubtful.each()] == [1]

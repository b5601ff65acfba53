"""Which words are news, told from buckets whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.crowds import Terms
from tocsin.detect.terms import HALVING, LEAST_HISTORY, Emergent, TermDetector
from tocsin.words import find_words

PEOPLE = 500
Authors = dict[str, tuple[int, int, int]]  # of a crowd: in this bucket, the one before, and the one before that


def terms(uses: dict[str, int], crowds: Authors | None = None, level: int = 0) -> Terms:
    cells = {word: int(find_words([word]).hashes[0]) >> 44 for word in {**uses, **(crowds or {})}}
    told = crowds or {}
    return Terms(
        level,
        len(uses),
        np.sort(np.array([cells[word] << 12 | n for word, n in uses.items()], "<u4")).tobytes(),
        " ".join(told),
        np.array([cells[word] for word in told], "<u4").tobytes(),
        np.array(list(told.values()), "<u2").tobytes(),
    )


def taught(uses: dict[str, int], buckets: int = LEAST_HISTORY + 2, level: int = 0) -> TermDetector:
    detector = TermDetector()
    for _ in range(buckets):
        assert detector.look(PEOPLE, terms(uses, level=level), 0.0) == []
    return detector


def score(detector: TermDetector, word: str, authors: tuple[int, int, int]) -> float:
    told = detector.look(PEOPLE, terms({word: authors[0]}, {word: authors}), 0.0)
    assert len(told) == 1, "everything is told from a score of zero on"
    return told[0].score


def test_a_word_that_nobody_used_before_is_news() -> None:
    (told,) = taught({"weather": 20}).look(PEOPLE, terms({"quake": 5}, {"quake": (5, 2, 1)}), 16.0)
    assert (told.word, told.authors, told.window) == ("quake", 5, 7), "of the loudest, no more than twice the next"
    assert told.expected < 0.1


def test_a_word_that_is_used_all_the_time_is_none() -> None:
    assert taught({"weather": 20}).look(PEOPLE, terms({"weather": 22}, {"weather": (22, 20, 19)}), 1.0) == []


def test_a_common_word_is_news_when_far_more_people_use_it() -> None:
    assert score(taught({"weather": 20}), "weather", (160, 170, 150)) > 16


def test_less_than_expected_is_never_news() -> None:
    assert score(taught({"weather": 20}), "weather", (2, 2, 2)) == 0


def test_the_more_people_the_greater_the_news() -> None:
    scores = [score(taught({"weather": 20}), "quake", (n, n, n)) for n in (2, 3, 5, 9)]
    assert scores == sorted(scores)
    assert len(set(scores)) == 4


def test_a_chorus_in_a_single_bucket_counts_for_little() -> None:
    assert score(taught({"weather": 20}), "quake", (1, 40, 0)) < score(taught({"weather": 20}), "quake", (3, 3, 3))


def test_before_there_is_a_history_nothing_is_news() -> None:
    detector = taught({"weather": 20}, LEAST_HISTORY + 1)
    assert detector.look(PEOPLE, terms({"quake": 9}, {"quake": (9, 9, 9)}), 0.0) == []
    assert detector.look(PEOPLE, terms({"quake": 9}, {"quake": (9, 9, 9)}), 0.0) != []


def test_the_window_itself_is_not_part_of_the_history_it_is_held_against() -> None:
    detector = taught({"weather": 20})
    scores = [score(detector, "quake", (9, 9, 9)) for _ in range(3)]
    assert scores[0] == pytest.approx(scores[2], rel=0.05)
    assert score(detector, "quake", (9, 9, 9)) < 0.9 * scores[2]


def test_a_word_that_stays_becomes_ordinary() -> None:
    detector = taught({"weather": 20})
    scores = [score(detector, "quake", (9, 9, 9)) for _ in range(HALVING)]
    assert scores[-1] < 4


def test_an_old_word_is_forgotten_and_may_be_news_again() -> None:
    detector = taught({"quake": 9}, 2 * HALVING)
    assert score(detector, "quake", (9, 9, 9)) < 1
    for _ in range(8 * HALVING):
        detector.look(PEOPLE, terms({"weather": 20}), 0.0)
    assert score(detector, "quake", (9, 9, 9)) > 16


def test_what_is_expected_follows_the_number_of_people() -> None:
    few, many = taught({"weather": 20}), taught({"weather": 20})
    for people, detector in ((PEOPLE // 5, few), (PEOPLE * 2, many)):
        for _ in range(2):
            detector.look(people, None, 0.0)
    told = [d.look(p, terms({}, {"weather": (30, 30, 30)}), 0.0)[0] for p, d in ((PEOPLE // 5, few), (1000, many))]
    assert told[0].expected == pytest.approx(12, rel=0.05)
    assert told[1].expected == pytest.approx(120, rel=0.05)
    assert told[0].score > 16 > told[1].score


def test_neither_a_sample_nor_an_empty_bucket_teaches_anything() -> None:
    detector, other = taught({"weather": 20}), taught({"weather": 20})
    for _ in range(40):
        detector.look(PEOPLE, terms({"quake": 50}, level=1), 0.0)
        detector.look(0, None, 0.0)
    for each in (detector, other):
        for _ in range(3):
            each.look(PEOPLE, terms({"weather": 20}), 0.0)
    assert score(detector, "weather", (40, 40, 40)) == pytest.approx(score(other, "weather", (40, 40, 40)), rel=0.02)
    assert score(detector, "quake", (9, 9, 9)) > 16


BUCKETS = st.lists(
    st.tuples(st.integers(0, 30), st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8), st.integers(0, 1)),
    min_size=1,
    max_size=30,
)


@given(BUCKETS, st.randoms(use_true_random=False))
@settings(max_examples=settings.default.max_examples // 8)
def test_a_detector_read_back_from_its_snapshot_goes_on_as_if_nothing_had_happened(buckets, rnd) -> None:
    straight, restored = taught({"weather": 20}), taught({"weather": 20})
    for people, letters, level in buckets:
        words = [f"word{letter}" for letter in letters]
        seen = terms(dict.fromkeys(words, 5), dict.fromkeys(words, (5, 4, 3)), level)
        found: list[list[Emergent]] = [each.look(people, seen, 0.0) for each in (straight, restored)]
        assert found[0] == found[1]
        if rnd.random() < 0.4:
            state = restored.snapshot()
            restored = TermDetector()
            restored.restore(state)
            assert restored.snapshot() == state == straight.snapshot()

from collections.abc import Sequence

from tocsin.blindness import BACK_MS, Blindness
from tocsin.casebook import Casebook
from tocsin.clocks import Clock, Rules
from tocsin.merge import ClosedBucket

WIDTH = 5_000
RULES = Rules(bucket_ms=WIDTH, lateness_ms=2_000, blind_ms=30_000, ahead_ms=60_000)
BACK = BACK_MS // WIDTH


def fold(
    blindness: Blindness, number: int, blind: Sequence[str], *, implied: bool = False, expected: float = 4.0
) -> None:
    closed = ClosedBucket(number, clocks={source: Clock(100, implied=implied) for source in blind})
    blindness.fold(closed, blind, lambda _: ["sms"], lambda _: int(expected * 1024), 20.0)


def test_a_source_is_blind_at_once_and_over_after_it_has_been_back_for_a_while() -> None:
    book = Casebook()
    blindness = Blindness(RULES, book)
    fold(blindness, 7, ["gateway"])
    (begun,) = book.hand_on()
    assert (begun.id, begun.detected_at, begun.channels) == ("blind:source=gateway:100", 8 * WIDTH, ("sms",))
    for number in range(8, 8 + BACK):
        assert book.hand_on() == []
        fold(blindness, number, [])
    assert [revision.closed_at for revision in book.hand_on()] == [8 * WIDTH]


def test_a_source_that_comes_and_goes_is_one_incident() -> None:
    book = Casebook()
    blindness = Blindness(RULES, book)
    for number in range(10 * BACK):
        fold(blindness, number, ["gateway"] if number % (BACK // 2) < 3 else [])
    assert [revision.closed_at for revision in book.hand_on()] == [None]
    for number in range(10 * BACK, 11 * BACK):
        fold(blindness, number, [])
    (ended,) = book.hand_on()
    assert ended.closed_at == (9 * BACK + BACK // 2 + 3) * WIDTH


def test_the_silence_of_a_source_without_heartbeats_is_told_when_chance_does_not_explain_it() -> None:
    book = Casebook()
    blindness = Blindness(RULES, book)
    for number in range(4):
        fold(blindness, number, ["bare"], implied=True)
    assert book.hand_on() == []
    fold(blindness, 4, ["bare"], implied=True)
    assert [revision.series for revision in book.hand_on()] == ["source=bare"]


def test_a_source_without_heartbeats_that_writes_seldom_is_never_told_to_be_blind_for_that() -> None:
    book = Casebook()
    blindness = Blindness(RULES, book)
    for number in range(200):
        fold(blindness, number, [] if number % 10 == 0 else ["bare"], implied=True, expected=0.1)
    assert book.hand_on() == []


def test_blindness_that_is_read_back_goes_on_alike() -> None:
    books, first = (Casebook(), Casebook()), 3
    straight, restored = (Blindness(RULES, book) for book in books)
    for number in range(first + BACK + 5):
        blind, implied = (["bare", "gateway"], True) if number < first else ([], False)
        for blindness in (straight, restored):
            fold(blindness, number, blind, implied=implied, expected=9.0)
        state, restored = restored.snapshot(), Blindness(RULES, books[1])
        restored.restore(state)
    assert books[0].hand_on() == books[1].hand_on() != []

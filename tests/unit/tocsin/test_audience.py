import math
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

from tocsin.audience import REGISTERS, count, sketch, unite
from tocsin.words import hash_names


def people(first: int, last: int) -> list[str]:
    return [f"author {number}" for number in range(first, last)]


def sketch_of(names: Sequence[str]) -> bytes:
    return sketch(hash_names(names))


def test_nobody_is_nobody() -> None:
    assert sketch_of([]) == unite([]) == b""
    assert count(b"") == 0.0


def test_who_writes_twice_is_one() -> None:
    assert sketch_of(["a", "b", "a"]) == sketch_of(["b", "a"])
    assert count(sketch_of(["a"] * 100)) == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize(("number", "error"), [(1, 0.01), (10, 0.02), (100, 0.02), (1_000, 0.03), (5_000, 0.04)])
def test_distinct_authors_are_estimated_within_a_few_percent(number: int, error: float) -> None:
    errors = [count(sketch_of(people(at * number, (at + 1) * number))) / number - 1 for at in range(60)]
    assert abs(sum(errors) / len(errors)) < error / 2, "and without bias"
    assert math.sqrt(sum(e * e for e in errors) / len(errors)) < error + 0.01


def test_many_authors_saturate_nothing() -> None:
    assert count(sketch_of(people(0, 300_000))) == pytest.approx(300_000, rel=0.12)


def test_the_sketch_of_all_is_the_union_of_any_parts_in_any_order() -> None:
    rnd = Random(3)
    names = people(0, 3_000)
    for _ in range(5):
        parts = [rnd.sample(names, rnd.randint(0, 900)) for _ in range(6)]
        sketches = [sketch_of(part) for part in parts]
        whole = sketch_of([name for part in parts for name in part])
        rnd.shuffle(sketches)
        assert unite(sketches) == whole
        assert unite([unite(sketches[:3]), *sketches[2:]]) == whole


def test_only_registers_that_are_set_take_room() -> None:
    assert len(sketch_of(["a"])) == 2
    assert len(sketch_of(people(0, 100))) <= 200
    assert len(sketch_of(people(0, 100_000))) == 2 * REGISTERS


def test_registers_come_in_order_and_once() -> None:
    registers = np.frombuffer(sketch_of(people(0, 500)), "<u2") >> 6
    assert np.all(np.diff(registers.astype(int)) > 0)


def test_every_rank_up_to_the_highest_is_told_from_the_hash() -> None:
    """The hash that mixes to a given number is found backwards, as mixing is one to one."""
    numbers = [1 << bit for bit in range(54)] + [0, (1 << 54) - 1, (1 << 53) - 1]
    hashes = np.array([unmixed(number) for number in numbers], np.uint64)
    ranks = [int(np.frombuffer(sketch(hashes[at : at + 1]), "<u2")[0]) for at in range(len(numbers))]
    assert ranks == [55 - number.bit_length() for number in numbers]


def unmixed(number: int) -> int:
    word = (1 << 64) - 1
    for factor in (0xC4CEB9FE1A85EC53, 0xFF51AFD7ED558CCD):
        number ^= number >> 33
        number = number * pow(factor, -1, 1 << 64) & word
    return number ^ number >> 33


def test_even_a_sketch_of_the_highest_ranks_has_an_estimate() -> None:
    full = np.arange(REGISTERS, dtype="<u2") << np.uint16(6) | np.uint16(55)
    assert 2**64 < count(full.tobytes()) < 2**66

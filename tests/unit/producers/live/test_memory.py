from producers.live.memory import SLOTS, Memory, key_of

HOUR = 3_600_000


def test_what_came_within_the_window_is_known() -> None:
    memory = Memory(HOUR)
    memory.add(1, 10 * HOUR)
    memory.add(2, 11 * HOUR)
    assert memory.knows(1)
    assert not memory.knows(3)


def test_what_is_older_than_the_window_is_forgotten_so_that_memory_is_bounded() -> None:
    memory = Memory(HOUR)
    for key in range(100_000):
        memory.add(key, key * 1000)
    assert len(memory) <= 3_600 * (SLOTS + 1) / SLOTS + 1
    assert not memory.knows(0)
    assert memory.knows(99_999 - 3_600)


def test_it_tells_what_lies_too_far_back_to_be_known() -> None:
    memory = Memory(HOUR)
    assert memory.reaches(0)
    memory.add(1, 10 * HOUR)
    assert memory.reaches(9 * HOUR)
    assert not memory.reaches(8 * HOUR)


def test_it_can_be_written_down_and_read_back() -> None:
    memory = Memory(HOUR)
    for key in (2**64 - 1, 0, 77):
        memory.add(key, HOUR)
    again = Memory(HOUR, memory.dump())
    assert again.dump() == memory.dump()
    assert all(again.knows(key) for key in (2**64 - 1, 0, 77))


def test_keys_depend_on_each_part_and_on_where_it_ends() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("a") == key_of("a") < 2**64


def test_any_string_can_be_named() -> None:
    assert key_of("\ud800") != key_of("\udfff")

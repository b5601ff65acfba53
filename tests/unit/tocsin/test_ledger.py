from tocsin.ledger import Entry, Ledger


def ledger(*newest: int) -> Ledger[str]:
    held: Ledger[str] = Ledger()
    for offset, bucket in enumerate(newest):
        held.hold(Entry(offset, bucket, f"before {offset}"))
    return held


def head_of(held: Ledger[str]) -> int | None:
    return held.head.offset if held.head else None


def test_a_record_waits_for_all_before_it() -> None:
    held = ledger(5, 1, 2)
    assert not held.release(4)
    assert head_of(held) == 0
    assert held.release(5)
    assert held.head is None


def test_the_head_knows_the_state_before_the_first_record_that_is_not_safe() -> None:
    held = ledger(1, 2, 9, 3)
    assert held.release(3)
    assert held.head == Entry(2, 9, "before 2")


def test_without_entries_there_is_no_head() -> None:
    held = ledger(1)
    held.release(1)
    assert held.head is None
    assert not held.release(9)


def test_what_is_released_is_released_once_and_in_the_order_of_the_log() -> None:
    held = ledger(0, 1, 2, 3, 4)
    assert [(held.release(safe), head_of(held)) for safe in (1, 1, 0, 3)] == [
        (True, 2),
        (False, 2),
        (False, 2),
        (True, 4),
    ]


def test_a_record_that_touched_no_bucket_waits_only_for_those_before_it() -> None:
    held = ledger(3, -1, -1)
    assert not held.release(2)
    assert held.release(3)
    assert held.head is None
    other = ledger(-1, 3)
    assert other.release(-1)
    assert head_of(other) == 1

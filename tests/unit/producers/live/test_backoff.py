from producers.live.backoff import Backoff


def test_pauses_grow_up_to_a_limit_and_chance_takes_its_share() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next() for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    backoff.reset()
    assert backoff.next() == 0.5
    assert Backoff(lambda: 0.0).next() == 0

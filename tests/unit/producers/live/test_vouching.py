from producers.live.vouching import Lag, Voucher


def test_the_lag_is_the_most_of_the_last_thirty_to_sixty_seconds() -> None:
    lag = Lag()
    assert lag.most is None
    lag.add(400, 0)
    lag.add(100, 20_000)
    assert lag.most == 400
    lag.add(100, 31_000)
    assert lag.most == 400
    lag.add(120, 62_000)
    assert lag.most == 120


def test_the_newest_event_vouches_for_all_that_is_older_than_the_allowance() -> None:
    voucher = Voucher(1_000)
    assert voucher.through is None
    voucher.on_event(50_000, 51_000)
    voucher.on_event(40_000, 51_000)
    assert voucher.through == 49_000


def test_an_answer_vouches_for_silence_up_to_when_it_was_asked_less_the_lag() -> None:
    voucher = Voucher(1_000)
    voucher.on_event(50_000, 57_000)  # our clock, or the way, is 7 s behind
    voucher.on_answer(77_000)
    assert voucher.through == 69_000


def test_an_answer_alone_vouches_for_nothing_since_the_clock_of_the_server_is_not_known() -> None:
    voucher = Voucher(1_000, newest=50_000)
    voucher.open()
    voucher.on_answer(99_000)
    assert voucher.through == 49_000


def test_an_answer_amid_a_backlog_does_not_vouch_for_what_is_still_to_come() -> None:
    voucher = Voucher(1_000)
    voucher.open()
    voucher.on_event(50_000, 650_000)  # ten minutes late: it is repeated to us
    voucher.on_answer(650_000)
    assert voucher.through == 49_000


def test_a_server_that_says_what_its_clock_shows_can_be_vouched_for_before_anything_happens() -> None:
    voucher = Voucher(1_000)
    voucher.on_clock(20_000, 20_900)
    voucher.on_answer(30_000)
    assert voucher.through == 28_100

import os
import signal

import pytest

from tocsin.cli.controls import Controls


class Steered:
    def __init__(self):
        self.calls = []

    def toggle(self):
        self.calls.append("toggle")

    def skip_standstill(self):
        self.calls.append("skip_standstill")

    def hurry(self):
        self.calls.append("hurry")


def send(number):
    os.kill(os.getpid(), number)


def test_the_first_ctrl_c_ends_in_order_and_the_second_at_once():
    steered = Steered()
    with Controls(steered) as controls:
        send(signal.SIGINT)
        assert controls.is_stopped
        assert steered.calls == ["hurry"]
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)


def test_sigterm_ends_in_order():
    with Controls() as controls:
        send(signal.SIGTERM)

        assert controls.is_stopped


def test_sigusr1_pauses_and_goes_on_and_sigcont_tells_that_the_process_stood():
    steered = Steered()
    with Controls(steered) as controls:
        for number in (signal.SIGUSR1, signal.SIGCONT, signal.SIGUSR1):
            send(number)
        controls.poll()

        assert not controls.is_stopped
    assert steered.calls == ["toggle", "skip_standstill", "toggle"]


def test_afterwards_everything_is_as_it_was():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)}
    with Controls(Steered()):
        send(signal.SIGUSR1)

    assert {number: signal.getsignal(number) for number in before} == before

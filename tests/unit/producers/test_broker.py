import socket

import pytest
from kafka.errors import KafkaConnectionError

from producers.broker import check_partitions, connect, patiently
from tocsin.access import Broker
from tocsin.errors import SettingsError, TocsinError, UnavailableError
from tocsin.topics import Topic


class Time:
    def __init__(self):
        self.now, self.pauses = 0.0, []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


def test_it_tries_again_with_growing_pauses_until_the_broker_answers():
    time, waits, failures = Time(), [], [KafkaConnectionError()] * 3

    def attempt():
        if failures:
            raise failures.pop()
        return "connected"

    found = patiently(attempt, Broker("host:9092"), on_wait=waits.append, clock=time.clock, sleep=time.sleep)

    assert found == "connected"
    assert time.pauses == [0.25, 0.5, 1.0]
    assert len(waits) == 3


def test_it_gives_up_in_time_and_says_what_was_tried_and_what_to_do():
    time = Time()

    def attempt():
        raise KafkaConnectionError

    with pytest.raises(UnavailableError, match=r"host:9092: tried \d+ times.*docker compose.*TOCSIN_KAFKA"):
        patiently(attempt, Broker("host:9092"), patience_seconds=20, clock=time.clock, sleep=time.sleep)
    assert time.now <= 20


def test_a_port_that_nobody_listens_on_is_a_missing_broker():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, yet nobody listens
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(UnavailableError, match=address):
            connect(Broker(address), Topic("posts", 4), patience_seconds=0.1)


def test_another_number_of_partitions_is_an_error_that_says_both():
    with pytest.raises(TocsinError, match=r"has 4 partitions, but the settings say 8.*TOCSIN_PARTITIONS=4"):
        check_partitions(Topic("posts", 8), 4)


def test_an_address_without_a_port_is_a_wrong_setting():
    with pytest.raises(SettingsError, match="TOCSIN_KAFKA=localhost"):
        connect(Broker("localhost"), Topic("posts", 4), patience_seconds=0.1)

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.mastodon import START, status

from producers.live.events import Broken, Event
from producers.live.mastodon_events import MastodonEvents, mark_of
from producers.pseudonyms import Pseudonyms

PSEUDONYMS = Pseudonyms("a key that is only for tests")
events = MastodonEvents(PSEUDONYMS)


def test_a_status_counts_at_the_time_when_it_was_written_and_is_resumed_behind_its_number() -> None:
    event = events.event("update", json.dumps(status(3, START)), START + 90_000)
    assert isinstance(event, Event)
    assert event.post is not None
    assert event.at == event.post.at == START
    assert event.post.source == event.post.channel == "mastodon"
    assert event.mark == int(status(3, START)["id"])
    assert not event.ordered, "statuses of other servers come late"


def test_a_status_has_the_same_key_from_the_stream_and_from_the_timeline() -> None:
    told = events.event("update", json.dumps(status(3, START)), 0)
    fetched = events.status(status(3, START, content="<p>edited since</p>"), 9)
    assert told.key == fetched.key != events.status(status(4, START), 9).key


@pytest.mark.parametrize(("number", "mark"), [("12", 12), (12, 0), ("AbC", 0), (None, 0), ("9" * 40, 0), ("٣", 0)])
def test_what_is_no_number_is_no_mark(number, mark) -> None:
    assert mark_of({"id": number}) == mark


@given(st.text(), st.text())
def test_no_event_raises(name, payload) -> None:
    assert isinstance(events.event(name, payload, 0), Event | Broken)


@given(st.recursive(st.none() | st.text() | st.integers(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)))
def test_no_status_raises(value) -> None:
    assert isinstance(events.status(value, 0), Event | Broken)

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.jetstream import START_US, post_event

from producers.live.events import Broken, Event
from producers.live.jetstream_events import JetstreamEvents
from producers.pseudonyms import Pseudonyms

PSEUDONYMS = Pseudonyms("a key that is only for tests")
read_event = JetstreamEvents(PSEUDONYMS).read


def read(**changes):
    return read_event(json.dumps({**post_event(1, START_US), **changes}))


def test_a_post_is_what_its_record_says_at_the_time_when_the_server_saw_it() -> None:
    event = read_event(json.dumps(post_event(1, START_US, langs=["en-US", "fa"])))
    assert isinstance(event, Event)
    assert event.post is not None
    assert event.post.at == event.at == START_US // 1000
    assert event.post.id == "3key00000001"
    assert event.post.lang == "en-us"
    assert event.post.author == PSEUDONYMS.of("did:plc:author1")
    assert event.mark == START_US


@pytest.mark.parametrize("langs", [None, [], ["not a language!"]])
def test_a_post_without_a_language_that_can_be_named_has_none(langs) -> None:
    assert read_event(json.dumps(post_event(1, START_US, langs=langs))).post.lang is None


def test_edits_deletions_reposts_and_accounts_are_told_apart_and_are_no_posts() -> None:
    commit = post_event(1, START_US)["commit"]
    found = [
        read(commit={**commit, "operation": "update"}),
        read(commit={k: v for k, v in commit.items() if k != "record"} | {"operation": "delete"}),
        read(commit={**commit, "collection": "app.bsky.feed.repost"}),
        read(kind="identity", commit=None),
        read(kind="account", commit=None),
        read(kind="news", commit=None),
    ]
    assert [event.kind for event in found] == ["edit", "deletion", "repost", "account", "account", "other"]
    assert all(event.post is None for event in found)


def test_the_same_post_has_the_same_key_at_another_server_and_another_post_has_another() -> None:
    one, same, other = read(), read(time_us=START_US + 99), read(did="did:plc:somebody-else")
    assert one.key == same.key != other.key


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"time_us": -1}, "bad_field"),
        ({"did": 7}, "bad_field"),
        ({"did": ""}, "bad_field"),
        ({"time_us": 10**19}, "bad_field"),
    ],
)
def test_what_lacks_a_field_that_matters_is_broken(changes, fault) -> None:
    assert read(**changes) == Broken(fault)


def test_a_message_is_one_event_whatever_else_is_in_it() -> None:
    assert read(feed=[], posts=[{}, {}], error="x") == read()


@given(st.binary() | st.text())
def test_no_message_raises(raw) -> None:
    assert isinstance(read_event(raw), Broken)

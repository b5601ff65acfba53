import asyncio
from types import SimpleNamespace

import pytest

from processors.consumer import check_begin
from tocsin.errors import LostStateError, StaleWorkerError


def begin(offset, committed, earliest=0):
    async def earliest_offsets(place):
        return {place: earliest}

    place = ("posts", 0)
    consumer = SimpleNamespace(_committed_offset={place: committed}, earliest_offsets=earliest_offsets)
    message = SimpleNamespace(tp=place, topic="posts", partition=0, offset=offset)
    return asyncio.run(check_begin(consumer, message))


def test_a_generation_begins_at_the_commit_or_before():
    assert begin(7, committed=7) == 7
    assert begin(5, committed=7) == 7, "what the last generation had acknowledged was committed meanwhile"


def test_without_a_commit_it_begins_where_the_log_does():
    assert begin(0, committed=None) is None
    assert begin(40, committed=None, earliest=40) is None


@pytest.mark.parametrize("committed", [None, 7])
def test_a_record_from_before_a_rebalance_is_not_taken_for_the_first(committed):
    with pytest.raises(StaleWorkerError, match=r"posts\[0\]: offset 40 came first"):
        begin(40, committed)


def test_records_that_retention_took_before_they_were_counted_are_named():
    with pytest.raises(LostStateError, match=r"posts\[0\]: offsets 7 to 39 are gone"):
        begin(40, committed=7, earliest=40)

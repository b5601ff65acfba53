"""A flood of dead letters stops a worker where the operator wants it to."""

import pytest

from tocsin.errors import DeadLetterFloodError
from tocsin.flood import DeadLetterLimit

BAD = ["not_json"]


def test_a_share_beyond_the_limit_is_an_error_that_says_where_and_why() -> None:
    limit = DeadLetterLimit("posts[3]", 10, window=100)
    for _ in range(10):
        limit.count(1, BAD)
    with pytest.raises(DeadLetterFloodError, match=r"posts\[3\]: 11 of the last 22 lines .*not_json.*PERCENT is 10"):
        limit.count(1, BAD)


def test_each_window_begins_anew() -> None:
    limit = DeadLetterLimit("posts[3]", 10, window=100)
    for _ in range(50):
        limit.count(90, BAD * 10)
    with pytest.raises(DeadLetterFloodError, match="11 of the last 100 lines"):
        limit.count(89, BAD * 11)


def test_a_hundred_percent_never_stops() -> None:
    limit = DeadLetterLimit("posts[3]", 100, window=100)
    for _ in range(50):
        limit.count(0, BAD * 77)

import pytest

from tocsin.cli.bounds import read_bound, read_bounds
from tocsin.errors import TocsinError

MIDNIGHT = 1_245_024_000_000


@pytest.mark.parametrize("text", ["2009-06-15", "2009-06-15T00:00Z", "2009-06-15T04:30+04:30"])
def test_a_date_is_its_beginning_in_utc(text):
    assert read_bound(text) == MIDNIGHT


@pytest.mark.parametrize("text", ["2009-06-15T12:00", "15.6.2009", "2009-02-30", "yesterday"])
def test_what_can_be_misread_is_refused(text):
    with pytest.raises(TocsinError, match=text):
        read_bound(text)


def test_either_bound_may_be_left_out():
    assert read_bounds(None, None) == (None, None)
    assert read_bounds("2009-06-15", None) == (MIDNIGHT, None)


def test_the_end_must_lie_behind_the_begin():
    with pytest.raises(TocsinError, match="nothing lies between"):
        read_bounds("2009-06-15", "2009-06-15")

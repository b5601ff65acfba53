import struct
from dataclasses import replace

import numpy as np
import pytest

from tocsin.detect.scores import Scored
from tocsin.grid import Grid
from tocsin.plot import DPI, SIZE, _spans, draw
from tocsin.rating import Rated

GRID = Grid(60_000, 60_000, 30_000)


def buckets(*totals):
    return [
        Rated(None, bucket, total, Scored(10.0, 5.0, 15.0, (total or 0) > 15, (total or 10) < 5))
        for bucket, total in enumerate(totals, start=20_000_000)
    ]


def test_a_png_has_the_size_that_is_promised():
    picture = draw(buckets(10, 11, None, 40, 0), GRID, "counts.csv", "png")

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (SIZE[0] * DPI, SIZE[1] * DPI)


def test_the_same_series_gives_the_same_svg():
    one, two = (draw(buckets(10, 40, 10), GRID, "counts.csv", "svg") for _ in range(2))

    assert one.startswith(b"<?xml")
    assert one == two
    assert one != draw(buckets(10, 40, 11), GRID, "counts.csv", "svg")


def test_a_peak_does_not_flatten_the_rest():
    linear, peaked = (draw(buckets(10, top), GRID, "counts.csv", "svg") for top in (100, 1000))
    assert b"<!-- count -->" in linear
    assert b"<!-- count (linear, then logarithmic) -->" in peaked


@pytest.mark.parametrize("totals", [(None, None), (0,), (10**12, 0)])
def test_whatever_came_can_be_drawn(totals):
    assert draw(buckets(*totals), GRID, "counts.csv", "png")


def test_what_could_not_be_seen_is_widened_and_joined():
    edges = np.arange(2001.0)
    flags = np.zeros(2000, np.bool_)
    flags[[0, 10, 11, 12, 500, 502, 504, 1999]] = True
    assert _spans(flags, edges) == [(0.0, 2.0), (10.0, 3.0), (500.0, 6.0), (1999.0, 2.0)]


def test_names_are_drawn_as_they_are_and_not_as_formulas():
    picture = draw([replace(one) for one in buckets(10, 11)], GRID, "a $x^2$ counts.csv", "svg")
    assert b"a $x^2$ counts.csv" in picture

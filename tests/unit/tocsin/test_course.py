"""However long a stream is, its course has a bounded number of points, and no post is lost in them."""

import numpy as np
import pytest

from tocsin.course import MOST_POINTS, MOST_SERIES, Course
from tocsin.detect.baseline import ONE, Expectation
from tocsin.detect.detector import Look
from tocsin.detect.scan import Found


def look(bucket: int, counts: dict[str, int]) -> Look:
    observed = np.array(list(counts.values()), np.int64)
    mean, nothing = observed * ONE * 2, np.zeros(len(counts))
    expectation = Expectation(mean, nothing, mean, nothing, nothing, nothing == 0)
    return Look(bucket, tuple(counts), observed, expectation, found=Found.__new__(Found))


@pytest.mark.parametrize("buckets", [1, MOST_POINTS, MOST_POINTS + 1, 5 * MOST_POINTS + 3])
def test_points_are_bounded_and_hold_every_post(buckets: int) -> None:
    course = Course(5_000)
    for bucket in range(7, 7 + buckets):
        course.add(look(bucket, {"posts": 3}))
    curve = course.curves["posts"]
    assert len(curve.observed) == len(curve.expected) <= MOST_POINTS
    assert sum(curve.observed) == 3 * buckets
    assert sum(curve.expected) == 6 * buckets
    assert len(curve.observed) == -(-buckets // course.step)
    assert (course.begin, course.last) == (7 * 5_000, 6 + buckets)


def test_a_channel_that_appears_later_stands_at_its_own_time() -> None:
    course = Course(1_000)
    course.add(look(0, {"posts": 1}))
    course.add(look(1, {"posts": 1, "channel=sms": 1}))
    assert course.curves["channel=sms"].observed == [0.0, 1.0]


def test_only_the_total_and_a_few_channels_are_followed() -> None:
    course = Course(1_000)
    channels = {f"channel=c{number}": 1 for number in range(20)}
    course.add(look(0, {"lang=fa": 1, "channel=sms|region=tehran": 1, "posts": 1, **channels}))
    assert list(course.curves) == ["posts", *list(channels)[: MOST_SERIES - 1]]

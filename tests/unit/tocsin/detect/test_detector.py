import msgspec
import numpy as np
import pytest

from tocsin.detect.baseline import FLOOR, ONE
from tocsin.detect.detector import Detector, Look

MINUTE = 60_000


def counts(**posts: int) -> dict[str, int]:
    return posts


def step(detector: Detector, bucket: int, posts: dict[str, int]) -> Look:
    detector.admit(posts)
    everything = np.ones(len(detector.names), np.bool_)
    look = detector.look(bucket, np.array([posts.get(name, 0) for name in detector.names]), everything)
    detector.learn(look, everything)
    return look


def test_every_series_gets_a_row_and_keeps_it() -> None:
    detector = Detector(MINUTE)
    assert detector.admit(counts(b=1, a=1))
    assert detector.names == ("a", "b")
    assert not detector.admit(counts(a=1))
    assert detector.admit(counts(_first=1))
    assert detector.names == ("a", "b", "_first")
    assert detector.rows == {"a": 0, "b": 1, "_first": 2}


def test_a_series_that_is_missing_from_a_bucket_had_no_posts() -> None:
    detector = Detector(MINUTE)
    step(detector, 0, counts(a=5, b=7))
    assert step(detector, 1, counts(b=3)).observed.tolist() == [0, 3]


def test_before_anything_is_known_nothing_is_surprising() -> None:
    detector = Detector(MINUTE)
    for bucket, posts in enumerate((5, 900, 0, 0, 5)):
        look = step(detector, bucket, counts(a=posts))
        assert look.found.up[0] < 5
        assert look.found.down[0] < 5


def test_what_was_not_seen_is_neither_scanned_nor_missed() -> None:
    seen, unseen = Detector(MINUTE), Detector(MINUTE)
    for bucket in range(60):
        for detector in (seen, unseen):
            step(detector, bucket, counts(a=20))
    for bucket in range(60, 70):
        looks = [
            detector.look(bucket, np.array([0]), np.array([watched]))
            for detector, watched in ((seen, True), (unseen, False))
        ]
    assert looks[0].found.down[0] > 20
    assert looks[1].found.down[0] < 1


def test_the_band_lies_around_what_is_expected_and_never_below_zero() -> None:
    detector = Detector(MINUTE)
    for bucket in range(120):
        look = step(detector, bucket, counts(a=400, b=1))
    mean, lower, upper = look.band()
    assert mean[0] == pytest.approx(400, rel=0.01)
    assert np.all((lower >= 0) & (lower <= mean) & (mean < upper))
    assert lower[1] == 0


def test_the_band_widens_with_the_spread_of_counts() -> None:
    widths = []
    for swing in (0, 40):
        detector = Detector(MINUTE)
        for bucket in range(240):
            look = step(detector, bucket, counts(a=100 + swing * (-1) ** bucket))
        _, lower, upper = look.band()
        widths.append(float(upper[0] - lower[0]))
    assert widths[1] > widths[0]


def test_a_series_that_appears_late_is_expected_hardly_ever() -> None:
    detector = Detector(MINUTE)
    for bucket in range(180):
        step(detector, bucket, counts(a=10))
    look = step(detector, 180, counts(a=10, new=1))
    assert look.expectation.mean[1] == FLOOR < ONE
    assert look.expectation.known[1]


def test_a_detector_read_back_from_its_snapshot_is_the_same_to_the_bit() -> None:
    rng = np.random.default_rng(4)
    straight, restored = Detector(MINUTE), Detector(MINUTE)
    for bucket in range(400):
        posts = {f"s{n}": int(rng.poisson(9)) + 1 for n in range(3 + (bucket > 150))}
        looks = [step(detector, bucket, counts(**posts)) for detector in (straight, restored)]
        assert looks[0].found.up.tobytes() == looks[1].found.up.tobytes()
        assert looks[0].found.down.tobytes() == looks[1].found.down.tobytes()
        if bucket in {0, 7, 149, 151, 300}:
            written = msgspec.msgpack.encode(restored.snapshot())
            restored = Detector(MINUTE)
            restored.restore(msgspec.msgpack.decode(written))
            assert msgspec.msgpack.encode(restored.snapshot()) == written
    assert restored.snapshot() == straight.snapshot()


def test_a_series_in_which_nobody_writes_is_never_missed() -> None:
    detector = Detector(MINUTE)
    assert all(step(detector, bucket, {"a": 0}).found.down[0] < 0 for bucket in range(2_100))

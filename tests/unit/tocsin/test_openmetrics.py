"""OpenMetrics text, read back by a parser that is not ours."""

import math

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tocsin import openmetrics


def read(text: str):
    (family,) = text_string_to_metric_families(text + openmetrics.END)
    return family


def written(value: float, at: int = 1_245_000_000_000, labels: tuple[str, ...] = ("channel=sms",)) -> str:
    head = openmetrics.heading("tocsin_posts", "Posts.")
    return f"{head}{openmetrics.series('tocsin_posts', ('series',), labels)}{openmetrics.number(value)}" + (
        openmetrics.behind(at)
    )


@pytest.mark.parametrize("value", [0, 1, 17, -3, 0.1, 2 / 3, 1e-12, 1_245_000_000.5, 2.0**60, math.inf, -math.inf])
def test_a_value_is_read_back_to_the_bit(value: float) -> None:
    assert read(written(value)).samples[0].value == value


def test_no_value_is_read_back_as_none() -> None:
    assert math.isnan(read(written(math.nan)).samples[0].value)


@pytest.mark.parametrize("at", [1_245_000_000_000, 1_245_000_000_005, 1_245_000_000_999, 7])
def test_a_time_is_read_back_to_the_millisecond(at: int) -> None:
    assert round(float(read(written(1, at)).samples[0].timestamp) * 1000) == at


@pytest.mark.parametrize("label", ['a "quoted" word', "back\\slash", "two\nlines", "تهران", ""])
def test_a_label_is_read_back_whatever_is_in_it(label: str) -> None:
    assert read(written(1, labels=(label,))).samples[0].labels == {"series": label}


def test_a_meaning_may_hold_anything() -> None:
    text = openmetrics.heading("tocsin_posts", "one\\two\nthree")
    assert read(text).documentation == "one\\two\nthree"


def test_a_series_without_labels_has_no_braces() -> None:
    assert openmetrics.series("tocsin_posts", (), ()) == "tocsin_posts "

"""What a query reads."""

import pytest

from dashboards.grafana.source.promql import grouped, rate_windows, selectors


@pytest.mark.parametrize(
    ("expr", "metrics"),
    [
        ("up", ["up"]),
        ("sum by (job) (rate(a_total[5m])) / on () group_left (x) max(b)", ["a_total", "b"]),
        ('a{x="b or c{d}",y=~"e|f"} and on (x) g unless h', ["a", "g", "h"]),
        ("60 * max without(series)(a) / scalar(max(b))", ["a", "b"]),
        ('label_replace(0 * max(a), "kind", "no rate(b[5m])", "", "")', ["a"]),
        ("histogram_quantile(0.9, sum by (le) (rate(a_bucket[$__rate_interval])))", ["a_bucket"]),
        ("series:a:rate offset 5m > bool 1e3", ["series:a:rate"]),
        ("time() - a == inf", ["a"]),
    ],
)
def test_metrics_are_told_from_everything_else(expr: str, metrics: list[str]) -> None:
    assert [selector.metric for selector in selectors(expr)] == metrics


def test_a_selector_knows_its_labels_and_its_text() -> None:
    (selector,) = selectors('sum by (x) (rate(a{x="1", y!~"\\"z=\\"[0-9]}"}[5m]))')
    assert selector.labels == ("x", "y")
    assert selector.text == 'a{x="1", y!~"\\"z=\\"[0-9]}"}'
    assert [s.text for s in selectors("rate(a[5m]) + b")] == ["a", "b"]


def test_labels_of_groupings_and_matchings_are_found() -> None:
    assert grouped("sum by (a, b) (x) * on (c) group_left (d) max without (e) (y) or on () z") == set("abcde")


def test_the_window_of_each_rate_is_found() -> None:
    expr = "rate(a[5m]) + increase(b{x='y'}[$__range]) + avg_over_time(c[1h])"
    assert list(rate_windows(expr)) == ["5m", "$__range"]

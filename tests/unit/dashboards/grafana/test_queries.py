"""Every query of a dashboard is found, and filled in as Grafana would."""

import pytest

from dashboards.grafana.source.queries import Asked, filled, kept, queries_of

BOARD = {
    "panels": [
        {"type": "stat", "title": "Now", "targets": [{"refId": "A", "expr": "a", "instant": True}]},
        {
            "type": "row",
            "title": "More",
            "panels": [{"type": "timeseries", "title": "Course", "targets": [{"refId": "B", "expr": "b"}]}],
        },
    ],
    "annotations": {"list": [{"name": "Note", "target": {"expr": "c"}}]},
    "templating": {
        "list": [
            {"type": "datasource", "name": "datasource", "query": "prometheus"},
            {"type": "query", "name": "v", "query": {"query": 'label_values(d{x=~"y,z"}, e)'}, "regex": "/x=(.*)/"},
        ]
    },
}


def test_panels_folded_ones_too_annotations_and_variables_are_asked() -> None:
    assert list(queries_of(BOARD)) == [
        Asked("Now (A)", "instant", "a"),
        Asked("Course (B)", "range", "b"),
        Asked("annotation Note", "annotation", "c"),
        Asked("v", "values", 'd{x=~"y,z"}', "e", "/x=(.*)/"),
    ]


def test_a_variable_that_asks_in_another_way_is_refused() -> None:
    board = {**BOARD, "templating": {"list": [{"type": "query", "name": "v", "query": {"query": "metrics(x)"}}]}}
    with pytest.raises(ValueError, match="variable v"):
        list(queries_of(board))


def test_variables_are_filled_in_and_groups_of_expressions_are_left_alone() -> None:
    values = {"channel": "sms", "__rate_interval": "4s"}
    assert filled('a{x="$channel",y="${channel}"}[$__rate_interval]', values) == 'a{x="sms",y="sms"}[4s]'
    assert filled('label_replace(a, "x", "$1", "y", "(.*)")', values) == 'label_replace(a, "x", "$1", "y", "(.*)")'
    with pytest.raises(KeyError):
        filled("$unknown", values)


def test_of_the_values_of_a_variable_the_group_is_kept() -> None:
    assert kept(["lang=fa", "posts"], "/lang=(.*)/") == ["fa"]
    assert kept(["sms"], "") == ["sms"]

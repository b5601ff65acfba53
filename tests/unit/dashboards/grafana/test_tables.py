"""Tables of panels in the documentation."""

from dashboards.grafana.source.tables import with_tables

BOARD = {"panels": [{"type": "stat", "title": "Now", "description": "How it is."}]}
TABLE = "| panel | how to read it |\n|---|---|\n| Now | How it is. |\n"
PAGE = "# Title\n\n<!-- panels of x -->\n\nmore\n\n| other | table |\n|---|---|\n"


def test_a_table_is_put_where_the_page_wants_it() -> None:
    assert with_tables(PAGE, {"x": BOARD}) == PAGE.replace("-->\n", f"-->\n\n{TABLE}")


def test_an_older_table_makes_way_and_nothing_else_does() -> None:
    once = with_tables(PAGE.replace("-->\n", "-->\n\n| a | b |\n|---|---|\n| old | one |\n"), {"x": BOARD})
    assert once == PAGE.replace("-->\n", f"-->\n\n{TABLE}")
    assert with_tables(once, {"x": BOARD}) == once


def test_a_table_at_the_end_of_a_page_makes_way_too() -> None:
    page = "<!-- panels of x -->\n"
    once = with_tables(page, {"x": BOARD})
    assert once == f"{page}\n{TABLE}"
    assert with_tables(once, {"x": BOARD}) == once

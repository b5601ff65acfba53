"""Writes the dashboards, and their tables in the documentation: ``python -m dashboards.grafana.source``."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.grafana.source.channel import channel
from dashboards.grafana.source.live_pulse import live_pulse
from dashboards.grafana.source.outages import outages
from dashboards.grafana.source.pipeline import pipeline
from dashboards.grafana.source.tables import with_tables

FOLDER = Path(__file__).parents[1] / "dashboards"
PAGE = Path(__file__).parents[3] / "docs/dashboards.md"


def generated() -> dict[str, str]:
    """Every dashboard as Grafana reads it, by the name of its file; the same in every run."""
    boards = [live_pulse(), outages(), channel(), pipeline()]
    return {
        f"{board.uid}.json": json.dumps(board, cls=JSONEncoder, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        for board in boards
    }


def documented(texts: dict[str, str]) -> str:
    """The page that says how to read them, with a table for each."""
    boards = {name.removesuffix(".json"): json.loads(text) for name, text in texts.items()}
    return with_tables(PAGE.read_text(encoding="utf-8"), boards)


def main() -> None:
    """Write them, and take away what is generated no more."""
    wanted = generated()
    PAGE.write_text(documented(wanted), encoding="utf-8")
    for old in FOLDER.glob("*.json"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

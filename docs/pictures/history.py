"""Takes ``history.png``: June 2009 on the graph page of a real Prometheus, in a real Chromium.

Run: ``PYTHONPATH=tests python docs/pictures/history.py``. It needs Debian's prometheus and chromium.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright
from servers.prometheus import PrometheusServer, program

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "dashboards" / "prometheus" / "history.yml"
QUERIES = (
    '{__name__=~"tocsin_series_.*posts", series="channel=sms"}',
    'max by (kind, series) (tocsin_incident_open{severity!="info"})',
)
STACKED = ("0", "1")
SPAN = {"range_input": "9d", "end_input": "2009-06-17 00:00", "step_input": "1200", "tab": "0"}
SIZE = {"width": 1320, "height": 1750}
CHROMIUM = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


def history(home: Path) -> None:
    """Make the blocks, by the commands of docs/history.md."""
    promtool = (program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=240h")
    subprocess.run([sys.executable, "-m", "tocsin", "backfill", "tehran-2009", "-o", home / "history.om"], check=True)  # noqa: S603
    subprocess.run([*promtool, home / "history.om", home / "data"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def address(url: str) -> str:
    """Spell the link of docs/history.md."""
    graphs = [{"expr": expr, "stacked": stacked, **SPAN} for expr, stacked in zip(QUERIES, STACKED, strict=True)]
    pairs = {f"g{n}.{name}": value for n, graph in enumerate(graphs) for name, value in graph.items()}
    return f"{url}/classic/graph?{urlencode(pairs)}"


def photograph(url: str) -> None:
    """Take the picture once both graphs are drawn."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
        page = browser.new_page(viewport=SIZE, timezone_id="UTC")
        page.goto(address(url))
        page.wait_for_function(f"document.querySelectorAll('.rickshaw_graph svg').length == {len(QUERIES)}")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=HERE / "history.png", full_page=True)
        browser.close()


def main() -> None:
    """Load June 2009 into a Prometheus of its own, and look at it."""
    with TemporaryDirectory(prefix="tocsin-history-") as folder:
        history(Path(folder))
        prometheus = PrometheusServer(Path(folder), CONFIG, ["--storage.tsdb.retention.time=100y"])
        prometheus.start()
        try:
            photograph(prometheus.url)
        finally:
            prometheus.stop()


if __name__ == "__main__":
    main()

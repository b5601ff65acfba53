"""Prometheus and Alertmanager on the very files that operators run, and a webhook at the end."""

import shutil
from pathlib import Path

from servers.alertmanager import AlertmanagerServer
from servers.prometheus import PrometheusServer
from servers.webhook import Webhook

DASHBOARDS = Path(__file__).parents[2] / "dashboards"
_PEOPLE = "http://127.0.0.1:9465/"


class Watching:
    """All three, from :meth:`start` to :meth:`stop`. Nothing is changed but where they find each other.

    Args:
        home: A folder of its own.
        workers: Addresses of the workers' metrics, ``host:port``.
    """

    def __init__(self, home: Path, workers: list[str]) -> None:
        rules, routes = home / "prometheus", home / "alertmanager"
        shutil.copytree(DASHBOARDS / "prometheus", rules)
        shutil.copytree(DASHBOARDS / "alertmanager", routes)
        self._targets = rules / "targets"
        (self._targets / "workers.yml").write_text(f"- targets: {workers}\n")
        self._routes = routes / "alertmanager.yml"
        self.prometheus = PrometheusServer(rules, rules / "prometheus.yml")
        self.alertmanager = AlertmanagerServer(routes, self._routes)
        self.webhook = Webhook()

    def start(self) -> None:
        """Start them, from the end to the beginning."""
        self.webhook.start()
        text = self._routes.read_text(encoding="utf-8")
        assert _PEOPLE in text
        self._routes.write_text(text.replace(_PEOPLE, self.webhook.url), encoding="utf-8")
        self.alertmanager.start()
        (self._targets / "alertmanagers.yml").write_text(f"- targets: ['{self.alertmanager.address}']\n")
        self.prometheus.start()

    def stop(self) -> None:
        """End them."""
        self.prometheus.stop()
        self.alertmanager.stop()
        self.webhook.stop()

    def words(self) -> str:
        """What they said last."""
        return f"{self.prometheus.log_tail()}\n{self.alertmanager.log_tail()}\n{self.webhook.received}"

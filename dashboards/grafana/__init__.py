"""Grafana's dashboards: their source, what is generated from it, and how a Grafana is given both."""

"""Dashboards as code: ``python -m dashboards.grafana.source`` writes the JSON in ``dashboards/grafana/dashboards``.

Only developers need it, and the Grafana SDK that it is built on: so it is not part of the wheel, and the JSON is.
"""

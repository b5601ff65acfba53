"""Dashboards show what the processors have found."""

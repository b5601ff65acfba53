"""Faust agents: thin shells around the pure core."""

"""Tocsin, the alarm bell of the crowd: it rings when people surge, and when they fall silent."""

__version__ = "0.1.0"

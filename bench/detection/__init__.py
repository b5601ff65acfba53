"""Simulated series against Tocsin's detector and its rivals."""

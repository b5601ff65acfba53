"""Tocsin beside other stream processors, each doing the same work in its own way."""

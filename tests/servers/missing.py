"""What a suite needs and this machine lacks."""


class MissingError(Exception):
    """A program is missing. The message says how to get it."""

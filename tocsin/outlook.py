"""Stub."""

from msgspec import Struct


class Forecast(Struct, frozen=True):
    posts: float
    low: float
    high: float
    authors: float


class Outlook(Struct, frozen=True):
    channel: str
    begin: int

    def window(self, begin: int, end: int) -> Forecast | None:
        return None


class Outlooks:
    def __init__(self, bucket_ms: int) -> None:
        self.bucket_ms = bucket_ms

    def fold(self, closed, unusable) -> None: ...

    def outlook(self, channel: str, at: int) -> Outlook | None:
        return None

    def snapshot(self):
        return {}

    def restore(self, state) -> None: ...

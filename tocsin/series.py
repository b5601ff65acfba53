"""Names of series. A series is one thing that is counted per bucket: ``channel=sms``, ``keyword=protest``, ...

Only values from a small alphabet become names, so that no text, handle or link can leak into Redis or a
metric label by way of a badly filled field.
"""

import re
from functools import lru_cache

TOTAL = "posts"
AUTHORS = "authors:"
BACKLOG = "backlog"  # dimension of what came late or twice, by channel: counted beside the posts, not among them
OTHER = "other"  # value of all that cannot name a series, or that there is no room for
REPORT = "report"  # dimension of posts that say that a service is out
# Keyword groups that cast doubt on what else a post says. They are evidence, not proof: what is denied may be true.
DOUBTS = ("keyword=rumour", "keyword=denial")

VALUE = r"\A[a-z0-9][a-z0-9._-]{0,31}\Z"

_is_value = re.compile(VALUE).match


def is_value(value: str) -> bool:
    """Tell whether a channel, language, region or group may name a series: short, lower case, no spaces."""
    return _is_value(value) is not None


@lru_cache(maxsize=1024)  # the same few languages and sources, again and again
def value_or_other(value: str) -> str:
    """Fold a language or region that cannot name a series into ``other``; case does not matter."""
    value = value.lower()
    return value if is_value(value) else OTHER


def series(dimension: str, value: str) -> str:
    """Name the series of one value of one dimension, such as ``channel=sms``."""
    return f"{dimension}={value}"


def cross(*parts: str) -> str:
    """Name a cross of series, such as ``channel=sms|region=tehran``."""
    return "|".join(parts)


def share_of(channel: str, source: str) -> str:
    """Name the cross of a channel (``channel=sms``) with a source: the part of its posts that the source brings."""
    return cross(channel, series("source", value_or_other(source)))


def dimension_of(name: str) -> str:
    """Tell the dimension of a series: ``channel`` for ``channel=sms``, ``posts`` for the total.

    A cross has the dimension of what it is a part of.
    """
    return name.split("=", 1)[0]


def value_of(name: str) -> str:
    """Tell the value of a series: ``sms`` for ``channel=sms``, empty for the total."""
    return name.partition("=")[2]


def parent_of(name: str) -> str | None:
    """Tell the wider series that a series is a part of: the channel of a cross, the total of anything else."""
    if "|" in name:
        return name.split("|", 1)[0]
    return TOTAL if "=" in name else None

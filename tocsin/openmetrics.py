"""OpenMetrics, the text that Prometheus takes history from: gauges with the times of their samples.

References:
    "OpenMetrics, a cloud-native, highly scalable metrics protocol", version 1.0, 2020: families and series must not be
    interleaved, times of a series ascend, and the last line says that nothing is missing.
"""

import math
from collections.abc import Sequence

END = "# EOF\n"


def heading(name: str, meaning: str) -> str:
    """Spell the lines that begin a family of gauges."""
    return f"# HELP {name} {_escaped(meaning)}\n# TYPE {name} gauge\n"


def series(name: str, labels: Sequence[str], values: Sequence[str]) -> str:
    """Spell a series, as it stands in front of each of its values.

    Args:
        name: Of the family.
        labels: Their names.
        values: Of these labels, in their order.
    """
    pairs = ",".join(f'{label}="{_quoted(value)}"' for label, value in zip(labels, values, strict=True))
    return f"{name}{{{pairs}}} " if pairs else f"{name} "


def number(value: float) -> str:
    """Spell a value so that it is read back to the bit; a whole one without its point."""
    if math.isfinite(value):
        return str(int(value)) if value == int(value) else repr(float(value))
    return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"


def behind(at: int) -> str:
    """Spell what stands behind a value: the time of the sample, and the end of its line.

    Args:
        at: Epoch ms.
    """
    seconds, rest = divmod(at, 1000)
    return f" {seconds}.{rest:03}\n" if rest else f" {seconds}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")

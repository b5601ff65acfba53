"""What all pictures share: colours, hatching, style, an axis of time, and the way into a file.

Import this module only to draw: Matplotlib takes half a second.
"""

import io
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

# From Okabe and Ito's palette, which no kind of colour blindness merges; hatching says the same again.
KINDS: Mapping[str, tuple[str, str]] = {
    "burst": ("#E69F00", ""),
    "outage": ("#0072B2", ""),
    "blind": ("#CC79A7", "//"),
    "backlog": ("#56B4E9", ".."),
    "exposed": ("#D55E00", "\\\\"),
}
COUNTED, EXPECTED = "#222222", "#009E73"
STYLE: Any = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    "grid.alpha": 0.25,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "tocsin",  # the same run gives the same file
    "text.parse_math": False,  # names of files and channels are no formulas
}


def label_time(axes: Axes) -> None:
    """Label an axis of days since 1970."""
    locator = AutoDateLocator(tz=UTC)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=UTC))  # type: ignore[no-untyped-call]
    axes.set_xlabel("time (UTC)")


def picture_of(figure: Figure, fmt: str) -> bytes:
    """Draw a figure without a screen, whatever the environment asks for; the same figure gives the same bytes.

    Args:
        figure: Within ``rc_context(STYLE)``.
        fmt: ``png`` or ``svg``.
    """
    FigureCanvasAgg(figure)
    picture = io.BytesIO()
    figure.savefig(picture, format=fmt, metadata={"Date": None} if fmt == "svg" else None)
    return picture.getvalue()

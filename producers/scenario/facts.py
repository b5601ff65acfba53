"""What sources say. Where they disagree, all of it is kept, and whoever plays the scenario may choose."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Alternative:
    """What another source says.

    Attributes:
        value: As it is written in the file.
        source: Who says so.
    """

    value: str
    source: str


@dataclass(frozen=True)
class Fact:
    """One figure, and who says so.

    Attributes:
        name: As parts refer to it, without the ``$``.
        text: The value as it is written.
        value: A time in epoch ms, a duration in ms, a number, or the text itself.
        source: Who says so; begins with "synthetic" where nobody does.
        unit: What it counts, if that is not plain.
        alternatives: What others say.
    """

    name: str
    text: str
    value: float | str
    source: str
    unit: str = ""
    alternatives: tuple[Alternative, ...] = ()

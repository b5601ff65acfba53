"""What really happened in a stream: the ground truth that a judgement is held against, and the file that keeps it."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tocsin.errors import ArchiveError
from tocsin.maintenance import Planned
from tocsin.posts import EpochMs

LOUD = 5.0  # posts a bucket, from which on a total silence is dated exactly

Kind = Literal["burst", "outage", "blind", "backlog", "exposed"]


class Truth(Struct, frozen=True, forbid_unknown_fields=True):
    """One event.

    Attributes:
        name: For people; no two events have the same.
        kind: As incidents call it.
        must: Series on each of which it must show.
        begin: Epoch ms.
        end: Epoch ms; that of the stream if it does not end.
        may: Where it may show besides: series, or whole dimensions such as ``lang``.
        planned: For an outage: how it lies to the declared windows; None where nobody says.
        evidence: For an outage: what gives it away, ``reports``, ``volume``, or both; empty where nobody says.
        critical: Whether it leaves no more than one channel standing and must wake somebody; None where that changes
            while it lasts, or where nobody says.
        total: Whether nothing is left of a channel that had at least :data:`LOUD` posts a bucket, so that its onset
            must be dated to within two buckets.
        rate: Posts a bucket that were ordinary where the channel fell silent; 0 for what is not a channel's outage.
    """

    name: Annotated[str, Meta(min_length=1)]
    kind: Kind
    must: tuple[str, ...]
    begin: EpochMs
    end: EpochMs
    may: tuple[str, ...] = ()
    planned: Planned | None = None
    evidence: tuple[str, ...] = ()
    critical: bool | None = None
    total: bool = False
    rate: float = 0.0


class TruthFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The events of a stream, as they are kept in a JSON file.

    Attributes:
        events: What happened.
        scenario: Whose truth it is, if it is a scenario's.
        seed: Of that scenario.
        settings: What the pipeline should be set to, by name.
    """

    events: tuple[Truth, ...]
    scenario: str | None = None
    seed: int | None = None
    settings: Mapping[str, int] = {}


_decoder = msgspec.json.Decoder(TruthFile)


def read_truth(raw: bytes, path: str) -> TruthFile:
    """Read a file of events.

    Args:
        raw: Its bytes.
        path: Its name, for errors.

    Raises:
        ArchiveError: When it is none; it names the event and the field.
    """
    try:
        truth = _decoder.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ArchiveError(
            f'{path}: no truth: {error}. Expected {{"events": [{{"name", "kind", "must": [series], "begin", "end"}}]}} '
            "with times in epoch ms, as tocsin generate --truth writes it"
        ) from error
    for number, event in enumerate(truth.events):
        if event.begin >= event.end:
            raise ArchiveError(f"{path}: events[{number}] ({event.name}): it must begin before it ends")
    if len({event.name for event in truth.events}) < len(truth.events):
        raise ArchiveError(f"{path}: two events have the same name; scores are kept by name")
    return truth


def write_truth(truth: TruthFile) -> bytes:
    """Spell a file of events, for people too."""
    return msgspec.json.format(msgspec.json.encode(truth), indent=2) + b"\n"

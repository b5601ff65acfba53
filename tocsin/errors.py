"""What can go wrong, by what the caller should do next.

Every message names the culprit and the remedy, for the reader is an operator at three in the morning.
"""


class TocsinError(Exception):
    """Base of all errors that Tocsin raises on purpose.

    Attributes:
        exit_code: With which a process ends that cannot go on for this reason.
    """

    exit_code = 1


class SettingsError(TocsinError):
    """A setting is wrong. Stop, and tell its name, its value and what was expected; starting again cannot help."""

    exit_code = 2


class RefusedError(SettingsError):
    """A server shut its door: wrong certificate, user, password or right. Stop; starting again cannot help."""


class UnavailableError(TocsinError):
    """A server does not answer. Wait and try again: nothing has been lost."""


class LostStateError(TocsinError):
    """What was acknowledged can no longer be read. Stop: going on would be silently wrong."""


class ForeignStateError(LostStateError):
    """Other settings or another release wrote what is stored. Stop; starting again cannot help."""

    exit_code = SettingsError.exit_code


class StaleWorkerError(TocsinError):
    """Another worker has gone further. Stop, and start afresh from what it wrote."""


class ArchiveError(TocsinError):
    """An archive cannot be read. Stop, and tell the file, the line and what was expected."""


class DeadLetterFloodError(TocsinError):
    """Too many lines are unusable. Stop, and tell the share; starting again would bury the same lines once more."""

    exit_code = 3


def lost(what: str) -> LostStateError:
    """Say that Redis has lost what it had acknowledged, and the two ways on.

    Args:
        what: Is missing, and where.
    """
    return LostStateError(
        f"{what}. Redis has lost what it acknowledged: bring back its files, or else stop all workers, let "
        "'tocsin rebuild' make them count again all that Kafka still holds, and start them"
    )

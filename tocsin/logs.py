"""What processes log: lines for people, or one JSON object a line for machines. Fields are of a closed set.

Nothing that somebody wrote is ever logged, nor who wrote it.
"""

import io
import json
import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from tocsin import __version__
from tocsin.settings import Settings

TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
FIELDS = ("topic", "partition", "offset", "address", "reason")  # that a message may bear beside its words
_QUIET = ("aiokafka", "faust", "mode")  # what matters of theirs comes as warnings, errors and metrics


class JsonFormatter(logging.Formatter):
    """Spells a message as one line of JSON: time, level, logger, message, version, namespace, and its fields.

    Args:
        namespace: Of the deployment.
    """

    def __init__(self, namespace: str) -> None:
        super().__init__()
        self._always = {"version": __version__, "namespace": namespace}

    def format(self, record: logging.LogRecord) -> str:
        """Spell one message; a traceback is a field of it."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._always,
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Lines(io.TextIOBase):
    """A text file whose lines are logged, for what would otherwise be printed.

    Args:
        logger: That logs them.
        level: As what.
    """

    def __init__(self, logger: logging.Logger, level: int = logging.INFO) -> None:
        super().__init__()
        self._logger = logger
        self._level = level
        self._rest = ""

    def write(self, text: str) -> int:
        """Log the lines that are complete."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if said := line.strip():
                self._logger.log(self._level, "%s", said)
        return len(text)


def is_json() -> bool:
    """Tell whether this process logs JSON: what it would print for people is then logged instead."""
    return any(isinstance(handler.formatter, JsonFormatter) for handler in logging.root.handlers)


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Set up the logging of this process, uncaught errors and warnings included.

    Args:
        settings: Level and format.
        stream: Where to; stderr by default.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    is_json = settings.log_format == "json"
    handler.setFormatter(JsonFormatter(settings.namespace) if is_json else logging.Formatter(TEXT))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for chatty in _QUIET:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    if is_json:
        sys.excepthook = _log_uncaught
        threading.excepthook = lambda caught: _log_uncaught(caught.exc_type, caught.exc_value, caught.exc_traceback)


def _log_uncaught(kind: type[BaseException], error: BaseException | None, at: TracebackType | None) -> None:
    """Log what nobody has caught, rather than print it in many lines."""
    if error is not None:
        logging.getLogger(__name__).critical("%s: %s", kind.__name__, error, exc_info=(kind, error, at))

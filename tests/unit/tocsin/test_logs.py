import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from tocsin import __version__
from tocsin.logs import FIELDS, JsonFormatter, Lines, configure, is_json
from tocsin.settings import load_settings


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging belongs to the whole process."""
    root, hook = logging.root, sys.excepthook
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture
def said() -> io.StringIO:
    """Where a process that logs JSON does so."""
    stream = io.StringIO()
    configure(load_settings(log_format="json", namespace="june"), stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_message_is_one_object_with_the_deployment_that_it_is_of(said: io.StringIO) -> None:
    logging.getLogger("processors.app").warning("two\nlines, %s", "قطع")
    (line,) = lines(said)
    assert str(line.pop("time")).endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "processors.app",
        "message": "two\nlines, قطع",
        "version": __version__,
        "namespace": "june",
    }


def test_fields_are_of_a_closed_set(said: io.StringIO) -> None:
    logging.getLogger("a").info("read", extra={"topic": "posts", "offset": 7, "text": "what somebody wrote"})
    (line,) = lines(said)
    assert (line["topic"], line["offset"]) == ("posts", 7)
    assert "text" not in line
    assert set(FIELDS) & {"text", "author"} == set()


def test_a_traceback_is_a_field(said: io.StringIO) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logging.getLogger("a").exception("it failed")
    (line,) = lines(said)
    assert line["message"] == "it failed"
    assert "ZeroDivisionError" in str(line["traceback"])


def test_an_error_that_nobody_catches_is_logged_too(said: io.StringIO) -> None:
    sys.excepthook(RuntimeError, RuntimeError("unforeseen"), None)
    (line,) = lines(said)
    assert (line["level"], line["message"]) == ("critical", "RuntimeError: unforeseen")


def test_what_would_be_printed_is_logged_line_by_line(said: io.StringIO) -> None:
    printed = Lines(logging.getLogger("tocsin"))
    printed.write("one\ntw")
    printed.write("o\n\n")
    assert [line["message"] for line in lines(said)] == ["one", "two"]


def test_lines_for_people_stay_lines_for_people() -> None:
    stream = io.StringIO()
    configure(load_settings(), stream)
    logging.getLogger("a").info("hello")
    assert stream.getvalue().endswith("INFO a hello\n")
    assert not is_json()


def test_a_value_that_is_no_json_is_spelt() -> None:
    record = logging.makeLogRecord({"name": "a", "msg": "m", "address": {1, 2}.__class__})
    assert json.loads(JsonFormatter("").format(record))["address"] == "<class 'set'>"

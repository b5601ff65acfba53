import gzip
import json
from base64 import b64encode

import pytest
import yaml

from producers.archive import documents as module
from producers.archive.documents import LONGEST_LINE_BYTES, documents, first_lines, layout_of
from producers.archive.files import LineFile

VALUES = [{"id": 1, "text": "a"}, {"id": 2, "text": "ب"}, {"id": 3, "deep": [[1], {}]}]
LINES = "".join(json.dumps(value) + "\n" for value in VALUES)


@pytest.fixture
def read(tmp_path):
    def reader(content):
        path = tmp_path / "file"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found = list(documents(LineFile(path, LONGEST_LINE_BYTES), layout_of(first_lines(path))))
        values = []
        for document in found:
            values += document.value if isinstance(document.value, list) else [document.value]
        return [value for value in values if value is not None], [(d.place, d.fault.reason) for d in found if d.fault]

    return reader


@pytest.mark.parametrize(
    "content",
    [
        LINES,
        LINES.replace("\n", "\r\n"),
        LINES.replace("\n", "\n\n"),
        json.dumps(VALUES),
        json.dumps(VALUES, indent=2),
        json.dumps(VALUES, indent="\t").replace("\n", "\r\n"),
        "[\n" + ",\n".join(map(json.dumps, VALUES)) + "\n]",
        "[" + ",\n".join(map(json.dumps, VALUES)) + "]\n",
        "".join(json.dumps(value, indent=2) + "\n" for value in VALUES),
        json.dumps(VALUES[:1], indent=2) + "\n" + json.dumps(VALUES[1:], indent=2),
        "\n\n" + json.dumps(VALUES, indent=2),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_is_read_however_it_is_laid_out(read, content, encoding):
    assert read(content.encode(encoding)) == (VALUES, [])


def test_one_document_of_one_object_is_read(read):
    for indent in (None, 2):
        assert read(json.dumps(VALUES[2], indent=indent)) == ([VALUES[2]], [])


def test_a_broken_first_line_does_not_make_a_document_of_lines(read):
    assert read('{"id": 0, "te\n' + LINES) == (VALUES, [(":1", "not_json")])
    assert read('t": "x"}\n' + LINES) == (VALUES, [(":1", "not_json")])


@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_that_breaks_off_gives_what_is_whole(read, indent):
    values, faults = read(json.dumps(VALUES, indent=indent)[:-20])

    assert values == VALUES[:2]
    assert faults == [(": item 3", "not_json")]


def test_lines_that_break_off_with_their_file_give_what_is_whole(read):
    packed = gzip.compress(LINES.encode())
    values, faults = read(packed[:-4])

    assert values == VALUES
    assert faults == [(":4", "cut_off")]


def test_a_document_that_breaks_off_with_its_file_gives_what_is_whole(read):
    packed = gzip.compress(json.dumps(VALUES, indent=2).encode())
    values, faults = read(packed[:-4])

    assert values[:2] == VALUES[:2]
    assert faults[-1] == ("", "cut_off")


@pytest.mark.parametrize(
    ("line", "reason"),
    [(b"\xff{}", "not_json"), (b'{"a":"\xff"}', "bad_encoding"), (b"[" * 9999, "not_json"), (b'{"a":1', "not_json")],
)
def test_a_broken_line_is_named_and_costs_only_itself(read, line, reason):
    values, faults = read(LINES.encode() + line + b"\n" + LINES.encode())

    assert values == VALUES * 2
    assert faults == [(":4", reason)]


def test_a_document_too_large_for_the_memory_is_refused(read, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_DOCUMENT_BYTES", 10)

    assert read(json.dumps(VALUES, indent=2)) == ([], [("", "too_large")])


def test_events_come_with_their_names(read):
    content = ":)\n\nevent: update\ndata: {}\n\n:thump\nid: 7\ndata: 1\n\nnonsense\n"

    assert read(content) == (
        [{"event": "update", "payload": "{}"}, {"event": "", "payload": "1"}],
        [(":10", "unknown_kind")],
    )


def cassette(*exchanges, key="interactions"):
    recorded = [{"request": {"uri": "x"}, "response": {"body": body}} for body in exchanges]
    return yaml.safe_dump({key: recorded, "version": 1})


@pytest.mark.parametrize(
    "body",
    [
        {"string": json.dumps(VALUES)},
        {"encoding": "", "string": json.dumps(VALUES, indent=2)},
        {"base64_string": b64encode(json.dumps(VALUES).encode()).decode()},
        {"string": gzip.compress(json.dumps(VALUES).encode())},
        {"base64_string": b64encode(gzip.compress(json.dumps(VALUES).encode())).decode()},
        json.dumps(VALUES),
    ],
)
def test_the_bodies_of_a_cassette_are_unpacked(read, body):
    assert read(cassette(body)) == (VALUES, [])
    assert read(cassette(body, key="http_interactions")) == (VALUES, [])


@pytest.mark.parametrize(
    "body", [None, {}, {"string": ""}, {"string": "<html>"}, {"string": b"\x1f\x8b\x00"}, 7, ["x"]]
)
def test_a_body_without_json_costs_only_itself(read, body):
    values, faults = read(cassette(body, {"string": json.dumps(VALUES)}))

    assert values == VALUES
    assert faults == [(": exchange 1", "not_json")]


@pytest.mark.parametrize("nested", ["[" * 1_000_000, "{a: " * 1000, "*nobody", "'", "\x00"])
def test_yaml_that_is_none_is_refused(read, nested):
    assert read("interactions:\n- " + nested) == ([], [(": exchange 1", "not_json")])


def test_a_cassette_may_be_something_else(read):
    assert read("interactions:\n- request: 1\n- 2\n") == ([], [(": exchange 1", "not_json")])
    assert read("interactions:\n") == ([], [])


def test_looking_at_a_file_costs_no_more_than_a_long_line(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK_AT_BYTES", 100)
    path = tmp_path / "long"
    path.write_text(("x" * 60 + "\n") * 50)

    assert len(first_lines(path)) == 2

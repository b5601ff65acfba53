import json
from hashlib import blake2b

import pytest

from producers.archive.files import LineFile
from producers.archive.manifest import manifest_path, read_manifest
from producers.archive.native import NativeArchive
from producers.archive.writing import MAX_NAMES, OTHERS, ArchiveWriter
from producers.items import item_of, read_line
from tocsin.errors import ArchiveError
from tocsin.posts import Heartbeat, Notice, Post

ITEMS = [
    item_of(Heartbeat("s", 1, ("sms",))),
    read_line(b'{"id": "1",  "at": 9, "source": "s", "channel": "sms", "author": "a", "text": "spaced"}'),
    read_line(b"{broken \xff"),
    item_of(Post("2", 3, "t", "web", "a", "سلام")),
    item_of(Post("3", 5, "s", "web", "a", "hello")),
    item_of(Notice("maintenance", "n", "sms", 5, 9, 1, "declared")),
]


@pytest.fixture(params=["a.ndjson", "a.ndjson.gz", "a.ndjson.zst"])
def path(request, tmp_path):
    return tmp_path / request.param


def write(path, items=ITEMS):
    with ArchiveWriter(path, "a test") as writer:
        for item in items:
            writer.write(item)
    return path.read_bytes()


def test_lines_are_read_as_they_were_written(path):
    write(path)

    assert list(NativeArchive(path)) == ITEMS


def test_the_same_lines_give_the_same_bytes(path, tmp_path):
    other = tmp_path / "other" / path.name
    other.parent.mkdir()

    assert write(path) == write(other)
    assert manifest_path(path).read_bytes() == manifest_path(other).read_bytes()


def test_the_manifest_counts_what_was_written(path):
    write(path)
    manifest = read_manifest(path)

    assert manifest.origin == "a test"
    assert manifest.lines == 6
    assert (manifest.posts, manifest.heartbeats, manifest.notices, manifest.unusable) == (3, 1, 1, 1)
    assert (manifest.first, manifest.last) == (3, 9)
    assert (manifest.channels, manifest.sources) == ({"sms": 1, "web": 2}, {"s": 2, "t": 1})
    content = b"".join(LineFile(path, 1024).blocks())
    assert manifest.digest == blake2b(content, digest_size=16).hexdigest()


def test_an_archive_of_nothing_is_an_archive(path):
    write(path, [])

    assert list(NativeArchive(path)) == []
    assert read_manifest(path).first is None


def test_only_the_owner_may_read_it(path):
    write(path)

    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 2


def test_what_was_flushed_can_be_read_before_the_end(path):
    writer = ArchiveWriter(path, "a test")
    writer.write(ITEMS[0])
    writer.flush()

    part = path.with_name(f"{path.name}.part")
    assert next(iter(LineFile(part, 1024).blocks())) == ITEMS[0].raw + b"\n"
    writer.close()


def test_a_line_that_has_waited_is_flushed_when_there_is_nothing_to_write(path):
    now = 0.0
    writer = ArchiveWriter(path, "a test", clock=lambda: now)
    part = path.with_name(f"{path.name}.part")
    empty = part.stat().st_size
    writer.write(ITEMS[0])
    writer.poll()
    assert part.stat().st_size == empty

    now = 1.0
    writer.poll()
    assert part.stat().st_size > empty
    writer.close()


def test_what_breaks_off_stays_under_its_provisional_name(path):
    def broken_off():
        with ArchiveWriter(path, "a test") as writer:
            writer.write(ITEMS[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert [p.name for p in path.parent.iterdir()] == [f"{path.name}.part"]
    assert next(iter(LineFile(path.parent / f"{path.name}.part", 99).blocks())).startswith(ITEMS[0].raw)


def test_a_disk_that_is_full_is_told_with_the_path(path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ArchiveError, match=r"a\.ndjson.*: cannot be written: No space left on device"):
        write(path)
    assert [p.name for p in path.parent.iterdir()] == [f"{path.name}.part"]


def test_names_without_end_do_not_fill_the_memory(path):
    write(path, [item_of(Post("1", 1, "s", f"c{n}", "a", "")) for n in range(MAX_NAMES + 5)])
    manifest = read_manifest(path)

    assert manifest.channels[OTHERS] == 5
    assert len(manifest.channels) == MAX_NAMES + 1


def test_a_place_where_nothing_can_be_written_is_named(tmp_path):
    with pytest.raises(ArchiveError, match=r"nowhere.*cannot be written: No such file"):
        ArchiveWriter(tmp_path / "nowhere" / "a.zst", "a test")


def test_an_archive_may_have_no_manifest(tmp_path):
    assert read_manifest(tmp_path / "none.ndjson") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x00"])
def test_a_damaged_manifest_is_named(path, content):
    write(path)
    manifest_path(path).write_text(content)

    with pytest.raises(ArchiveError, match=r"manifest\.json: no manifest"):
        read_manifest(path)


def test_a_manifest_of_a_later_version_is_refused(path):
    write(path)
    fields = json.loads(manifest_path(path).read_text())
    manifest_path(path).write_text(json.dumps(fields | {"version": 2}))

    with pytest.raises(ArchiveError, match="version 2, expected 1"):
        read_manifest(path)

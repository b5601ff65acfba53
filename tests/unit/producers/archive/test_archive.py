import gzip

import pytest

from producers.archive import open_archive
from producers.archive.native import LONGEST_LINE_BYTES, NativeArchive
from producers.archive.twitter_v2 import TwitterV2Archive
from producers.items import item_of
from tocsin.errors import ArchiveError, SettingsError
from tocsin.posts import Heartbeat, Post

KEY = "0123456789abcdef"
LINES = [
    item_of(Heartbeat("s", 1, ("sms",))).raw,
    b'{"id": "1",  "at": 2, "source": "s", "channel": "sms", "author": "a", "text": "spaced, and more", "extra": 1}',
    b"{broken",
    b'{"id":"2","text":"\xff"}',
    item_of(Post("3", 3, "s", "sms", "a", "سلام")).raw,
]


@pytest.fixture(params=["plain", "gzipped"])
def native(request, tmp_path):
    path = tmp_path / "archive"
    data = b"\n".join(LINES) + b"\n\n"
    path.write_bytes(gzip.compress(data) if request.param == "gzipped" else data)
    return path


def test_native_lines_come_out_as_they_went_in(native):
    archive = open_archive(native)

    assert [item.raw for item in archive] == LINES
    assert [item.line is None for item in archive] == [False, False, True, True, False], "it can be read again"
    assert archive.remarks == []


def test_it_knows_how_much_of_the_file_has_been_read(native):
    archive = open_archive(native)
    assert archive.done == 0

    list(archive)

    assert archive.done == archive.size == native.stat().st_size


def test_a_line_without_end_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "endless.ndjson"
    path.write_bytes(b"x" * (3 * LONGEST_LINE_BYTES + 5) + b"\n" + LINES[0])

    items = list(NativeArchive(path))

    assert [len(item.raw) for item in items] == [LONGEST_LINE_BYTES, len(LINES[0])]


def test_an_archive_that_breaks_off_says_where(tmp_path):
    path = tmp_path / "cut.ndjson.gz"
    path.write_bytes(gzip.compress(b"\n".join(LINES * 100))[:-20])

    with pytest.raises(ArchiveError, match=r"cut\.ndjson\.gz: unreadable after line \d+"):
        list(open_archive(path, fmt="native"))


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (LINES[0], NativeArchive),
        (b"not json\n" + LINES[4], NativeArchive),
        (b'{"data":[]}', TwitterV2Archive),
        (b'{"errors":[]}', TwitterV2Archive),
        (b'{"id":"1","author_id":"2","text":"t"}', TwitterV2Archive),
    ],
)
def test_the_first_lines_tell_the_format(tmp_path, first, kind):
    path = tmp_path / "archive"
    path.write_bytes(first)

    assert isinstance(open_archive(path, KEY), kind)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"hello\nworld\n", b"[1]\n"])
def test_what_resembles_no_archive_is_refused_by_name(tmp_path, content):
    path = tmp_path / "strange.txt"
    path.write_bytes(content)

    with pytest.raises(ArchiveError, match=r"strange\.txt"):
        open_archive(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ArchiveError, match=r"none\.ndjson"):
        open_archive(tmp_path / "none.ndjson")


def test_tweets_need_a_key(tmp_path):
    path = tmp_path / "tweets.jsonl"
    path.write_bytes(b'{"data":[]}')

    with pytest.raises(SettingsError, match="TOCSIN_AUTHOR_KEY"):
        open_archive(path)

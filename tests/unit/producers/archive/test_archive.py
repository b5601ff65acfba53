import gzip

import pytest

from producers.archive import Wishes, open_archive, open_archives
from producers.archive.documents import first_lines, layout_of
from producers.archive.formats import guess
from producers.archive.native import LONGEST_LINE_BYTES, NativeArchive
from producers.archive.writing import ArchiveWriter
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
    ("content", "fmt"),
    [
        (LINES[0], "native"),
        (b"\xef\xbb\xbf" + LINES[0], "native"),
        (b"not json\n" + LINES[4], "native"),
        (b'{"id":"1","te\n' + LINES[4], "native"),
        (b'{"data":[]}', "twitter-v2"),
        (b'{"errors":[]}', "twitter-v2"),
        (b'{"errors":[]}\n{"delete":{"status":{"id":1}}}', "twitter-v1"),
        (b'{"id":"1","author_id":"2","text":"t"}', "twitter-v2"),
        (b'{"created_at":"","user":{},"text":"t"}', "twitter-v1"),
        (b'{"created_at":"","user":{},"full_text":"t"}', "twitter-v1"),
        (b'{"statuses":[]}', "twitter-v1"),
        (b'{"limit":{"track":3}}', "twitter-v1"),
        (b'[\n  {\n "content": "", "account": {}, "created_at": ""}\n]', "mastodon"),
        (b'event: update\ndata: {"id":"1"}\n\n', "mastodon"),
        (b'{"stream":["public"],"event":"delete","payload":"1"}', "mastodon"),
        (b'{"did":"did:plc:a","time_us":1,"kind":"identity"}', "bluesky"),
        (b'{"feed":[{"post":{"uri":"at://did:plc:a/app.bsky.feed.post/1","record":{}}}]}', "bluesky"),
        (b'{"$type":"app.bsky.feed.post","text":"t"}', "bluesky"),
    ],
)
def test_the_first_lines_tell_the_format(tmp_path, content, fmt):
    path = tmp_path / "archive"
    path.write_bytes(content)
    lines = first_lines(path)

    assert guess(path, layout_of(lines), lines) == fmt


@pytest.mark.parametrize("content", [b"", b"\n\n", b"hello\nworld\n", b"[1]\n", b"{}", b"[]"])
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


def test_a_web_page_is_told_as_such(tmp_path):
    path = tmp_path / "archive.json"
    path.write_text("<!DOCTYPE html>\n<html><body>429 Too Many Requests</body></html>")

    with pytest.raises(ArchiveError, match=r"archive\.json: a web page"):
        open_archive(path)


def test_a_table_is_told_how_to_be_read(tmp_path):
    path = tmp_path / "sms.csv"
    path.write_text("sent,number,body\n1,2,3\n")

    with pytest.raises(ArchiveError, match=r"sms\.csv: if this is CSV.* --columns at="):
        open_archive(path)
    with pytest.raises(ArchiveError, match=r"sms\.csv: CSV needs --columns"):
        open_archive(path, KEY, "csv")


def test_of_several_archives_those_to_be_imported_become_one(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text('{"id":"1","author_id":"2","created_at":"2009-06-15T12:00:00Z","text":"t"}')
    (tmp_path / "native").write_bytes(LINES[4])
    (tmp_path / "empty").touch()
    refused = []
    native, imported = open_archives(
        [tmp_path / name for name in ("one", "empty", "native", "two")], KEY, Wishes(), refused.append
    )

    assert [item.line.id for item in native] == ["3"]
    assert [item.line.id for item in imported] == ["1"]
    assert imported.counts == {"repeated": 1}
    assert "empty: empty" in str(refused[0])


def test_posts_may_be_given_another_channel_and_source(tmp_path):
    path = tmp_path / "tweets"
    path.write_text('{"id":"1","author_id":"2","created_at":"2009-06-15T12:00:00Z","text":"t"}\n{broken')
    (archive,) = open_archives([path], KEY, Wishes(channel="x", source="s"))

    assert [(item.line.channel, item.line.source) for item in archive] == [("x", "s")]
    assert archive.counts == {"not_json": 1}


@pytest.mark.parametrize("name", ["archive.ndjson", "archive.ndjson.zst"])
def test_an_archive_that_has_lost_lines_since_it_was_written_says_so(tmp_path, name):
    path = tmp_path / name
    with ArchiveWriter(path, "for tests") as writer:
        for n in range(3):
            writer.write(item_of(Heartbeat("s", n, ())))
    whole = open_archive(path)
    assert len(list(whole)) == 3
    assert whole.remarks == []

    path.write_bytes(b'{"heartbeat":"s","at":0,"channels":[]}\n')
    cut = open_archive(path)
    assert cut.remarks == [], "nobody has read it yet"
    assert len(list(cut.blocks())) == 1
    (remark,) = cut.remarks
    assert "1 lines, but 3 were written" in remark

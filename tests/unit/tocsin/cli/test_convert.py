import json

import pytest
import typer
from typer.testing import CliRunner

from producers.archive.manifest import read_manifest
from producers.archive.native import NativeArchive
from producers.items import item_of
from tocsin.cli.convert import convert
from tocsin.errors import ArchiveError, SettingsError
from tocsin.posts import Heartbeat, Post

TWEET = {"id": "1", "author_id": "2", "created_at": "2009-06-15T12:00:00Z", "text": "secret"}
DELETE = {"delete": {"status": {"id": 1}}}
NATIVE = [
    item_of(Heartbeat("s", 1, ("sms",))).raw,
    b'{"id": "1",  "at": 2, "source": "s", "channel": "sms", "author": "a", "text": "spaced"}',
    b"{broken",
]


@pytest.fixture
def call(monkeypatch):
    monkeypatch.setenv("TOCSIN_AUTHOR_KEY", "0123456789abcdef")
    app = typer.Typer()
    app.command()(convert)

    def run(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def file(tmp_path):
    def write(name, *lines):
        path = tmp_path / name
        path.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
        return path

    return write


def test_what_was_kept_elsewhere_becomes_an_archive_and_an_account(call, file, tmp_path):
    tweets = file("tweets.jsonl", TWEET | {"id": "2"}, TWEET, b"{broken", TWEET)
    out = tmp_path / "out.ndjson.zst"
    result = call(tweets, "-o", out)

    assert [item.line.id for item in NativeArchive(out)] == ["1", "2"]
    assert read_manifest(out).origin == "Converted from tweets.jsonl."
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["posts", "2"] in rows
    assert ["skipped:", "not_json", "1"] in rows
    assert ["skipped:", "repeated", "1"] in rows
    assert f"{tweets}:3: not_json" in result.stderr
    assert "2 lines written" in result.stderr


def test_the_account_as_json_is_all_that_is_printed(call, file, tmp_path):
    retweet = TWEET | {"id": "2", "referenced_tweets": [{"type": "retweeted"}]}
    out = tmp_path / "out.ndjson"
    account = json.loads(call(file("tweets.jsonl", TWEET, retweet, DELETE, {}), "-o", out, "--json").stdout)

    assert account.pop("digest") == read_manifest(out).digest
    assert account == {
        "archive": str(out),
        "lines": 2,
        "posts": 2,
        "reposts": 1,
        "heartbeats": 0,
        "notices": 0,
        "unusable": 0,
        "first": 1_245_067_200_000,
        "last": 1_245_067_200_000,
        "skipped": {"unknown_kind": 2},
    }


def test_native_lines_are_copied_byte_for_byte_and_merged_by_time(call, file, tmp_path):
    tweets, native = file("tweets.jsonl", TWEET), file("native.ndjson", *NATIVE)
    out = tmp_path / "out.ndjson"
    call(tweets, native, "-o", out)
    lines = out.read_bytes().splitlines()

    assert lines[:3] == NATIVE
    assert len(lines) == 4


def test_one_file_that_is_no_archive_does_not_cost_the_others(call, file, tmp_path):
    out = tmp_path / "out.ndjson"
    result = call(file("empty"), file("page.html", b"<html>"), file("t.jsonl", TWEET), tmp_path / "none", "-o", out)

    assert len(list(NativeArchive(out))) == 1
    assert ["skipped:", "unreadable", "3"] in [line.split() for line in result.stdout.splitlines()]
    assert "page.html: a web page" in result.stderr


def test_a_native_archive_that_breaks_off_is_copied_as_far_as_it_goes(call, file, tmp_path):
    whole = tmp_path / "whole.ndjson.gz"
    call(file("native.ndjson", *NATIVE), "-o", whole)
    cut = file("cut.ndjson.gz", whole.read_bytes()[:-8])
    out = tmp_path / "out.ndjson"
    result = call(cut, "-o", out)

    assert out.read_bytes().splitlines() == NATIVE
    assert "cut.ndjson.gz: unreadable after line 3" in result.stderr


def test_a_table_is_read_by_its_columns(call, file, tmp_path):
    out = tmp_path / "out.ndjson"
    table = file("sms.csv", b"sent,number,body", b"1245067200,+98123,salam")
    call(table, "-o", out, "--columns", "at=sent,author=number,text=body", "--channel", "sms", "--source", "gateway")
    (post,) = (item.line for item in NativeArchive(out))

    assert isinstance(post, Post)
    assert (post.channel, post.source, post.text) == ("sms", "gateway", "salam")
    assert b"98123" not in out.read_bytes()


@pytest.mark.parametrize("lines", [[DELETE], [b'{"id_str": "1", "created_at'], [b"<html>"], [], [b"[]"], [b"hello"]])
def test_nothing_imported_is_an_error_that_says_why_and_leaves_no_file(call, file, tmp_path, lines):
    source = file("in.jsonl", *lines)
    with pytest.raises(ArchiveError, match=r"in\.jsonl"):
        call(source, "-o", tmp_path / "out.ndjson.zst")

    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_no_archive_is_written_over_what_it_is_read_from(call, file):
    path = file("tweets.jsonl", TWEET)
    with pytest.raises(ArchiveError, match="cannot be both read and written"):
        call(path, "-o", path)


def test_real_authors_need_a_key(call, file, tmp_path, monkeypatch):
    monkeypatch.delenv("TOCSIN_AUTHOR_KEY")
    with pytest.raises(SettingsError, match="TOCSIN_AUTHOR_KEY"):
        call(file("tweets.jsonl", TWEET), "-o", tmp_path / "out.ndjson")


def test_no_text_handle_or_number_of_an_account_is_shown(call, file, tmp_path):
    bad = TWEET | {"id": "2", "created_at": None, "author": {"username": "somebody"}}
    result = call(file("tweets.jsonl", TWEET, bad), "-o", tmp_path / "out.ndjson", "--json")

    assert "secret" not in result.output
    assert "somebody" not in result.output

"""Archives made to hurt: what they unpack to never fills the memory, and nothing in them steers a terminal."""

import bz2
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

KEY = "0123456789abcdef"
POST = b'{"id":"1","at":1245000000000,"source":"s","channel":"sms","author":"a","text":"salam"}\n'
# Reads an archive as tocsin convert does, and tells what came out, what was said, and the most memory that it took.
READ = """
import json, resource, sys
from pathlib import Path
from producers.archive import Wishes, open_archives
from producers.archive.csv_rows import parse_columns
from tocsin.errors import TocsinError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
posts, said = 0, []
try:
    wishes = Wishes(columns=parse_columns(sys.argv[2]) if sys.argv[2:] else None)
    for archive in open_archives([Path(sys.argv[1])], "0123456789abcdef", wishes):
        posts += sum(item.line is not None for item in archive)
        said += archive.remarks
except TocsinError as error:
    said.append(str(error))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"posts": posts, "said": said, "grown_mb": (peak - before) / 1024}))
"""


def read(path: Path, *columns: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), *columns], capture_output=True, text=True, timeout=300, check=True
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def zstd(raw: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(raw)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstd])
def test_a_decompression_bomb_is_unpacked_piece_by_piece(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "bomb"
    bomb = pack(POST) + pack(bytes(10 * 1024**2)) * 20 + pack(b"\n" + POST)  # 200 MiB of a line in twenty pieces
    assert len(bomb) < 1024**2
    path.write_bytes(bomb)
    del bomb
    found = read(path)
    assert found["posts"] == 2, "what stands before and behind it is read"
    assert found["grown_mb"] < 190


def test_a_line_of_a_hundred_megabytes_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "long"
    tweet = {"id": 1, "created_at": "Mon Jun 15 12:00:00 +0000 2009", "text": "hi", "user": {"id": 7}}
    with path.open("wb") as file:
        file.write(json.dumps(tweet).encode() + b"\n")
        file.write(b'{"text":"' + b"x" * 100 * 1024**2 + b'"}\n')
        file.write(json.dumps(tweet | {"id": 2}).encode() + b"\n")
    found = read(path)
    assert found["posts"] == 2
    assert any("too_large" in remark for remark in found["said"])
    assert found["grown_mb"] < 400


@pytest.mark.parametrize("raw", [b"[]," * 21_000_000, b"[" * 60_000_000, b'{"a":' * 12_000_000])
def test_json_made_to_blow_up_in_memory_does_not(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "values"
    tweet = {"id": 1, "created_at": "Mon Jun 15 12:00:00 +0000 2009", "text": "hi", "user": {"id": 7}}
    path.write_bytes(json.dumps(tweet).encode() + b"\n[" + raw + b"]\n")
    found = read(path)
    assert found["posts"] == 1
    assert found["grown_mb"] < 400, "64 MiB of line, a few times over"


def test_a_quote_that_is_never_closed_costs_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    row = b"2,2009-06-15T12:00:00Z,ali,hello\n"
    path.write_bytes(b'id,at,user,body\n1,2009-06-15T12:00:00Z,ali,"' + row * 200_000)
    found = read(path, "id=id,at=at,author=user,text=body")
    assert found["posts"] == 1, "all rows behind it are copies of one post"
    assert found["grown_mb"] < 300


def test_escape_sequences_of_an_archive_never_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "evil\x1b]0;owned\x07.csv"
    path.write_text("at,user\u202e,bo\x1b[2Jdy\n2009-06-15T12:00:00Z,ali,hello\n", encoding="utf-8")
    command = [sys.executable, "-m", "tocsin", "convert", str(path), "-o", str(tmp_path / "out.ndjson.gz")]
    columns = ["--columns", "at=at,author=user,text=text"]
    env = {"TOCSIN_AUTHOR_KEY": KEY, "PATH": "", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([*command, *columns], capture_output=True, text=True, timeout=120, check=False, env=env)
    assert done.returncode != 0
    assert "text (for text); there are" in done.stderr
    assert "\\x1b[2J" in done.stderr, "it is spelt out"
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout + done.stderr)

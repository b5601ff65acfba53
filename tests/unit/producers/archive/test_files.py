import bz2
import gzip
import io
import tracemalloc
import weakref

import pytest
import zstandard

from producers.archive.compression import unpacking
from producers.archive.files import BLOCK_BYTES, LineFile
from tocsin.errors import ArchiveError


def framed(data):
    step = max(7, len(data) // 50)
    return b"".join(zstandard.compress(data[i : i + step]) for i in range(0, len(data), step))


def streamed(data):
    packer = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    return packer.compress(data) + packer.flush()


PACKERS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "zstd": zstandard.compress,
    "frames": framed,
    "unknown size": streamed,
    "skippable": lambda data: b"\x50\x2a\x4d\x18\x02\x00\x00\x00ab" + zstandard.compress(data),
}


@pytest.fixture(params=PACKERS)
def file(request, tmp_path):
    def make(data, longest=1024, cut=None):
        path = tmp_path / "file"
        path.write_bytes(PACKERS[request.param](data)[:cut])
        return LineFile(path, longest)

    return make


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"a\n\nb\r\nc", [b"a", b"", b"b\r", b"c"]),
        (b"1234\n12345\n123456\n1\n" + b"x" * 30, [b"1234", b"12345", b"12345", b"1", b"xxxxx"]),
    ],
)
def test_lines_come_out_numbered_and_too_long_ones_cut(file, data, lines):
    opened = file(data, longest=5)

    for _ in range(2):
        assert list(opened) == list(enumerate(lines, start=1))
    assert opened.done == opened.size


def test_joined_blocks_are_the_content_and_each_ends_with_a_line(file):
    data = b"".join(b"line %d\n" % n for n in range(300_000)) + b"the last"
    blocks = list(file(data).blocks())

    assert b"".join(blocks) == data
    assert len(blocks) > 2
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    assert max(map(len, blocks)) < BLOCK_BYTES + 256 * 1024


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "zstd", "frames", "unknown size"])
def test_wherever_a_packed_file_is_cut_it_is_an_error_after_its_last_whole_line(tmp_path, kind):
    data = b"one\ntwo\nthree\n"
    packed = PACKERS[kind](data)
    path = tmp_path / "cut"
    for cut in range(4, len(packed)):
        path.write_bytes(packed[:cut])
        lines = []
        if kind == "frames" and cut == len(zstandard.compress(data[:7])):
            continue  # a frame is whole, and nobody can know that another should follow
        with pytest.raises(ArchiveError, match=r"cut: unreadable after line \d: .+ Is it complete\?") as error:
            lines.extend(LineFile(path, 100))
        assert f"after line {len(lines)}:" in str(error.value)
        assert [line for _, line in lines] == data.splitlines()[: len(lines)]


@pytest.mark.parametrize("piece", [40, 100_000, 200_000])
def test_what_was_flushed_before_a_file_broke_off_is_read_to_its_last_byte(tmp_path, piece):
    path = tmp_path / "part.zst"
    packer = zstandard.ZstdCompressor().compressobj()
    data = b"%040d\n" * (piece // 40) % tuple(range(piece // 40))
    path.write_bytes(
        b"".join(packer.compress(data) + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for _ in range(3))
    )
    lines = []

    with pytest.raises(ArchiveError, match="breaks off"):
        lines.extend(LineFile(path, 1024))
    assert [line for _, line in lines] == data.splitlines() * 3


@pytest.mark.parametrize("kind", ["gzip", "zstd", "unknown size"])
def test_a_damaged_file_gives_what_comes_before_the_damage(tmp_path, kind):
    data = b"".join(b"%d\n" % (n * n) for n in range(200_000))
    packed = bytearray(PACKERS[kind](data))
    packed[-len(packed) // 4] ^= 0xFF
    path = tmp_path / "damaged"
    path.write_bytes(packed)
    lines = []

    with pytest.raises(ArchiveError, match="unreadable after line"):
        lines.extend(LineFile(path, 100))
    assert len(lines) > 100_000


def test_a_frame_that_asks_for_too_much_memory_is_refused(tmp_path):
    path = tmp_path / "wide.zst"
    parameters = zstandard.ZstdCompressionParameters(window_log=28, compression_level=1)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path.write_bytes(packer.compress(b"line\n") + packer.flush())

    with pytest.raises(ArchiveError, match="memory"):
        list(LineFile(path, 100))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ArchiveError, match="cannot be read"):
        LineFile(tmp_path, 100)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_bomb_costs_no_more_memory_than_a_line_may(tmp_path, kind):
    path = tmp_path / "bomb"
    size = 100 * 1024**2
    path.write_bytes(PACKERS[kind](bytes(size)))
    opened = LineFile(path, 512 * 1024)

    tracemalloc.start()
    lines = [len(line) for _, line in opened]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert lines == [512 * 1024]
    assert peak < 4 * 1024**2


def test_a_reader_goes_with_the_last_who_holds_it():
    """The library's own reader is seen by no garbage collector, so nothing that it reads from may lead back to it."""
    reader = unpacking(io.BytesIO(zstandard.compress(b"salam")))
    assert reader.read1(10) == b"salam"
    gone = weakref.ref(reader)
    source = weakref.ref(reader._packed)  # noqa: SLF001 - what must not live on
    del reader
    assert gone() is None
    assert source() is None

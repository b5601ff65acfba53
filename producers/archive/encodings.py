"""Text in whatever encoding says so in its first bytes, read as UTF-8."""

import codecs
from collections import deque

from producers.archive.compression import Reader

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def as_utf8(reader: Reader) -> Reader:
    """Read on without a byte-order mark, and as UTF-8 what is UTF-16, as some shells write into files.

    Args:
        reader: At the beginning of a file.
    """
    head = b""
    while len(head) < 3 and (more := reader.read1(3 - len(head))):
        head += more
    if encoding := _UTF16.get(head[:2]):
        return _Recoded(reader, head[2:], encoding)
    return _Resumed(reader, head.removeprefix(codecs.BOM_UTF8))


class _Resumed:
    """First what has been read already, then the rest."""

    def __init__(self, reader: Reader, head: bytes) -> None:
        self._heads = deque([head] if head else [])
        self._reader = reader

    def read1(self, size: int, /) -> bytes:
        if not self._heads:
            return self._reader.read1(size)
        head = self._heads.popleft()
        if head[size:]:
            self._heads.append(head[size:])
        return head[:size]


class _Recoded:
    """UTF-16 as UTF-8; what is none becomes the replacement character."""

    def __init__(self, reader: Reader, head: bytes, encoding: str) -> None:
        self._reader = _Resumed(reader, head)
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read1(self, size: int, /) -> bytes:
        while True:
            data = self._reader.read1(max(2, size // 2))  # two bytes may become three
            text = self._decoder.decode(data, final=not data)
            if text or not data:
                return text.encode()

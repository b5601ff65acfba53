import json

import pytest

from producers.archive import open_archive

KEY = "0123456789abcdef"


@pytest.fixture
def imported(tmp_path):
    """Import objects, one a line; or a text, or bytes, as they are."""

    def read(*lines, fmt=None):
        path = tmp_path / "archive"
        if len(lines) == 1 and isinstance(lines[0], bytes):
            path.write_bytes(lines[0])
        else:
            path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
        archive = open_archive(path, KEY, fmt)
        return [item.line for item in archive], archive

    return read

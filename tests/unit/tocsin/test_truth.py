"""The file of what is true: it comes back as it was, and an error in it is named."""

import pytest

from tocsin.errors import ArchiveError
from tocsin.truth import Truth, TruthFile, read_truth, write_truth

CUT = Truth("the cut", "outage", ("channel=sms",), 1_000, 2_000, planned="early", evidence=("volume",), critical=False)

EVENT = b'{"name": "x", "kind": "burst", "must": [], "begin": 1, "end": 2}'


def test_what_is_written_is_read_again() -> None:
    truth = TruthFile((CUT,), "tehran-2009", 7, {"bucket_seconds": 60})
    assert read_truth(write_truth(truth), "t.json") == truth


def test_an_event_needs_only_a_name_a_kind_series_and_times() -> None:
    raw = b'{"events": [{"name": "rally", "kind": "burst", "must": ["posts"], "begin": 1, "end": 2}]}'
    assert read_truth(raw, "t.json").events == (Truth("rally", "burst", ("posts",), 1, 2),)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"{", "t.json"),
        (b"\xff", "t.json"),
        (b'{"events": [{"name": "x", "kind": "riot", "must": [], "begin": 1, "end": 2}]}', "riot"),
        (b'{"events": [{"name": "x", "kind": "burst", "must": [], "begin": 1}]}', "`end`"),
        (b'{"events": [{"name": "x", "kind": "burst", "must": [], "begin": 1, "end": 2, "plan": 1}]}', "`plan`"),
        (b'{"events": [{"name": "x", "kind": "burst", "must": [], "begin": 2, "end": 2}]}', r"events\[0\] \(x\)"),
        (b'{"events": [%b, %b]}' % (EVENT, EVENT), "the same name"),
    ],
)
def test_an_error_names_the_file_and_the_field(raw: bytes, words: str) -> None:
    with pytest.raises(ArchiveError, match=words) as error:
        read_truth(raw, "t.json")
    assert "t.json" in str(error.value)

import pytest

from producers.archive.times import TimeError, epoch_ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2009-06-15T12:00:00Z", 1_245_067_200_000),
        ("2009-06-15T16:30:00+04:30", 1_245_067_200_000),
        ("2009-06-15 12:00:00.657+0000", 1_245_067_200_657),
        (" 2009-06-15T12:00:00.6579999Z ", 1_245_067_200_657),
        ("20090615T120000Z", 1_245_067_200_000),
        ("Mon Jun 15 12:00:00 +0000 2009", 1_245_067_200_000),
        ("Mon Jun 15 16:30:00 +0430 2009", 1_245_067_200_000),
        ("1245067200", 1_245_067_200_000),
        ("1245067200.657", 1_245_067_200_657),
        ("1245067200657", 1_245_067_200_657),
        ("0", 0),
        ("1970-01-01T00:00:00Z", 0),
    ],
)
def test_times_are_read_as_they_are_written(text, ms):
    assert epoch_ms(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2009-06-15",
        "2009-06-15T12:00:00",
        "Mon Jux 15 12:00:00 +0000 2009",
        "Mon Jun 31 12:00:00 +0000 2009",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "-5",
        "١٢٤٥٠٦٧٢٠٠",
        "9" * 15,
        "9" * 400,
    ],
)
def test_what_is_no_clear_time_is_refused(text):
    with pytest.raises(TimeError, match="expected"):
        epoch_ms(text)

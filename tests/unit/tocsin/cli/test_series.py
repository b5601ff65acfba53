import csv
import gzip
import io
import re
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
import typer
from typer.testing import CliRunner

from tocsin.cli.series import parse_width, series
from tocsin.errors import ArchiveError, TocsinError

runner = CliRunner()
BEGIN = datetime(2015, 2, 26, 21, 42, 53)  # noqa: DTZ001  # as such files spell it: without a zone


def lines_of(values, step=timedelta(minutes=5)):
    return [f"{BEGIN + at * step},{value}" for at, value in enumerate(values)]


def text_of(lines, header="timestamp,value"):
    return "\n".join([header, *lines, ""])


@pytest.fixture(autouse=True)
def _clean(clean_environment):
    """Run without the settings of whoever runs the tests."""


@pytest.fixture
def burst(tmp_path):
    """Half a day of calm, and a burst at its end."""
    path = tmp_path / "counts.csv"
    path.write_text(text_of(lines_of([20, 22, 18, 21] * 36 + [300] * 3)))
    return path


def call(*arguments, stdin=None):
    app = typer.Typer()
    app.command()(series)
    result = runner.invoke(app, [str(argument) for argument in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_each_row_comes_back_in_order_as_it_was_spelt_with_its_scores(burst):
    result = call(burst)
    rows = read(result.stdout)

    assert list(rows[0]) == ["timestamp", "value", "expected", "lower", "upper", "burst_score", "outage_score"]
    assert [f"{row['timestamp']},{row['value']}" for row in rows] == burst.read_text().splitlines()[1:]
    assert [float(row["burst_score"]) >= 0.5 for row in rows] == [False] * 144 + [True, False, False]
    assert result.stderr == f"{burst}: rows: 147, in buckets of 5 min; from 0.5 on, bursts: 1, outages: 0\n"


def test_the_entry_point_reads_stdin_and_writes_stdout(burst):
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "series", "-"], input=burst.read_bytes(), capture_output=True, check=True
    )
    assert done.stdout.decode() == call(burst).stdout
    assert done.stderr.startswith(b"stdin: rows: 147, in buckets of 5 min;")
    assert b"\x1b" not in done.stderr


def test_the_entry_point_says_an_error_in_one_message(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "series", tmp_path / "none.csv"], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == f"tocsin: {tmp_path}/none.csv: cannot be read: No such file or directory\n"


def test_cutting_the_file_short_cuts_the_output_short(burst):
    whole = call(burst).stdout
    for cut in (10, 100, 146):
        burst.write_text("".join(burst.read_text().splitlines(keepends=True)[:cut]))
        part = call(burst, "--bucket", "5m").stdout
        assert whole.startswith(part)
        assert part.count("\n") == cut
        burst.write_text(text_of(lines_of([20, 22, 18, 21] * 36 + [300] * 3)))


def test_a_gzipped_file_says_the_same_whatever_its_name(burst, tmp_path):
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(burst.read_bytes()))
    assert call(packed).stdout == call(burst).stdout


def test_scores_go_to_a_file_that_is_whole_or_not_there(burst, tmp_path):
    plain, packed = tmp_path / "scores.csv", tmp_path / "scores.csv.gz"
    assert call(burst, "-o", plain).stdout == ""
    call(burst, "-o", packed)

    assert plain.read_text() == gzip.decompress(packed.read_bytes()).decode() == call(burst).stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["counts.csv", "scores.csv", "scores.csv.gz"]


def test_an_error_leaves_an_earlier_output_as_it_was(burst, tmp_path):
    output = tmp_path / "scores.csv"
    output.write_text("earlier")
    burst.write_text(burst.read_text() + "2015-03-01,many\n")
    with pytest.raises(ArchiveError, match=r'counts\.csv line 149: field "value": expected a number'):
        call(burst, "-o", output)
    assert output.read_text() == "earlier"


def test_an_output_that_cannot_be_written_is_said(burst, tmp_path):
    with pytest.raises(ArchiveError, match=r"scores\.csv: cannot be written: No such file or directory"):
        call(burst, "-o", tmp_path / "nowhere" / "scores.csv")


def test_a_picture_is_drawn(burst, tmp_path):
    picture = tmp_path / "counts.PNG"
    call(burst, "--plot", picture)
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_picture_that_cannot_be_drawn_is_refused_before_anything_is_done(tmp_path):
    with pytest.raises(TocsinError, match=r"^--plot counts\.pdf: expected a name that ends in \.png or \.svg$"):
        call(tmp_path / "none.csv", "--plot", "counts.pdf")


def test_columns_gaps_and_fractions_can_be_chosen_and_are_told():
    stdin = text_of(["2020-05-26T11:55:00Z,1.5", "2020-05-26T11:56:00Z,", "2020-05-26T11:59:00Z,2"], "minute_utc,count")
    columns = ("--time-column", "minute_utc", "--value-column", "count")
    unobserved = call("-", *columns, stdin=stdin).stderr
    zero = call("-", *columns, "--gaps", "zero", stdin=stdin).stderr

    assert "stdin: values with a fraction, rounded to the nearest whole number: 1\n" in unobserved
    assert "stdin: empty values, taken for unobserved: 1\n" in unobserved
    assert (
        "stdin: missing buckets, taken for unobserved: 2 (gaps: 1). "
        "Choose --gaps zero, if the file leaves out empty buckets\n" in unobserved
    )
    assert "stdin: missing buckets, taken for zero: 2 (gaps: 1). Choose --gaps unobserved, if nobody looked\n" in zero


def test_what_a_gap_means_changes_what_follows_and_nothing_before():
    lines = lines_of([20, 22, 18, 21] * 36)
    stdin = text_of([*lines[:100], *lines[140:]])
    unobserved, zero = (read(call("-", "--gaps", gaps, stdin=stdin).stdout) for gaps in ("unobserved", "zero"))

    assert unobserved[:100] == zero[:100]
    assert float(unobserved[100]["expected"]) > 15
    assert unobserved[100:] != zero[100:]


def test_an_hour_that_comes_twice_is_told_and_costs_no_row():
    values = [20, 22, 18, 21] * 12
    lines = lines_of(values)
    result = call("-", stdin=text_of([*lines[:36], *lines[24:]]))

    assert [f"{row['timestamp']},{row['value']}" for row in read(result.stdout)] == [*lines[:36], *lines[24:]]
    assert "stdin: rows of a bucket that was over (not counted; they repeat the row before): 11\n" in result.stderr


def test_the_width_of_a_bucket_can_be_chosen(burst):
    assert "in buckets of 15 min;" in call(burst, "--bucket", "15m").stderr


def test_the_budget_is_that_of_the_settings_unless_another_is_given(burst, monkeypatch):
    default, strict = call(burst).stdout, call(burst, "--days", "3650").stdout
    monkeypatch.setenv("TOCSIN_FALSE_PAGE_DAYS", "3650")
    assert call(burst).stdout == strict != default


def test_a_long_file_shows_how_far_it_is_on_a_terminal_alone(monkeypatch):
    monkeypatch.setattr("tocsin.cli.series._LONG", 10)
    stdin = text_of(lines_of([20] * 20))
    assert "scoring" not in call("-", stdin=stdin).stderr
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "scoring" in call("-", stdin=stdin).stderr
    monkeypatch.setattr("tocsin.cli.series._LONG", 100)
    assert "scoring" not in call("-", stdin=stdin).stderr


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (gzip.compress(b"timestamp,value\n2009-06-15,1\n" * 9, mtime=0)[:-9], "not whole gzip"),
        (gzip.compress(b"timestamp,value\n", mtime=0)[:10] + b"\xff" * 20, "not whole gzip"),
        (b"timestamp,value\n2009-06-15,1\n2009-06-16,\xff\n", "line 3: expected UTF-8, got byte 0xff"),
    ],
)
def test_damaged_files_are_refused(tmp_path, data, told):
    path = tmp_path / "counts.csv"
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match=told):
        call(path)


def test_a_byte_order_mark_and_line_ends_of_other_systems_are_no_trouble(burst):
    plain = call(burst).stdout
    burst.write_bytes(b"\xef\xbb\xbf" + burst.read_bytes().replace(b"\n", b"\r\n"))
    assert call(burst).stdout == plain


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("1s", 1000), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("1d", 86_400_000)]
)
def test_widths_are_read(text, milliseconds):
    assert parse_width(text) == milliseconds


@pytest.mark.parametrize("text", ["", "5", "m", "0s", "5 m", "-5m", "25h", "2d", "1w", "1.5h"])
def test_what_is_no_width_is_refused(text):
    with pytest.raises(TocsinError, match=re.escape(f"--bucket {text}: expected a width from 1s to 1d")):
        parse_width(text)

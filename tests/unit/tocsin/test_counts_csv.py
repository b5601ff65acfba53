import csv
import io

import pytest

from tocsin.counts_csv import BACK_MS, Columns, Row, read_counts, write_scores
from tocsin.detect.scores import Scored
from tocsin.errors import ArchiveError

HOUR_MS = 3_600_000


def read(text, columns=Columns()):  # noqa: B008  # frozen
    return read_counts(io.StringIO(text, newline=""), "counts.csv", columns)


def times(*texts):
    return [row.at_ms for row in read("timestamp,value\n" + "".join(f"{text},1\n" for text in texts))]


def refusal(text, columns=Columns()):  # noqa: B008
    with pytest.raises(ArchiveError) as error:
        read(text, columns)
    return str(error.value)


def test_a_row_keeps_its_line_and_its_spelling():
    assert read('timestamp,value\n\n"2009-06-15 16:00:00",007\n') == [
        Row(3, "2009-06-15 16:00:00", "007", 1_245_081_600_000, 7, rounded=False)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2009-06-15 16:00:00",
        "2009-06-15T16:00:00",
        "2009-06-15T16:00:00Z",
        "2009-06-15T20:30:00+04:30",
        "2009-06-15T16:00:00.000400",
        " 2009-06-15 16:00 ",
        "1245081600",
        "1245081600000",
        "1245081600.0004",
    ],
)
def test_all_spellings_of_a_time_mean_the_same(text):
    assert times(text) == [1_245_081_600_000]


def test_fractions_of_a_second_count():
    assert times("2009-06-15T16:00:00.250Z", "1245081600.5") == [1_245_081_600_250, 1_245_081_600_500]


def test_times_before_1970_are_below_zero():
    assert times("1969-12-31T23:59:59Z", "-0.5") == [-1000, -500]


@pytest.mark.parametrize("text", ["yesterday", "", "NaN", "sNaN", "1e15", "-1e15", "2009-13-01"])
def test_what_is_no_time_is_refused_with_its_place(text):
    told = refusal(f"timestamp,value\n2009-06-15,1\n{text},1\n")

    assert told.startswith('counts.csv line 3: field "timestamp": expected ')
    assert told.endswith(f'got "{text}"')


@pytest.mark.parametrize(
    ("text", "value", "rounded"),
    [
        ("0", 0, False),
        ("2.0", 2, False),
        ("0.5", 1, True),
        ("1.5", 2, True),
        ("2.5", 3, True),
        ("2.499999999999", 2, True),
        ("1e12", 10**12, False),
        ("999999999999.5", 10**12, True),
        (" 3 ", 3, False),
        ("", None, False),
    ],
)
def test_values_are_rounded_half_up_and_an_empty_one_is_unobserved(text, value, rounded):
    (row,) = read(f"timestamp,value\n2009-06-15,{text}\n")
    assert (row.value, row.rounded, row.text) == (value, rounded, text)


@pytest.mark.parametrize("text", ["-1", "-0.1", "nan", "NaN", "inf", "many", "1e13", "1000000000000.5"])
def test_what_is_no_count_is_refused_with_its_place(text):
    told = refusal(f"timestamp,value\n2009-06-15,1\n2009-06-16,{text}\n")

    assert told == (
        f'counts.csv line 3: field "value": expected a number from 0 to 1,000,000,000,000, got "{text}". '
        "Leave it empty where nothing was observed"
    )


def test_columns_are_found_whatever_their_case_place_and_neighbours():
    (row,) = read('"Label", TimeStamp ,"Value"\n0,2018-04-25T00:00:00Z,1.5\n')
    assert (row.timestamp, row.value) == ("2018-04-25T00:00:00Z", 2)


def test_a_column_that_is_spelt_exactly_so_comes_before_others():
    (row,) = read("timestamp,VALUE,value\n2009-06-15,1,2\n")
    assert row.value == 2


def test_columns_can_have_any_name():
    (row,) = read("minute_utc,count\n2009-06-15,4\n", Columns("minute_utc", "Count"))
    assert row.value == 4


def test_a_missing_column_tells_which_there_are():
    assert refusal("minute_utc,count\n2009-06-15,4\n") == (
        "counts.csv: column timestamp is missing; there are: minute_utc, count. "
        "Name the two that matter with --time-column and --value-column"
    )


def test_a_column_that_could_be_two_is_refused():
    assert "column value is there more than once" in refusal("timestamp,Value,VALUE\n2009-06-15,4,4\n")


def test_a_row_with_more_or_fewer_fields_than_the_header_is_refused():
    assert refusal("timestamp,value\n2009-06-15,1,234\n") == (
        "counts.csv line 2: expected 2 fields as in the header, got 3"
    )


@pytest.mark.parametrize("text", ["", "timestamp,value\n"])
def test_a_file_without_rows_is_refused(text):
    assert "there is no row of counts in it" in refusal(text)


def test_what_is_not_csv_is_refused_with_its_place():
    assert refusal('timestamp,value\n2009-06-15,"1\n').startswith("counts.csv line 2: not CSV: ")


def test_a_clock_may_be_put_back_but_no_further():
    back = BACK_MS // HOUR_MS
    assert times("2009-06-15 16:00", f"2009-06-15 {16 - back}:00") == [1_245_081_600_000, 1_245_081_600_000 - BACK_MS]

    assert refusal(f"timestamp,value\n2009-06-15 16:00,1\n2009-06-15 {15 - back}:59:59,1\n") == (
        f'counts.csv line 3: field "timestamp": "2009-06-15 {15 - back}:59:59" is more than 2 hours before '
        '"2009-06-15 16:00" in line 2. Sort the rows by time'
    )


def test_going_back_step_by_step_is_going_back_too_far():
    rows = "".join(f"2009-06-15 {hour}:00,1\n" for hour in (16, 15, 14, 13))
    assert "line 5" in refusal("timestamp,value\n" + rows)


def test_scores_are_written_beside_the_row_as_it_was_spelt():
    text = write_scores([(Row(2, "a, b", " 1.50", 0, 2, rounded=True), Scored(1.23456, 0.0, 1e12, 1.0, 2 / 3))])

    assert text.endswith("\n")
    assert list(csv.DictReader(io.StringIO(text))) == [
        {
            "timestamp": "a, b",
            "value": " 1.50",
            "expected": "1.235",
            "lower": "0.000",
            "upper": "1000000000000.000",
            "burst_score": "1.000000",
            "outage_score": "0.666667",
        }
    ]

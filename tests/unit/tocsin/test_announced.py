from datetime import date

import pytest

from tocsin.announced import Face, find_day, find_faces, find_note
from tocsin.zones import UnclearTimeError

TODAY = date(2009, 6, 15)


def face(begin, end=None):
    return Face(round(begin * 60), None if end is None else round(end * 60))


@pytest.mark.parametrize(
    ("text", "faces"),
    [
        ("2-3p", [face(14, 15)]),
        ("2p-3p PST", [face(14, 15)]),
        ("2:00-3:00 pm", [face(14, 15)]),
        ("14-15h", [face(14, 15)]),
        ("14:00-15:00", [face(14, 15)]),
        ("02:00-03:00", [face(2, 3)]),
        ("11-1p", [face(11, 13)]),
        ("9a-5", [face(9, 17)]),
        ("11p to 1a", [face(23, 25)]),
        ("12-1p", [face(12, 13)]),
        ("2:30-3", [face(2.5, 3), face(14.5, 15)]),
        ("at 2p", [face(14)]),
        ("at 2:15", [face(2.25), face(14.25)]),
        ("at 14.30h", [face(14.5)]),
        ("at 2", []),
        ("soon", []),
        ("25p", []),
        ("13p-14p", []),
        ("2:75p", []),
    ],
)
def test_every_way_to_read_the_face_of_a_clock_is_found(text, faces):
    assert list(find_faces(text)) == faces


@pytest.mark.parametrize(
    ("text", "words", "begins", "zones"),
    [
        ("2-3p PST (1:30a in Iran)", "1:30a in Iran", {90}, ("Asia/Tehran",)),
        ("2-3p PST / 1:30-2:30a Tehran time", "1:30-2:30a Tehran time", {90}, ("Asia/Tehran",)),
        ("2-3p PST, 5p EDT", "5p EDT", {17 * 60}, ("America/New_York",)),
        ("2-3p PST (1:30 Mordor)", "1:30 Mordor", {90, 810}, ()),
    ],
)
def test_a_note_in_another_clock_is_found_at_the_end(text, words, begins, zones):
    rest, note = find_note(text)
    assert rest.strip() == "2-3p PST"
    assert (note.words, note.begins, note.zones) == (words, begins, zones)


@pytest.mark.parametrize("text", ["2-3p PST", "06/07/2009 2-3p", "2-3p (Iran)"])
def test_what_is_no_note_is_left_alone(text):
    assert find_note(text) == (text, None)


@pytest.mark.parametrize(
    "text",
    ["2009-06-16", "2009/06/16", "16/06/2009", "6/16/2009", "16.6.2009", "16 June 2009", "June 16th, 2009", "16 Jun"],
)
def test_a_date_with_one_reading_is_found_and_cut_out(text):
    rest, day = find_day(f"{text} 2-3p", TODAY)
    assert (rest.split(), day) == (["2-3p"], date(2009, 6, 16))


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        ("06/07/2009 2-3p", "has 2 readings. Write 2009-06-07 (7 June) or 2009-07-06 (6 July)"),
        ("06/07/08", "has 3 readings. Write 2006-07-08 (8 July) or 2008-06-07 (7 June) or 2008-07-06 (6 July)"),
        ("31/31/2009", "no date of the calendar"),
        ("31 June 2009", "no date of the calendar"),
    ],
)
def test_a_date_with_several_readings_or_none_is_refused(text, explanation):
    with pytest.raises(UnclearTimeError) as refused:
        find_day(text, TODAY)
    assert explanation in str(refused.value)


def test_the_same_day_written_twice_over_is_one_reading():
    assert find_day("06/06/2009", TODAY)[1] == date(2009, 6, 6)

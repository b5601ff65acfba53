import pytest

from producers.archive import Wishes, open_archives
from producers.archive.csv_rows import parse_columns
from producers.pseudonyms import Pseudonyms
from tocsin.errors import ArchiveError
from tocsin.posts import Post

KEY = "0123456789abcdef"
COLUMNS = "id=tweet_id,at=when,author=user,text=body"
HEADER = "tweet_id,when,user,body,extra\n"
ROW = "1,2009-06-15T12:00:00Z,ali,hello,x\n"


@pytest.fixture
def read(tmp_path):
    def reader(content, columns=COLUMNS, **wishes):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (archive,) = open_archives([path], KEY, Wishes(columns=parse_columns(columns), **wishes))
        return [item.line for item in archive], archive

    return reader


def test_a_row_becomes_a_post_under_a_pseudonym(read):
    posts, archive = read(HEADER + ROW, channel="sms", source="gateway")

    assert posts == [
        Post("1", 1_245_067_200_000, source="gateway", channel="sms", author=Pseudonyms(KEY).of("ali"), text="hello")
    ]
    assert archive.remarks == []


def test_columns_may_hold_everything_that_a_post_has(read):
    posts, _ = read(
        "a;b;c;d;e;f;g;h;i\n7;1245067200;ali;hi, you;FA;Tehran;Yes;SMS;gate\n",
        "id=a,at=b,author=c,text=d,lang=e,region=f,repost=g,channel=h,source=i",
    )

    assert posts == [
        Post("7", 1_245_067_200_000, "gate", "sms", Pseudonyms(KEY).of("ali"), "hi, you", "fa", "tehran", repost=True)
    ]


@pytest.mark.parametrize("separator", ",;\t|")
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_are_read_however_a_spreadsheet_wrote_them(read, separator, ending, encoding):
    rows = [
        HEADER.strip().split(","),
        ["1", "1245067200000", "ali", '"one\n""two"""', ""],
        ["2", "1245067201", "b", "سلام"],
    ]
    content = ending.join(separator.join(row) for row in rows)
    posts, archive = read(content.encode(encoding))

    assert [(post.id, post.text) for post in posts] == [("1", 'one\n"two"'), ("2", "سلام")]
    assert archive.remarks == []


@pytest.mark.parametrize(
    ("row", "reason", "named"),
    [
        ("2,yesterday,b,t\n", "bad_field", "column when: expected ISO 8601"),
        ("2,2009-06-15 12:00:00,b,t\n", "bad_field", "column when: expected a zone"),
        ("2,,b,t\n", "bad_field", "column when"),
        ("2,99999999999999,b,t\n2,999999999999999,b,t", "bad_field", "column when: expected a time from 1970 to 9999"),
        ("2,1245067200,,t\n", "bad_field", "column user"),
        (",1245067200,b,t\n", "bad_field", "column tweet_id"),
        ("2,1245067200,b\n", "bad_field", "column body: expected text, got nothing"),
        (b"2,1245067200,b,\xe9t\xe9\n", "bad_encoding", "expected UTF-8"),
        ('2,1245067200,b,"never closed\n', "bad_field", "row: "),
        ('2,1245067200,b,"closed" too early\n', "bad_field", "row: "),
    ],
)
def test_a_broken_row_is_named_by_line_and_column_and_costs_only_itself(read, row, reason, named):
    row = row if isinstance(row, bytes) else row.encode()
    after = b'3,1245067300,b,"quoted, too"\n4,1245067400,b,last\n'
    posts, archive = read(HEADER.encode() + ROW.encode() + row + (b"" if row.endswith(b"\n") else b"\n") + after)

    kept = {"1", "3", "4"} | ({"2"} if "9999" in named else set())
    assert {post.id for post in posts} == kept
    assert archive.counts == {reason: 1}
    assert f"table.csv:{4 if '9999' in named else 3}: {reason}: {named}" in archive.faults[0]


def test_quotes_that_are_never_closed_cost_one_row_each(read):
    bad = '9,1245067200,b,"open\n'
    posts, archive = read(HEADER + bad + ROW + bad + ROW.replace("1,", "2,", 1) + bad)

    assert {post.id for post in posts} == {"1", "2"}
    assert archive.counts == {"bad_field": 3}
    assert [fault.split(": ")[0].rsplit(":", 1)[1] for fault in archive.faults] == ["2", "4", "6"]


def test_rows_without_an_id_are_one_post_if_they_are_the_same(read):
    posts, archive = read(
        "t,a,b\n" + "1245067200,ali,hello\n" * 2 + "1245067200,ali,hello again\n", "at=t,author=a,text=b"
    )

    assert sorted(post.text for post in posts) == ["hello", "hello again"]
    assert archive.counts == {"repeated": 1}


def test_a_column_that_is_missing_is_named_with_those_that_there_are(read):
    posts, archive = read("id,when\n1,2\n")

    assert posts == []
    assert (
        "table.csv:1: unreadable: no column tweet_id (for id), user (for author), body (for text)" in archive.faults[0]
    )
    assert "there are: id, when" in archive.faults[0]


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ("at=a,author=b", "text missing"),
        ("at=a,author=b,text", "text: expected FIELD=COLUMN"),
        ("at=a,author=b,text=c,mood=d", "mood=d"),
        ("at=a,at=b", "at=b"),
        ("", "nothing"),
    ],
)
def test_a_map_of_columns_must_be_whole(columns, named):
    with pytest.raises(ArchiveError, match=f"--columns: .*{named}"):
        parse_columns(columns)

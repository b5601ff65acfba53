import pytest

from producers.scenario.document import LIBRARY, ScenarioError, load, nearest, parse


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(files))}.yaml"


def test_every_value_knows_its_file_line_and_path():
    document = parse("drops:\n  - name: a\n  - {name: b,\n     left: 0.5}\n", "my.yaml")
    left = document.names["drops"].items[1].names["left"]

    assert (left.text, left.line, left.path) == ("0.5", 4, "drops #2.left")
    assert left.blame("is odd") == "my.yaml line 4: drops #2.left: is odd"


def test_every_scalar_is_text():
    names = parse("a: 2009-06-13\nb: no\nc: 1.0\nd:\n", "my.yaml").names
    assert [node.value for node in names.values()] == ["2009-06-13", "no", "1.0", ""]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", r"my\.yaml line \d: .*needs quotes"),
        ("a: 1\na: 2", "my.yaml line 2: a stands here a second time"),
        ("a:\n  b: {c: 1, c: 2}", r"my.yaml line 2: a\.b: c stands here a second time"),
        ("- a", "my.yaml line 1: expected names with something under each, got a list"),
        ("a: \x07", "my.yaml"),
        ("a: &a [*a]", "my.yaml: nested too deep"),
    ],
)
def test_what_is_no_document_is_told_with_its_line(text, words):
    with pytest.raises(ScenarioError, match=words):
        parse(text, "my.yaml")


def test_an_empty_file_has_no_keys():
    assert parse("# nothing yet\n", "my.yaml").names == {}


def test_what_a_file_says_replaces_what_the_used_one_says_key_by_key_where_there_are_names(tmp_path):
    path = write(
        tmp_path,
        mine="use: base.yaml\nlength: 2h\nchannels: {sms: {per_minute: 5}}\nflaws: {late: 0}\ndrops: [c]\n",
        base="begin: 2009-01-01\nlength: 1h\nchannels: {sms: {per_minute: 9, sources: {a: 1}}, web: {}}\n"
        "flaws: {late: 1, broken: 0}\ndrops: [a, b]\n",
    )
    names = load(path).names

    assert list(names) == ["begin", "length", "channels", "flaws", "drops"]
    assert names["length"].text == "2h"
    assert {name: node.text for name, node in names["flaws"].names.items()} == {"late": "0", "broken": "0"}
    assert list(names["channels"].names) == ["sms", "web"]
    assert names["channels"].names["sms"].names["per_minute"].text == "5"
    assert list(names["channels"].names["sms"].names["sources"].names) == ["a"]
    assert [node.text for node in names["drops"].items] == ["c"]


def test_a_value_of_a_channel_is_replaced_as_a_whole(tmp_path):
    path = write(
        tmp_path,
        mine="use: base.yaml\nchannels: {sms: {sources: {b: 1}}}\n",
        base="channels: {sms: {sources: {a: 1}}}\n",
    )
    assert list(load(path).names["channels"].names["sms"].names["sources"].names) == ["b"]


def test_an_end_replaces_a_length_and_a_length_an_end(tmp_path):
    ended = write(tmp_path, mine="use: base.yaml\nend: 2009-01-02\n", base="length: 1h\n")
    assert list(load(ended).names) == ["end"]
    long = write(tmp_path, mine="use: base.yaml\nlength: 1h\n", base="end: 2009-01-02\n")
    assert list(load(long).names) == ["length"]


def test_a_file_may_use_the_library_by_name(tmp_path):
    names = load(write(tmp_path, mine="use: calm\n")).names
    assert names["begin"].file == "calm.yaml"
    assert "everyday" in names["topics"].names


@pytest.mark.parametrize(
    ("use", "words"),
    [
        ("clam", "mine.yaml line 1: use: nothing has that name; did you mean calm?"),
        ("other.yaml", "other.yaml: cannot be read: No such file"),
        ("mine.yaml", "mine.yaml: uses itself, by way of mine.yaml"),
        ("[calm]", "expected one name or path"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path, use, words):
    with pytest.raises(ScenarioError) as error:
        load(write(tmp_path, mine=f"use: {use}\n"))
    assert words in str(error.value)


def test_a_file_that_is_not_utf_8_is_told(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"description: caf\xe9\n")
    with pytest.raises(ScenarioError, match="expected UTF-8, got byte 0xe9"):
        load(path)


def test_the_library_comes_with_the_package():
    assert {"calm", "iran", "posts"} <= {path.stem for path in LIBRARY.rglob("*.yaml")}


def test_the_name_that_was_meant_is_told_or_all_that_there_are():
    assert nearest("lenght", ("length", "begin")) == "did you mean length?"
    assert nearest("xyz", ("length", "begin")) == "there are: length, begin"
    assert nearest("xyz", ()) == "there are: none"

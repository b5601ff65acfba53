from producers.archive.merging import merged
from producers.items import item_of, read_line
from tocsin.posts import Heartbeat, Post


def post(name, at):
    return item_of(Post(name, at, "s", "sms", "a", ""))


def beat(at):
    return item_of(Heartbeat("s", at, ("sms",)))


def told(items):
    return [
        item.line.id if isinstance(item.line, Post) else item.raw if item.line is None else item.line.at
        for item in items
    ]


def test_archives_are_played_together_by_time():
    assert told(merged([[post("a", 1), post("c", 3)], [post("b", 2), post("d", 3)]])) == ["a", "b", "c", "d"]


def test_each_keeps_its_own_order():
    one, two = [post("a", 5), post("b", 1), read_line(b"{broken"), post("c", 6)], [post("d", 3), post("e", 9)]

    assert told(merged([one, two])) == ["d", "a", "b", b"{broken", "c", "e"]


def test_a_post_with_a_wild_time_holds_nothing_up_where_there_are_heartbeats():
    one = [beat(10), post("wild", 10**12), post("a", 11), beat(20), post("b", 21)]
    two = [post("c", 15), post("d", 30)]

    assert told(merged([one, two])) == [10, "wild", "a", "c", 20, "b", "d"]


def test_one_alone_comes_out_as_it_is():
    assert told(merged([[post("b", 2), post("a", 1)]])) == ["b", "a"]
    assert told(merged([])) == []

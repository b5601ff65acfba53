from tocsin.terms import CROWD, MOST_TERMS
from tocsin.topics import topics_of
from tocsin.words import MAX_LETTERS


def test_posts_have_the_partitions_asked_for_and_all_else_has_one() -> None:
    topics = topics_of("", 7, 24)
    assert [(topic.name, topic.partitions) for topic in topics] == [
        ("posts", 7),
        ("posts.dead", 1),
        ("tallies", 1),
        ("incidents", 1),
    ]


def test_what_people_wrote_is_kept_no_longer_than_asked_for_also_as_dead_letters() -> None:
    topics = topics_of("", 1, 24)
    assert topics.posts.config["retention.ms"] == topics.dead.config["retention.ms"] == "86400000"


def test_incidents_are_compacted_for_their_last_revision_counts() -> None:
    assert topics_of("", 1, 24).incidents.config == {"cleanup.policy": "compact"}


def test_the_fullest_bucket_of_terms_fits_into_a_message_of_the_tallies() -> None:
    word, hash_, count, author = MAX_LETTERS * 4 + 1, 8, 4, 8
    fullest = MOST_TERMS * (word + hash_ + count + author * (CROWD - 1))
    assert fullest + (1 << 20) < int(topics_of("", 1, 24).tallies.config["max.message.bytes"])


def test_a_namespace_comes_before_every_name() -> None:
    assert {topic.name.partition(".")[0] for topic in topics_of("blue", 1, 24)} == {"blue"}


def test_two_namespaces_share_no_topic() -> None:
    names = [{topic.name for topic in topics_of(namespace, 1, 24)} for namespace in ("", "a", "b")]
    assert len(set().union(*names)) == 12

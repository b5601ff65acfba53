from tocsin.casebook import Casebook


def test_an_incident_is_found_by_what_it_is_until_it_ends() -> None:
    book = Casebook()
    begun = book.begin("burst", "posts", 5, detected_at=9)
    assert (begun.id, begun.revision) == ("burst:posts:5", 1)
    assert book.find("burst", "posts") == begun
    assert book.find("outage", "posts") is None
    assert [revision.closed_at for revision in book.hand_on()] == [None]
    assert book.end(begun, 20).closed_at == 20
    assert book.find("burst", "posts") is None
    assert [(revision.revision, revision.closed_at) for revision in book.hand_on()] == [(2, 20)]


def test_all_that_a_bucket_changes_in_an_incident_is_one_revision() -> None:
    book = Casebook()
    begun = book.begin("burst", "posts", 5, detected_at=9)
    book.revise(book.revise(begun, parent="x"), peak=3)
    (revision,) = book.hand_on()
    assert (revision.revision, revision.parent, revision.peak) == (1, "x", 3)
    again = book.revise(revision, peak=4)
    assert again.revision == 2
    assert book.hand_on() == [again]


def test_what_is_merely_counted_makes_no_revision() -> None:
    book = Casebook()
    begun = book.begin("burst", "posts", 5, detected_at=9)
    book.hand_on()
    assert book.update(begun, observed=7).revision == 1
    assert book.hand_on() == []
    assert book.open["burst:posts"].observed == 7


def test_kinds_are_listed_as_they_were_when_the_listing_began() -> None:
    book = Casebook()
    for series in ("a", "b"):
        book.begin("outage", series, 5, detected_at=9)
    book.begin("burst", "a", 5, detected_at=9)
    for incident in book.of_kind("outage"):
        book.end(incident, 10)
    assert [incident.kind for incident in book.of_kind("burst", "outage")] == ["burst"]

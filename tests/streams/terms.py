"""The terms of a bucket, counted as the tally counts them, for tests that have nothing else to count."""

from collections.abc import Iterable
from itertools import islice

from streams.news import NoWords

from tocsin.authors import authors_of
from tocsin.reading import Reading
from tocsin.terms import MOST_TERMS, TermCounter, TermCounts
from tocsin.words import hash_names

TOGETHER = 500


def count_terms(
    posts: Iterable[tuple[str, str]], most: int = MOST_TERMS, together: int = TOGETHER
) -> TermCounts | None:
    """Count the terms of posts, each of which is an author and a text; so many are taken in at once."""
    counter, hashes, reading, posts = TermCounter(most), [], Reading(NoWords()), iter(posts)
    while some := list(islice(posts, together)):
        if reading.is_full:
            reading = Reading(NoWords())
        hashes.append(hash_names([author for author, _ in some]))
        counter.add(reading, reading.numbers_of([text for _, text in some]))
    return counter.close(authors_of(hashes)) if hashes else None

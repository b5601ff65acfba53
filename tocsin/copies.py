"""Which posts have been counted lately, so that a copy of one can be told.

A post is known by its identifier and its author. Kept of both is one number of 64 bits, for dense buckets hold hundreds
of thousands of posts: two different posts share theirs once in 2**64 pairs, and the same ones always. Nobody can aim at
another's, since pseudonyms are made with a key.
"""

from collections.abc import Sequence

from tocsin.words import Hashes, hash_names, mix

Counted = set[int]  # keys of the posts of one bucket


def keys_of(ids: Sequence[str], authors: Hashes) -> Hashes:
    """Make the keys of posts.

    Args:
        ids: Their identifiers.
        authors: A hash of each one's author.
    """
    # Mixed, for sums of sums would be the same where two letters change places.
    return mix(hash_names(ids)) + authors

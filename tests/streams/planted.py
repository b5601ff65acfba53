"""Fifteen minutes of tweets full of what must go no further than Kafka: handles, links, numbers and addresses.

The story is that of :mod:`streams.news`: a word comes that nobody had used before. Whoever writes it also names
somebody, links to a channel and leaves a telephone number, in the same words as five others: what is said that often
would become a term, if words were all that it is.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from streams.news import BUCKET_MS, BUCKETS, NEWS, START, TALK, WORD

AUTHORS = tuple(f"{name}_{year}" for name in ("neda.agha", "sohrab.arabi", "taraneh.m") for year in range(60, 99))
MENTIONED = "azadi_witness"
LINKED = "blood_donors_tehran"
EMAIL = "ali.rezaei@posteo.example"
PHONE = "+989123456789"
WHISPER = "zargandehbridge"  # a place that a single author names
BROKEN = "parvaneh_in_a_broken_line"

# As they stand, and in the pieces that a tokeniser might leave of them.
SECRETS = (
    *AUTHORS,
    *(MENTIONED, LINKED, EMAIL, PHONE, WHISPER, BROKEN),
    *("t.me/", "posteo", "rezaei", "9123456789", "azadi witness", "blood_donors", "instagram.com"),
)
_PLANTED = f"#{WORD} @{MENTIONED} https://t.me/{LINKED} https://www.instagram.com/p/x1 {EMAIL} {PHONE}"


def planted(seed: int = 1) -> list[str]:
    """The tweets, as an archive in Twitter's format has them, one a line."""
    rnd = Random(seed)
    lines = []
    for number in range(BUCKETS):
        texts = [" ".join(rnd.choices(TALK, k=6)) for _ in range(14)]
        if number in NEWS:
            texts += [f"{_PLANTED} {rnd.choice(TALK)}" for _ in range(12)]
            texts.append(f"{WORD} near {WHISPER}")
        authors = rnd.sample(AUTHORS, len(texts))
        for n, (author, text) in enumerate(zip(authors, texts, strict=True)):
            at = datetime.fromtimestamp((START + number * BUCKET_MS + n * 100) / 1000, UTC)
            lines.append(_tweet(f"{number}{n:03}", author, at, text))
    return lines


def broken() -> Sequence[bytes]:
    """Lines that no pipeline can read, each with a handle in it."""
    return (
        f'{{"id":"1","author":"{BROKEN}","text":'.encode(),
        f'{{"id":"2","at":"{BROKEN}","source":"s","channel":"c","author":"a","text":"t"}}'.encode(),
        f'{{"id":"3","at":1,"source":"s","channel":"c","author":["{BROKEN}"],"text":"t"}}'.encode(),
        f'{{"id":"4","at":{START},"source":"{BROKEN} x","channel":"@{BROKEN}","author":"a","text":"t"}}'.encode(),
        f'{{"heartbeat":"https://t.me/{BROKEN}","at":{START},"channels":["sms"]}}'.encode(),
        f'{{"{BROKEN}":1}}'.encode(),
        BROKEN.encode() + b"\xff",
    )


def _tweet(number: str, author: str, at: datetime, text: str) -> str:
    stamp = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
    return json.dumps({"id": number, "author_id": author, "created_at": stamp, "lang": "en", "text": text})

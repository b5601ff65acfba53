"""What it costs to match the keywords of a post, beside the decoding of its JSON alone, in one and the same run.

Run it with ``python bench/bench_lexicon.py``. It wants nothing but the package, and takes about ten seconds.
"""

import statistics
import time
from collections.abc import Callable
from random import Random

import msgspec

from tocsin.lexicon import default_lexicon, load_lexicon
from tocsin.posts import Post, encode

BATCH = 500
LENGTH = 140
BATCHES = 20
ROUNDS = 9
WORDS = {
    "fa": "امروز در تهران مردم با هم به سوی دانشگاه رفتند و کسی نمی‌داند که فردا چه خواهد شد ولی همه امید دارند "
    "کتاب خانه مادر برادر دوست شهر روز شب ساعت خبر تازه دیدم گفتم می‌روم نیست است بود",
    "fr": "aujourd'hui à Téhéran les gens marchent vers l'université et personne ne sait ce que demain apportera mais "
    "tout le monde espère été où déjà très près d'ici heure nuit soir ami frère cœur forêt garçon",
    "en": "today in Tehran people walk towards the university and nobody knows what tomorrow will bring but they all "
    "hope friends brothers night hour news again please tell everyone you know RT via look here now",
}
KEYWORDS = {
    "fa": "تظاهرات انتخابات بازداشت اینترنت فیلترشکن بیمارستان شایعه",
    "fr": "manifestation élection arrestations blessés hôpital rumeur censure",
    "en": "protest election arrested gunfire hospital unconfirmed twitpic.com/6k2xq #IranElection",
}


def post(chance: Random, number: int) -> Post:
    """Write one post of 140 characters; about every second holds a keyword."""
    lang = chance.choice(("fa", "fr", "en"))
    ordinary, keywords = WORDS[lang].split(), KEYWORDS[lang].split()
    words: list[str] = []
    while sum(map(len, words)) + len(words) < LENGTH:
        words.append(chance.choice(keywords if chance.random() < 1 / 40 else ordinary))
        words.append(
            chance.choice((",", "...", "😀", "!", "#iran", "http://bit.ly/x7Yp")) if chance.random() < 0.1 else ""
        )
    text = " ".join(filter(None, words)).ljust(LENGTH, ".")[:LENGTH]
    return Post(str(number), 1_245_000_000_000 + number, "bench", "twitter", f"a{number % 999}", text, lang)


def microseconds(work: Callable[[], object], calls: int) -> float:
    """CPU time of one call: the median of several rounds, each of so many calls."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(calls):
            work()
        rounds.append((time.process_time() - began) / calls * 1e6)
    return statistics.median(rounds)


def main() -> None:
    """Measure and print."""
    chance = Random(2009)
    batches = [[post(chance, number) for number in range(BATCH)] for _ in range(BATCHES)]
    lines = [encode(batch) for batch in batches]
    texts = [[entry.text for entry in batch] for batch in batches]
    decoder = msgspec.json.Decoder(Post)
    began = time.process_time()
    lexicon = default_lexicon()
    print(f"building the default lexicon, once per process  {(time.process_time() - began) * 1e3:7.0f} ms")

    few = load_lexicon({"keywords": {lang: words.split() for lang, words in KEYWORDS.items()}})
    posts = BATCH * BATCHES
    hits = sum(mask.bit_count() for batch in texts for mask in lexicon.match(batch))
    print(f"{posts} posts of {LENGTH} characters in Persian, French and English, {hits / posts:.2f} groups a post")
    steps: dict[str, Callable[[], object]] = {
        "msgspec decode alone": lambda: [decoder.decode_lines(raw) for raw in lines],
        "match, default lexicon": lambda: [lexicon.match(batch) for batch in texts],
        "match, a lexicon of 22 words": lambda: [few.match(batch) for batch in texts],
    }
    costs = {name: microseconds(work, 3) / posts for name, work in steps.items()}
    for name, cost in costs.items():
        print(f"{name:<30} {cost:6.3f} us a post   {cost / costs['msgspec decode alone']:4.1f} times decode")
    for size in (1, 5, 20, 100):
        batch = texts[0][:size]
        cost = microseconds(lambda batch=batch: lexicon.match(batch), 500)
        print(f"match, a batch of {size:<12} {cost:6.1f} us a call")


if __name__ == "__main__":
    main()

"""Short posts in Persian, French and English, written for the scenarios. All are invented; none quotes anybody.

They say what a witness might report, in the plain words that the built-in lexicon looks for. Everyday posts use
none of those words, so that the share of each topic is what the scenario says.
"""

from collections.abc import Callable, Mapping, Sequence

MAX_LENGTH = 140
PHOTO_HOSTS = ("http://twitpic.com/", "http://yfrog.com/")
PLACES: Mapping[str, Sequence[str]] = {
    "en": ("Azadi Square", "Enghelab Square", "Vanak Square", "Valiasr Street", "Haft-e Tir", "the university"),
    "fr": ("la place Azadi", "la place Enghelab", "la place Vanak", "l'avenue Valiasr", "Haft-e Tir", "l'université"),
    "fa": ("میدان آزادی", "میدان انقلاب", "میدان ونک", "خیابان ولیعصر", "هفت تیر", "دانشگاه"),
}
TAGS: Mapping[str, Sequence[str]] = {
    "everyday": (),
    "election": ("#iranelection", "#iran09", "#iran"),
    "protest": ("#iranelection", "#iran", "#tehran"),
    "violence": ("#iranelection", "#tehran", "#iran"),
    "arrest": ("#iranelection", "#iran"),
    "censorship": ("#iranelection", "#iran"),
    "internet": ("#iran", "#tehran"),
    "broadcaster": ("#cnnfail",),
    "maintenance": ("#nomaintenance",),
    "sms_cut": ("#iran", "#iranelection"),
    "telephone_cut": ("#iran", "#tehran"),
    "internet_cut": ("#iran", "#tehran"),
    "web_down": ("#iran", "#tehran"),
    "twitter_down": ("#iran",),
}

_TEMPLATES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "everyday": {
        "en": (
            "good morning, tea first and then the rest",
            "traffic near {place} is slow again",
            "what a match last night, I hardly slept",
            "exam week, the library is full until {n} tonight",
            "anyone for lunch near {place} at {n}?",
            "the new song is on repeat since {n}",
            "so hot today, {n} degrees and no wind",
            "finally home, the bus took {n} minutes",
            "reading on the roof, the mountains are clear today",
            "can somebody recommend a good dentist near {place}?",
        ),
        "fr": (
            "bonjour, d'abord un thé et on verra",
            "encore des embouteillages près de {place}",
            "quel match hier soir, je n'ai pas dormi",
            "semaine d'examens, bibliothèque pleine jusqu'à {n} h",
            "on déjeune près de {place} vers {n} h ?",
            "il fait chaud, {n} degrés et pas de vent",
            "enfin rentré, {n} minutes de bus",
            "je lis sur le toit, on voit bien les montagnes",
        ),
        "fa": (
            "صبح بخیر، اول چای بعد بقیه کارها",
            "ترافیک نزدیک {place} باز هم سنگین است",
            "دیشب عجب بازی خوبی بود، اصلا نخوابیدم",
            "هفته امتحان است و کتابخانه تا ساعت {n} پر است",
            "ساعت {n} نزدیک {place} ناهار بخوریم؟",
            "امروز خیلی گرم است، {n} درجه و بدون باد",
            "بالاخره رسیدم خانه، اتوبوس {n} دقیقه طول کشید",
            "روی پشت بام کتاب می خوانم، کوه ها پیداست",
            "مامان من رسیدم، نگران نباش",
            "امشب ساعت {n} شام بیایید پیش ما",
        ),
    },
    "election": {
        "en": (
            "long queue to vote near {place}, {n} minutes so far",
            "the election is all that people talk about at {place}",
            "polling station near {place} stays open until {n}",
            "waiting for the election results, nobody sleeps tonight",
            "my grandmother voted today, she is so proud of her ballot",
            "they announced new election figures at {n}, people compare notes",
        ),
        "fr": (
            "longue file pour voter près de {place}, déjà {n} minutes",
            "on ne parle que de l'élection à {place}",
            "bureau de vote ouvert jusqu'à {n} h près de {place}",
            "on attend les résultats de l'élection, personne ne dort",
            "ma grand-mère est allée voter, très fière de son bulletin de vote",
        ),
        "fa": (
            "صف طولانی رای نزدیک {place}، تا حالا {n} دقیقه",
            "همه در {place} از انتخابات حرف می زنند",
            "حوزه رای گیری نزدیک {place} تا ساعت {n} باز است",
            "منتظر نتیجه انتخابات هستیم، کسی نمی خوابد",
            "مادربزرگم هم امروز رای داد و خیلی خوشحال است",
        ),
    },
    "protest": {
        "en": (
            "huge protest at {place}, people walk in silence",
            "protesters fill the street from {place} as far as I can see",
            "the demonstration near {place} is peaceful, families and old people",
            "rally at {place} at {n}, thousands are here already",
            "march passes {place} now, green everywhere",
            "I counted {n} buses stopped by the demonstration at {place}",
        ),
        "fr": (
            "immense manifestation à {place}, les gens marchent en silence",
            "les manifestants remplissent la rue depuis {place}",
            "la manifestation près de {place} est calme, des familles entières",
            "rassemblement à {place} vers {n} h, déjà des milliers de gens",
            "le cortège passe devant {place}, du vert partout",
        ),
        "fa": (
            "تظاهرات بزرگ در {place}، مردم در سکوت راه می روند",
            "معترضان از {place} تا جایی که می بینم خیابان را پر کرده اند",
            "اعتراض نزدیک {place} آرام است، خانواده ها هم آمده اند",
            "تجمع در {place} ساعت {n}، هزاران نفر اینجا هستند",
            "راهپیمایی حالا از {place} می گذرد، همه جا سبز است",
        ),
    },
    "violence": {
        "en": (
            "gunfire heard near {place} at {n}, stay away please",
            "several wounded near {place}, the hospital asks for blood",
            "tear gas at {place}, people help one another",
            "one killed near {place}, we are all in shock",
            "shots fired close to {place}, we are inside and safe",
        ),
        "fr": (
            "coups de feu entendus près de {place} vers {n} h, restez à l'écart",
            "plusieurs blessés près de {place}, l'hôpital demande du sang",
            "gaz lacrymogène à {place}, les gens s'entraident",
            "un mort près de {place}, nous sommes sous le choc",
        ),
        "fa": (
            "صدای تیراندازی نزدیک {place} ساعت {n}، لطفا نزدیک نشوید",
            "چند زخمی نزدیک {place}، بیمارستان خون می خواهد",
            "گاز اشک آور در {place}، مردم به هم کمک می کنند",
            "یک نفر نزدیک {place} کشته شد، همه در شوک هستیم",
        ),
    },
    "arrest": {
        "en": (
            "two students arrested near {place}, families wait outside",
            "a journalist was detained at {n}, no news since",
            "mass arrests reported around {place} last night",
            "my neighbour was arrested at home, his brother asks for a lawyer",
        ),
        "fr": (
            "deux étudiants arrêtés près de {place}, les familles attendent",
            "un journaliste a été arrêté vers {n} h, aucune nouvelle",
            "vague d'arrestations autour de {place} cette nuit",
        ),
        "fa": (
            "دو دانشجو نزدیک {place} بازداشت شدند، خانواده ها منتظرند",
            "یک روزنامه نگار ساعت {n} دستگیر شد و خبری از او نیست",
            "بازداشت های گسترده دیشب اطراف {place}",
        ),
    },
    "censorship": {
        "en": (
            "news sites are blocked since {n}, who else sees this?",
            "censorship again: the candidate's site is filtered",
            "half of my bookmarks are blocked today",
            "is this site censored for you too? here since {n}",
        ),
        "fr": (
            "les sites d'information sont bloqués depuis {n} h",
            "encore la censure : le site du candidat est filtré",
            "la moitié de mes favoris est bloquée aujourd'hui",
        ),
        "fa": (
            "سایت های خبری از ساعت {n} فیلتر شده اند",
            "باز هم سانسور، سایت نامزد فیلتر است",
            "نصف سایت هایی که می خوانم امروز مسدود است",
        ),
    },
    "internet": {
        "en": (
            "internet is very slow near {place} today",
            "the internet drops every {n} minutes here",
            "connection lost again, back on dial-up for now",
        ),
        "fr": (
            "internet est très lent près de {place} aujourd'hui",
            "internet tombe toutes les {n} minutes ici",
            "connexion internet perdue encore une fois",
        ),
        "fa": (
            "اینترنت امروز نزدیک {place} خیلی کند است",
            "اینترنت هر {n} دقیقه قطع می شود",
            "باز هم اینترنت قطع شد",
        ),
    },
    "broadcaster": {
        "en": (
            "why is there nothing of this on the evening news?",
            "turned the television on and off again, not a word",
            "{n} hours and the big channel shows a repeat",
        ),
        "fr": (
            "pourquoi rien de tout cela au journal du soir ?",
            "allumé la télé, éteint la télé : pas un mot",
        ),
        "fa": (
            "چرا اخبار شب هیچ چیز از این نمی گوید؟",
            "تلویزیون را روشن کردم، حتی یک کلمه هم نگفت",
        ),
    },
    "maintenance": {
        "en": (
            "please move the maintenance, people need this tonight",
            "a maintenance window now? not in the middle of the day in Tehran",
            "asking for the maintenance to wait {n} hours",
        ),
        "fr": (
            "merci de déplacer la maintenance, les gens en ont besoin ce soir",
            "une maintenance maintenant ? à Téhéran c'est le jour",
        ),
        "fa": (
            "لطفا تعمیرات سایت را عقب بیندازید، مردم لازم دارند",
            "الان چرا maintenance؟ در تهران روز است",
        ),
    },
    "sms_cut": {
        "en": (
            "SMS is not working since {n}, is it only me?",
            "sms down in the whole city, call instead",
            "text messages do not arrive any more, SMS is cut",
        ),
        "fr": (
            "SMS coupés depuis {n} h, c'est pareil chez vous ?",
            "plus de SMS dans toute la ville, appelez plutôt",
        ),
        "fa": (
            "پیامک قطع است از ساعت {n}، شما هم همینطور؟",
            "اس ام اس قطع شده، به جایش زنگ بزنید",
            "پیامک کار نمی کند در کل شهر",
        ),
    },
    "telephone_cut": {
        "en": (
            "mobile phones are cut since {n}, nobody can reach anybody",
            "the mobile network is down around {place}",
            "phone lines dead near {place}, is it the same for you?",
            "no mobile network at {place} for {n} minutes",
        ),
        "fr": (
            "téléphones coupés depuis {n} h, impossible de joindre la famille",
            "le réseau mobile est coupé près de {place}",
            "plus de réseau mobile à {place}, et chez vous ?",
        ),
        "fa": (
            "تلفن همراه قطع است از ساعت {n}، شما هم همینطور؟",
            "شبکه موبایل نزدیک {place} قطع شده",
            "موبایل کار نمی کند در کل شهر",
            "خط تلفن قطع است نزدیک {place}",
        ),
    },
    "internet_cut": {
        "en": (
            "the internet is cut since {n}, is it only here?",
            "internet down near {place}, even the neighbours have none",
            "no internet at home for {n} minutes",
            "the internet is not working in the whole city",
        ),
        "fr": (
            "internet coupé depuis {n} h, c'est pareil chez vous ?",
            "plus d'internet près de {place}",
            "internet ne marche plus dans toute la ville",
        ),
        "fa": (
            "اینترنت قطع است از ساعت {n}، شما هم همینطور؟",
            "اینترنت در کل شهر قطع شده",
            "اینترنت کار نمی کند نزدیک {place}",
        ),
    },
    "web_down": {
        "en": (
            "all web sites are down since {n}, who else sees this?",
            "websites not working here, not a single one",
            "the web is down in the whole city",
        ),
        "fr": (
            "tous les sites web sont en panne depuis {n} h",
            "les sites web ne marchent plus, c'est pareil chez vous ?",
            "plus un seul site web ne répond, le web est coupé",
        ),
        "fa": (
            "وب سایت ها از ساعت {n} قطع است، شما هم همینطور؟",
            "سایت ها باز نمی شوند، هیچ کدام",
            "هیچ سایتی کار نمی کند در کل شهر",
        ),
    },
    "twitter_down": {
        "en": (
            "twitter is down since {n}, is it only me?",
            "twitter down again, tell the others",
            "twitter is not working here for {n} minutes",
        ),
        "fr": (
            "twitter est en panne depuis {n} h, c'est pareil chez vous ?",
            "twitter ne marche plus, prévenez les autres",
            "twitter coupé depuis {n} minutes",
        ),
        "fa": (
            "توییتر قطع است از ساعت {n}، شما هم همینطور؟",
            "توییتر باز نمی شود، به بقیه خبر بدهید",
            "توییتر از کار افتاده، {n} دقیقه شد",
        ),
    },
}

TOPICS = tuple(_TEMPLATES)
_PHOTO_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def templates(topic: str, lang: str) -> Sequence[str]:
    """List the templates of a topic in a language."""
    return _TEMPLATES[topic][lang]


def compose(topic: str, lang: str, chance: Callable[[], float], *, tags: bool, photo: bool, repost: bool) -> str:
    """Write one post.

    Args:
        topic: One of :data:`TOPICS`.
        lang: ``fa``, ``en`` or ``fr``.
        chance: Uniform in [0, 1); the only source of variety.
        tags: Whether people use hashtags on this channel.
        photo: Whether it links to a picture.
        repost: Whether it repeats somebody.

    Returns:
        At most 140 characters.
    """
    text = _pick(_TEMPLATES[topic][lang], chance)
    if "{" in text:
        text = text.format(place=_pick(PLACES[lang], chance), n=2 + int(chance() * 21))
    if tags and TAGS[topic]:
        text = f"{text} {_pick(TAGS[topic], chance)}"
    if photo:
        name = "".join(_pick(_PHOTO_LETTERS, chance) for _ in range(5))
        text = f"{text} {_pick(PHOTO_HOSTS, chance)}{name}"
    return f"RT {text}" if repost else text


def _pick(values: Sequence[str], chance: Callable[[], float]) -> str:
    return values[int(chance() * len(values))]

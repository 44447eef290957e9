"""What hours and parts of a day are called, language by language, for `bot/places/hours.py`.

For the languages of Discord as far as we are sure of them: what these tables lack is refused, never
guessed. A language is called as in dateparser; in each entry, | separates spellings.
"""

NOON = {
    "en": "noon",
    "fr": "midi",
    "it": "a mezzogiorno|mezzogiorno",
    "pt": "(?:ao )?meio[- ]dia",
    "pl": "w południe|południe",
    "cs": "v poledne|poledne",
    "hr": "u podne|podne",
    "hu": "délben|dél",
    "ru": "в полдень|полдень",
    "uk": "опівдні|полудень",
    "lt": "vidurdienį|vidurdienis",
    "fi": "keskipäivällä|keskipäivä",
    "th": "เที่ยงวัน|เที่ยงตรง",
    "zh": "正午",
    "ja": "正午",
    "ko": "정오",
}
"""Words for twelve o'clock and nothing else."""

MIDDAY = {
    "en": "midday",
    "de": "mittags|mittag",
    "es": "(?:al? )?medio ?d[ií]a",
    "ro": "la amiază|amiază|la prânz|prânz",
    "bg": "на обяд|обяд|по пладне|пладне",
    "el": "το μεσημέρι|μεσημέρι",
    "tr": "öğleyin|öğlen|öğle",
    "vi": "buổi trưa|trưa",
    "hi": "दोपहर",
    "id": "tengah hari",
    "zh": "中午",
    "ja": "お昼|昼",
}
"""Words for noon that may as well be the hours around it."""

MIDNIGHT = {
    "en": "midnight",
    "de": "mitternachts|mitternacht",
    "fr": "minuit",
    "es": "(?:a )?medianoche",
    "it": "(?:a )?mezzanotte",
    "pt": "(?:à )?meia[- ]noite",
    "nl": "middernacht",
    "sv": "midnatt",
    "da": "midnat",
    "nb": "midnatt",
    "pl": "o północy|północ",
    "cs": "o půlnoci|půlnoc",
    "hr": "u ponoć|ponoć",
    "hu": "éjfélkor|éjfél",
    "ro": "miezul nopții",
    "ru": "в полночь|полночь",
    "uk": "опівночі|північ",
    "bg": "в полунощ|полунощ",
    "el": "τα μεσάνυχτα|μεσάνυχτα",
    "lt": "vidurnaktį|vidurnaktis",
    "fi": "keskiyöllä|keskiyö",
    "tr": "gece yarısı",
    "vi": "nửa đêm",
    "th": "เที่ยงคืน",
    "id": "tengah malam",
    "zh": "午夜|半夜",
    "ja": "真夜中",
    "ko": "자정",
}

_MORNING, _AFTERNOON, _EVENING = (1, 11), (12, 18), (17, 23)
PARTS = {
    "en": {
        "in the morning": _MORNING,
        "in the afternoon": _AFTERNOON,
        "in the evening|at night": _EVENING,
    },
    "de": {
        "morgens|vormittags|in der früh": _MORNING,
        "nachmittags": _AFTERNOON,
        "abends": _EVENING,
    },
    "fr": {"du matin": _MORNING, "de l['’]après-midi": _AFTERNOON, "du soir": _EVENING},
    "es": {"de la mañana": _MORNING, "de la tarde": (12, 20), "de la noche": _EVENING},
    "it": {
        "del mattino|di mattina": _MORNING,
        "del pomeriggio": _AFTERNOON,
        "di sera|della sera": _EVENING,
    },
    "pt": {"da manhã": _MORNING, "da tarde": _AFTERNOON, "da noite": _EVENING},
    "nl": {
        "['’]s ochtends|['’]s morgens": _MORNING,
        "['’]s middags": _AFTERNOON,
        "['’]s avonds": _EVENING,
    },
    "pl": {"rano": _MORNING, "po południu": _AFTERNOON, "wieczorem": _EVENING},
    "ru": {"утра": _MORNING, "дня": _AFTERNOON, "вечера": _EVENING},
    "uk": {"ранку": _MORNING, "дня": _AFTERNOON, "вечора": _EVENING},
    "vi": {"sáng": _MORNING, "chiều": _AFTERNOON, "tối": _EVENING},
    "zh": {"上午|早上": _MORNING, "下午": _AFTERNOON, "晚上": _EVENING},
    "ja": {"午前": _MORNING, "午後": (12, 23), "夜": _EVENING},
    "ko": {"오전": _MORNING, "오후": (12, 23), "저녁": _EVENING},
}
"""Parts of a day, with the first and last of their hours: "6 in the evening", "下午3点"."""

NUMBERS = {
    "en": "one two three four five six seven eight nine ten eleven twelve",
    "de": "ein|eins zwei|zwo drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "une deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "una dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "it": "una due tre quattro cinque sei sette otto nove dieci undici dodici",
    "pt": "uma duas três quatro cinco seis sete oito nove dez onze doze",
    "nl": "een twee drie vier vijf zes zeven acht negen tien elf twaalf",
    "sv": "ett två tre fyra fem sex sju åtta nio tio elva tolv",
    "da": "et to tre fire fem seks syv otte ni ti elleve tolv",
    "nb": "ett to tre fire fem seks sju åtte ni ti elleve tolv",
}
SPOKEN = {
    "en": {
        "half past {n}": 30,
        "(?:a )?quarter (?:past|after) {n}": 15,
        "(?:a )?quarter to {n}": -15,
        "{n} o['’]?clock": 0,
        "at {word}": 0,
    },
    "de": {
        "halb {n}": -30,
        "viertel nach {n}": 15,
        "viertel vor {n}": -15,
        "dreiviertel {n}": -15,
        "{word} uhr": 0,
        "um {word}": 0,
    },
    "fr": {
        "{n} heures? et demie?": 30,
        "{n} heures? et quart": 15,
        "{n} heures? moins le quart": -15,
        "{n} heures?": 0,
    },
    "es": {
        "las? {n} y media": 30,
        "las? {n} y cuarto": 15,
        "las? {n} menos cuarto": -15,
        "{n} horas": 0,
        "a las? {n}": 0,
    },
    "it": {
        "{n} e mezz[ao]": 30,
        "{n} e un quarto": 15,
        "{n} meno un quarto": -15,
        "(?:alle|ore) {n}": 0,
    },
    "pt": {"{n} e meia": 30, "{n} horas": 0, "às {n}": 0},
    "nl": {
        "half {n}": -30,
        "kwart over {n}": 15,
        "kwart voor {n}": -15,
        "{n} uur": 0,
        "om {n}": 0,
    },
    "sv": {
        "halv {n}": -30,
        "kvart över {n}": 15,
        "kvart i {n}": -15,
        "(?:klockan|kl\\.?) {n}": 0,
    },
    "da": {
        "halv {n}": -30,
        "kvart over {n}": 15,
        "kvart i {n}": -15,
        "(?:klokken|kl\\.?) {n}": 0,
    },
    "nb": {
        "halv {n}": -30,
        "kvart over {n}": 15,
        "kvart på {n}": -15,
        "(?:klokken|kl\\.?) {n}": 0,
    },
    "fi": {"(?:kello|klo) {n}": 0},
    "pl": {"(?:o|godz\\.?) {n}": 0},
    "cs": {"{n} hodin[auy]?": 0},
    "hr": {"{n} sat[ai]?": 0},
    "hu": {"{n} óra(?:kor)?": 0},
    "ro": {"(?:la )?ora {n}": 0},
    "ru": {"(?:в )?{n} час(?:ов|а)?": 0},
    "uk": {"(?:о )?{n} годин[аиі]?": 0},
    "bg": {"(?:в )?{n} часа?": 0},
    "lt": {"{n} val\\.?": 0},
    "tr": {"saat {n}": 0},
    "vi": {"(?:lúc )?{n} giờ": 0},
    "id": {"(?:pukul|jam) {n}": 0},
    "hi": {"{n} बजे": 0},
    "th": {"{n} นาฬิกา": 0},
}
"""Ways to name an hour, with the minutes to be added; {n} is a number or its word."""

"""Rules that find e-mail addresses, links, dates, money and the like by their form, in linear time.

Every repetition is bounded and every pattern says what must not stand before it, so that no text makes the
search start over and over in one run of characters: 10,000 characters of any text take some milliseconds.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

# What a rule has taken is filled with this, so that the later rules do not see it.
TAKEN = "\x00"

EMAIL, URL, MENTION, HASHTAG = "email", "url", "mention", "hashtag"
DATE, TIME, MONEY, QUANTITY, PHONE = "date", "time", "money", "quantity", "phone"
NAME = "name"

PHONE_DIGITS_MIN = 8
PHONE_DIGITS_MAX = 15
LOCAL_PHONE_DIGITS_MIN = 7
DAYS_MAX = 31
MONTHS_MAX = 12

Bounds = tuple[int, int] | None


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A stretch of the text, in characters `start` to `end` (exclusive), and what it is."""

    start: int
    end: int
    kind: str


def _whole(match: re.Match[str]) -> Bounds:
    return match.span()


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, what it finds, and what of a match is taken (None: nothing)."""

    kind: str
    pattern: re.Pattern[str]
    bounds: Callable[[re.Match[str]], Bounds] = _whole


def find_all(text: str) -> tuple[list[Entity], str]:
    """Find what the rules find, in text order, and give the text with the finds blanked, of the same length.

    >>> [text[one.start:one.end] for text in ["Mail ann@example.org by 3 May"] for one in find_all(text)[0]]
    ['ann@example.org', '3 May']
    """
    found: list[Entity] = []
    rest = text
    for rule in RULES:
        taken = list(_matches(rule, rest))
        if taken:
            rest = blank(rest, taken)
            found += taken
    return sorted(found), rest


def blank(text: str, taken: list[Entity]) -> str:
    """Fill what is taken, so that its characters match no rule; `taken` is in text order."""
    pieces: list[str] = []
    end = 0
    for one in taken:
        pieces += [text[end : one.start], TAKEN * (one.end - one.start)]
        end = one.end
    return "".join([*pieces, text[end:]])


def _matches(rule: Rule, text: str) -> Iterator[Entity]:
    for match in rule.pattern.finditer(text):
        bounds = rule.bounds(match)
        if bounds is not None:
            yield Entity(*bounds, rule.kind)


def one_of(words: str) -> str:
    """Fold words into a pattern that shares their beginnings: many times faster than trying one after another.

    >>> one_of("mon monday sun")
    '(?:mon(?:day)?|sun)'
    """
    tree: dict[str, Any] = {}
    for word in words.split():
        node = tree
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return _fold(tree)


def _fold(tree: dict[str, Any]) -> str:
    branches = [re.escape(character) + _fold(rest) for character, rest in sorted(tree.items()) if character]
    if "" in tree:
        return f"(?:{'|'.join(branches)})?" if branches else ""
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


# --- Links and addresses

_BRACKETS = {")": "(", "]": "[", "}": "{"}


def _without_closing_marks(match: re.Match[str]) -> Bounds:
    """Leave the sentence's own marks out of a link; a bracket stays where the link opened it."""
    link = match[0]
    while link and (link[-1] in ".,;:!?'\"’”»…*" or _closes_a_foreign_bracket(link)):
        link = link[:-1]
    return (match.start(), match.start() + len(link)) if len(link) > len("www.") else None


def _closes_a_foreign_bracket(link: str) -> bool:
    opening = _BRACKETS.get(link[-1])
    return opening is not None and link.count(opening) < link.count(link[-1])


_LABEL = r"[^\W_](?:[^\W_]|-){0,62}"
_PLAIN_ENDS = r"com|org|net|edu|gov|info|io|app|dev|(?:co|ac|org|gov)\.uk|com\.au|co\.nz|co\.jp|com\.br"
_LINK = re.compile(r"(?<![\w@])(?:https?://|ftp://|www\.)[^\s<>\"“”\x00\ud800-\udfff]{1,500}", re.IGNORECASE)
_EMAIL = re.compile(
    rf"(?<![\w.+%/-])\w[\w.+%'-]{{0,63}}@(?:{_LABEL}\.){{1,6}}[^\W\d_]{{2,24}}(?![\w@-]|\.\w)"
)
# Without http a name is a link if it ends as most do; or in any way if a path follows.
_BARE_LINK = re.compile(
    rf"(?<![\w@.+%-])(?:{_LABEL}\.){{1,5}}(?:(?:{_PLAIN_ENDS})(?![\w@-]|\.\w)(?:/[^\s<>\"“”\x00\ud800-\udfff]{{0,300}})?"
    r"|[a-z]{2,10}/[^\s<>\"“”\x00\ud800-\udfff]{1,300})",
    re.IGNORECASE,
)
_MARKS = r"\u0300-\u036f\u0900-\u0dff\u0e00-\u0e7f"
_MENTION = re.compile(
    r"(?<![\w@./])@(?!\d{1,2}(?:am|pm)\b)(?=\w{0,50}[^\W\d_])\w{1,50}(?:@(?:[\w-]{1,63}\.){1,4}[a-z]{2,24})?"
)
_HASHTAG = re.compile(rf"(?<![\w&/#])[#\uff03](?=\w{{0,100}}[^\W\d_])[\w{_MARKS}]{{1,100}}")

# --- Numbers

_GAP = r"[ \u00a0\u202f]"
# Not after a digit, nor inside 1,1,1 or 1.1.1: there each start would be tried anew.
_NOT_INSIDE = r"(?<![\w\x00])(?<!\d[.,:/])"
_NUMBER = (
    rf"(?:\d{{1,3}}(?:[,.'’]\d{{3}}|{_GAP}\d{{3}}){{1,4}}(?:[.,]\d{{1,2}})?(?!\d)"
    r"|\d{1,12}(?:[.,]\d{1,4})?(?:[½¼¾])?(?!\d)|[½¼¾])"
)
_NUMBER_WORD = one_of(
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty seventy"
    " eighty ninety hundred thousand million billion dozen"
)
_NUMBER_WORDS = rf"(?:(?:{_NUMBER_WORD}|(?<=\ba{_GAP})few)(?:{_GAP}|-)){{1,4}}"

_SYMBOLS = "$€£¥₹₽₩₺₴₪₫฿₦"
_CODES = "USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|RMB|INR|SEK|NOK|DKK|PLN|CZK|HUF|RUB|TRY|BRL|MXN|ZAR|KRW|SGD|HKD|ILS|AED"
_COINS = one_of(
    "dollar dollars euro euros pound pounds cent cents buck bucks quid yen franc francs rupee rupees rouble roubles"
    " ruble rubles peso pesos pence franken kronen kronor kroner zł kč kr dólares libras"
)
_MAGNITUDE = (
    rf"(?:{_GAP}?(?:k|m|mn|mln|bn|b|tn|mio\.?|mrd\.?)|{_GAP}(?:thousand|million|billion|trillion|millionen"
    r"|milliarden|millions|milliards|millones|mil))(?!\w)"
)
_AMOUNT = rf"{_NUMBER}(?:{_MAGNITUDE})?"
_MONEY = re.compile(
    rf"(?<![\w\x00{_SYMBOLS}])(?=[A-Z{_SYMBOLS}])(?:(?:US|CA|AU|NZ|HK|A|C|R|S)?[{_SYMBOLS}]|(?-i:{_CODES})){_GAP}?{_AMOUNT}"
    rf"(?:{_GAP}?[-–]{_GAP}?[{_SYMBOLS}]?{_AMOUNT})?(?:{_GAP}?(?-i:{_CODES}))?(?!\w)"
    rf"|{_NOT_INSIDE}(?=[a-z\d½¼¾])(?:{_AMOUNT}(?:{_GAP}?[-–]{_GAP}?{_AMOUNT})?"
    rf"(?=[ \u00a0\u202f-]?[A-Z¢{_SYMBOLS}])[ \u00a0\u202f-]?"
    rf"|{_NUMBER_WORDS}(?![{_SYMBOLS}]))"
    rf"(?:(?:{_COINS}|(?-i:{_CODES}))(?!\w)|[{_SYMBOLS}¢](?![\w{_SYMBOLS}]))",
    re.IGNORECASE,
)

# Symbols count as they are written: 5 m, but not 5 M; 3 GB, but not 3 gb-.
_UNIT_SYMBOLS = (
    "km/h|km²|km2|km|m²|m2|m³|cm|mm|µm|nm|m/s|m|kg|mg|µg|g|lbs?|oz|ml|mL|cl|dl|l|L|kWh|kW|MW|GW|mAh|Ah|GHz|MHz|kHz|Hz"
    "|W|V|TB|GB|MB|KB|kB|GiB|MiB|Mbps|Gbps|Mbit/s|dB|kcal|kJ|hPa|bar|psi|mph|kph|kmh|mpg|ft|yd|px|dpi|fps|rpm|bpm"
    "|hrs?|h|min|mins|secs?|ms|yrs?|°[CF]|º[CF]|K(?=elvin)|sq{gap}?ft|ha|pct"
)
_UNIT_WORDS = one_of(
    "percent prozent degree degrees mile miles kilometer kilometers kilometre kilometres kms meter meters metre"
    " metres centimeter centimeters centimetre centimetres inch inches feet foot yard yards acre acres hectare"
    " hectares kilo kilos kilogram kilograms gram grams ounce ounces ton tons tonne tonnes liter liters litre"
    " litres gallon gallons pint pints cup cups tablespoon tablespoons teaspoon teaspoons calorie calories"
    " gigabyte gigabytes megabyte megabytes gig gigs watt watts volt volts knot knots"
    " second seconds minute minutes hour hours night nights day days week weeks month months year years decade"
    " decades sekunde sekunden minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre"
    " jahren grad kilometern heure heures jour jours semaine semaines mois ans kilomètre kilomètres mètre mètres"
    " hora horas minuto minutos día días dia dias semana semanas meses año años ano anos"
    " ore giorni settimane mesi anni uur uren dagen weken maanden jaar"
)
_QUANTITY = re.compile(
    rf"{_NOT_INSIDE}(?=[-−+±\d½¼¾])[-−+±]?{_NUMBER}(?:{_GAP}?[-–]{_GAP}?{_NUMBER}|{_GAP}?million|{_GAP}?thousand)?"
    rf"(?=[ \u00a0\u202f-]?[%‰℃℉°ºa-zµA-Z])"
    rf"(?:{_GAP}?(?:[%‰℃℉]|°(?![CF]))|{_GAP}?(?:{_UNIT_SYMBOLS.format(gap=_GAP)})(?![\w/²³])"
    rf"|[ \u00a0\u202f-]?(?i:{_UNIT_WORDS})(?!\w)|{_GAP}[st](?![\w'’]))"
    rf"|(?<![\w\x00-])(?=[A-Za-z])(?i:{_NUMBER_WORDS}(?:{_UNIT_WORDS}))(?!\w)"
)


def _quantity(match: re.Match[str]) -> Bounds:
    """Refuse what only looks like one: 4g is a telephone network, 2day is today."""
    return None if re.fullmatch(r"[2-6]g|2day", match[0]) else match.span()


# --- Telephone numbers

_INTERNATIONAL = re.compile(r"(?<![\w+\x00])(?:\+|00(?=[1-9]))\d[\d ().\-/]{5,24}\d(?!\d)")
_NATIONAL = re.compile(
    r"(?<![\w+.\x00])(?<!\d[ ,/-])(?:(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-]|\.\d)"
    r"|1-8\d\d-[A-Z]{7}(?!\w)|\(?0[1-9][\d ()/.-]{6,18}\d(?![\w-]|[.,]\d))"
)
_ANNOUNCED = re.compile(
    r"\b(?:tel|telephone|phone|fax|mobile|cell|call|text|ring|dial|whatsapp|telefon|tél|teléfono|appelez|llame)"
    r"(?:(?: (?:no|number|us|me|him|her|them|at|on|is|al))|[.:#]){0,3} ?:? ?(\(?\d[\d ().-]{5,18}\d)(?!\d)",
    re.IGNORECASE,
)


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _international(match: re.Match[str]) -> Bounds:
    """Take a number of 8 to 15 digits; a last lone digit after a space belongs to the sentence."""
    number = re.sub(r" \d$", "", match[0])
    if not PHONE_DIGITS_MIN <= _digits(number) <= PHONE_DIGITS_MAX or "  " in number:
        return None
    return match.start(), match.start() + len(number)


def _national(match: re.Match[str]) -> Bounds:
    """Take what has 9 to 12 digits in not too many groups (01 02 03 04 are no telephone number)."""
    is_likely = 9 <= _digits(match[0]) <= 12 or match[0][-1].isalpha()  # noqa: PLR2004 - what countries have
    return match.span() if is_likely and "  " not in match[0] else None


def _announced(match: re.Match[str]) -> Bounds:
    is_likely = LOCAL_PHONE_DIGITS_MIN <= _digits(match[1]) <= PHONE_DIGITS_MAX
    return match.span(1) if is_likely else None


# --- Dates and times

_MONTHS_EN = "January February March April May June July August September October November December"
_MONTHS = (
    "(?:"
    + one_of(
        f"{_MONTHS_EN.lower()} januar jänner februar märz mai juni juli oktober dezember"
        " janvier février mars avril juin juillet août septembre octobre novembre décembre"
        " enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre"
        " gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre"
        " janeiro fevereiro março maio junho julho setembro outubro novembro dezembro"
        " januari februari maart mei augustus"
    )
    + rf"(?!\w)|{one_of('jan feb mar apr jun jul aug sep sept oct okt nov dec dez')}(?!\w)\.?)"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_YEAR = r"(?:1[5-9]|20)\d\d(?!\d|[.,]\d)"
_WEEKDAYS = one_of(
    "monday tuesday wednesday thursday friday saturday sunday"
    " montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag"
    " lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo"
    " lunedì martedì mercoledì giovedì venerdì sabato domenica"
    " maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"
)
_SHORT_WEEKDAYS = rf"{one_of('mon tue tues wed thu thur thurs fri sat sun')}(?!\w)\.?"
_OF = rf"{_GAP}(?:of{_GAP}|de{_GAP}|the{_GAP})?"
_PART_OF_DAY = rf"(?:{_GAP}(?:morning|afternoon|evening|night)(?!\w))?"
_SPAN_AGO = rf"(?:minutes?|hours?|days?|weeks?|months?|years?){_GAP}ago(?!\w)"
_DAY_MONTH = (
    rf"(?:the{_GAP})?{_DAY}(?:st|nd|rd|th|er|\.|º)?{_OF}(?!may\b(?-i:(?<=may))){_MONTHS}(?!\w)"
    rf"(?:,?{_GAP}(?:de{_GAP})?{_YEAR})?"
)
_MONTH_DAY = rf"{_MONTHS}{_GAP}(?:the{_GAP})?{_DAY}(?:st|nd|rd|th)?(?![\w:%]|[.,]\d)(?:,?{_GAP}{_YEAR})?"
# Which characters may begin a match is said first: most places of a text then cost one look.
_NUMBERED_DATE = re.compile(
    r"(?<![\w.\x00-])(?=\d)(?<!\d[/,])(?:"
    r"(?:1[5-9]|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])"
    rf"|(?:1[5-9]|20)\d\d/{_DAY}/{_DAY}(?![\w/])|\d{{4}}年(?:\d{{1,2}}月(?:\d{{1,2}}日)?)?"
    rf"|{_DAY_MONTH}(?!\w)|\d{{1,3}}{_GAP}{_SPAN_AGO}|(?:19|20)\d0s(?!\w))",
    re.IGNORECASE,
)
_WORDED_DATE = re.compile(
    rf"(?<![\w.\x00-])(?=[a-zäåéàáíóúçñ](?:[a-zäéíóúûç]|{_GAP}|[1-4]))(?:"
    rf"(?:(?:{_WEEKDAYS}|{_SHORT_WEEKDAYS}),?{_GAP})?(?:{_DAY_MONTH}|{_MONTH_DAY})(?!\w)"
    rf"|{_MONTHS}(?:,|{_GAP}of|{_GAP}de)?{_GAP}{_YEAR}|Q[1-4]{_GAP}{_YEAR}"
    rf"|(?:(?:next|last|this|every|nächsten|letzten){_GAP})?{_WEEKDAYS}s?(?!\w){_PART_OF_DAY}"
    rf"|(?:next|last|this|past){_GAP}(?:week(?:end)?|month|year|summer|winter|spring|autumn|night|morning|evening)"
    rf"(?!\w)|(?:an?|a{_GAP}few|several|{_NUMBER_WORD}){_GAP}{_SPAN_AGO}"
    rf"|(?:the{_GAP}day{_GAP}(?:after{_GAP}tomorrow|before{_GAP}yesterday)|today|tomorrow|yesterday|tonight)"
    rf"(?!\w){_PART_OF_DAY})",
    re.IGNORECASE,
)
_SLASHED = re.compile(r"(?<![\w./,\x00-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w/]|[.,-]\d)")
# A month or a year alone is a date where the word before says so.
_AFTER_PREPOSITION = re.compile(
    rf"\b(?:in|since|until|till|by|from|during|of|before|after|early|late|mid|to|seit|bis|im|en|depuis|desde){_GAP}"
    rf"((?-i:(?:{'|'.join(_MONTHS_EN.split())}))(?!\w|{_GAP}(?-i:[A-Z]))"
    r"|(?:19[0-9]|20[0-4])\d(?![\w%]|[.,:-]\d))",
    re.IGNORECASE,
)

_ZONE = rf"(?:{_GAP}?(?:UTC|GMT|[ECMP][SD]?T|CES?T|BST|IST|JST|Z)(?!\w))?"
_HALF = rf"{_GAP}?(?:[ap]\.m\b\.?|[ap]m\b)"
_TIME = re.compile(
    rf"(?<![\w:.,$€£\x00])(?=[\dMN])(?<!\d[/-])(?:(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?{_GAP}(?:Uhr|o['’]clock|heures)"
    rf"(?!\w)|(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?:{_HALF})?{_ZONE}(?![\w:])"
    rf"|(?:1[0-2]|0?[1-9])(?:\.[0-5]\d)?{_HALF}{_ZONE}(?!\w)"
    r"|(?:[01]?\d|2[0-3])h[0-5]\d(?!\w)|(?:noon|midday|midnight|Mitternacht)(?!\w))",
    re.IGNORECASE,
)


def _slashed(match: re.Match[str]) -> Bounds:
    """Take day and month in either order; dots with a short year only as 01.02.26, else it is a version."""
    first, sign, second, year = match.groups()
    low, high = sorted((int(first), int(second)))
    is_calendar = 1 <= low <= MONTHS_MAX and high <= DAYS_MAX
    is_plain = len(year) > len("26") or sign == "/" or len(first) == len(second) == len("01")
    return match.span() if is_calendar and is_plain else None


# In this order: what an earlier rule took, a later one does not see.
RULES = (
    Rule(URL, _LINK, _without_closing_marks),
    Rule(EMAIL, _EMAIL),
    Rule(URL, _BARE_LINK, _without_closing_marks),
    Rule(MENTION, _MENTION),
    Rule(HASHTAG, _HASHTAG),
    Rule(MONEY, _MONEY),
    Rule(DATE, _NUMBERED_DATE),
    Rule(DATE, _WORDED_DATE),
    Rule(DATE, _SLASHED, _slashed),
    Rule(DATE, _AFTER_PREPOSITION, lambda match: match.span(1)),
    Rule(TIME, _TIME),
    Rule(PHONE, _INTERNATIONAL, _international),
    Rule(PHONE, _NATIONAL, _national),
    Rule(PHONE, _ANNOUNCED, _announced),
    Rule(QUANTITY, _QUANTITY, _quantity),
)

_ADDRESSES = tuple(rule for rule in RULES if rule.kind in {EMAIL, URL, MENTION})


def without_addresses(text: str) -> str:
    """Blank links, e-mail addresses and @names, and leave every other character in its place.

    >>> without_addresses("hi @ann").replace(TAKEN, "_")
    'hi ____'
    """
    for rule in _ADDRESSES:
        taken = list(_matches(rule, text))
        text = blank(text, taken) if taken else text
    return text

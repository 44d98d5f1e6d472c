"""Pairs of a correct English sentence and its damaged twin: by rules of one kind of damage each, and by hand."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PAIRS_PER_KIND = 40
SEED = 20_26
HALF = 0.5

_LONG_WORD = re.compile(r"\b[a-z]{5,}\b")
_ARTICLE = re.compile(r"\b(a|an|the) (?=[a-z])")
_WORD = re.compile(r"\b[a-z]+\b")

_HOMOPHONES = {
    "their": "there", "there": "their", "they're": "their", "your": "you're", "its": "it's", "it's": "its",
    "too": "to", "than": "then", "then": "than", "whether": "weather", "weather": "whether", "hear": "here",
    "our": "are", "were": "where", "where": "were", "know": "no", "right": "write", "two": "too", "whole": "hole",
    "knows": "nose", "weak": "week", "has been": "has bean", "sent": "cent", "hour": "our", "new": "knew",
    "who": "how", "buy": "by", "would": "wood", "wait": "weight", "piece": "peace", "steel": "steal",
}  # fmt: skip
_AGREEMENT = {
    "is": "are", "are": "is", "was": "were", "were": "was", "has": "have", "have": "has", "does": "do",
    "doesn't": "don't", "don't": "doesn't", "says": "say", "shows": "show", "plays": "play", "tastes": "taste",
    "receives": "receive", "measures": "measure", "returns": "return", "opens": "open", "makes": "make",
    "needs": "need", "leaves": "leave", "writes": "write", "asks": "ask", "plans": "plan", "runs": "run",
    "forgets": "forget", "love": "loves", "love,": "loves,", "carries": "carry", "understands": "understand",
    "am": "are", "hope": "hopes", "look": "looks", "like": "likes", "creates": "create", "loads": "load",
}  # fmt: skip
_VERB_FORMS = {
    "risen": "rose", "sold": "selled", "bought": "buyed", "begun": "began", "knew": "knowed", "waiting": "wait",
    "running": "run", "moving": "move", "found": "finded", "heard": "heared", "given": "gave", "gave": "gived",
    "known": "knew", "seen": "saw", "running again": "ran again", "came": "comed", "kept": "keeped",
    "sent": "sended", "broke": "breaked", "built": "builded", "feel": "feeling", "invited": "invite",
    "approved": "approving", "has sold": "has sell", "closed": "closing", "won": "win", "expect": "expecting",
    "told": "telled", "lost": "losed", "open": "opening", "helped": "helping", "hurt": "hurted", "stay": "staying",
    "asked": "asking", "write": "writing", "seeing": "see", "moving into": "move into", "tell": "telling",
    "received": "receive", "forget": "forgetting", "solving": "solve", "call": "calling", "stored": "store",
    "replaced": "replace", "written": "wrote", "connected": "connect", "heated": "heat", "fails": "failing",
    "compared": "compare", "sitting": "sit", "think": "thinking", "died": "die", "made": "maked",
    "watching": "watch", "finished": "finish", "closing": "close", "did": "done", "bringing": "bring",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A correct sentence and its damaged twin."""

    kind: str
    correct: str
    damaged: str


def _replace_one(sentence: str, table: dict[str, str], rng: random.Random) -> str:
    found = [word for word in table if re.search(rf"\b{re.escape(word)}\b", sentence)]
    if not found:
        return sentence
    word = rng.choice(found)
    return re.sub(rf"\b{re.escape(word)}\b", table[word], sentence, count=1)


def _in_long_word(sentence: str, change: Callable[[str, int], str], rng: random.Random) -> str:
    places = list(_LONG_WORD.finditer(sentence))
    if not places:
        return sentence
    found = rng.choice(places)
    word = found[0]
    changed = change(word, rng.randrange(1, len(word) - 1))
    return sentence[: found.start()] + changed + sentence[found.end() :]


def _swap_letters(sentence: str, rng: random.Random) -> str:
    return _in_long_word(sentence, lambda word, i: word[:i] + word[i + 1] + word[i] + word[i + 2 :], rng)


def _drop_letter(sentence: str, rng: random.Random) -> str:
    return _in_long_word(sentence, lambda word, i: word[:i] + word[i + 1 :], rng)


def _double_letter(sentence: str, rng: random.Random) -> str:
    return _in_long_word(sentence, lambda word, i: word[: i + 1] + word[i:], rng)


def _agreement(sentence: str, rng: random.Random) -> str:
    return _replace_one(sentence, _AGREEMENT, rng)


def _article(sentence: str, rng: random.Random) -> str:
    places = list(_ARTICLE.finditer(sentence))
    if not places:
        return sentence
    place = rng.choice(places)
    wrong = {"a": "an ", "an": "a ", "the": ""}[place[1]] if rng.random() < HALF else ""
    return sentence[: place.start()] + wrong + sentence[place.end() :]


def _homophone(sentence: str, rng: random.Random) -> str:
    return _replace_one(sentence, _HOMOPHONES, rng)


def _small_start(sentence: str, rng: random.Random) -> str:
    return sentence[0].lower() + sentence[1:]


def _no_stop(sentence: str, rng: random.Random) -> str:
    return sentence.rstrip(".!?")


def _spacing(sentence: str, rng: random.Random) -> str:
    changes = [(", ", " , "), (", ", ","), (" ", "  "), (".", " ."), (", ", " ,")]
    before, after = rng.choice([change for change in changes if change[0] in sentence])
    return sentence.replace(before, after, 1)


def _comma(sentence: str, rng: random.Random) -> str:
    """Drop the comma, or put one where none belongs: after the second word, or between two letters' words."""
    if ", " in sentence and rng.random() < HALF:
        return sentence.replace(", ", " ", 1)
    words = sentence.split(" ")
    place = rng.randrange(1, max(2, len(words) // 2))
    words[place] = words[place].rstrip(",") + ","
    return " ".join(words)


def _doubled_word(sentence: str, rng: random.Random) -> str:
    places = list(_WORD.finditer(sentence))
    if not places:
        return sentence
    place = rng.choice(places)
    return f"{sentence[: place.end()]} {sentence[place.start() :]}"


def _verb_form(sentence: str, rng: random.Random) -> str:
    return _replace_one(sentence, _VERB_FORMS, rng)


def _word_order(sentence: str, rng: random.Random) -> str:
    places = [
        (a, b) for a, b in zip(_WORD.finditer(sentence), list(_WORD.finditer(sentence))[1:], strict=False)
    ]
    places = [(a, b) for a, b in places if sentence[a.end() : b.start()] == " " and a[0] != b[0]]
    if not places:
        return sentence
    first, second = rng.choice(places)
    return f"{sentence[: first.start()]}{second[0]} {first[0]}{sentence[second.end() :]}"


RULES: dict[str, Callable[[str, random.Random], str]] = {
    "typo: swapped letters": _swap_letters,
    "typo: dropped letter": _drop_letter,
    "typo: doubled letter": _double_letter,
    "agreement": _agreement,
    "article": _article,
    "homophone": _homophone,
    "capital": _small_start,
    "stop": _no_stop,
    "spacing": _spacing,
    "comma": _comma,
    "doubled word": _doubled_word,
    "verb form": _verb_form,
    "word order": _word_order,
}


def read_sentences() -> list[tuple[str, str]]:
    """Give the correct sentences with their genres."""
    lines = (HERE / "quality_sentences.txt").read_text(encoding="utf-8").splitlines()
    return [(genre, text) for genre, _, text in (line.partition("\t") for line in lines) if text]


def read_pairs_by_hand() -> list[Pair]:
    """Give the pairs damaged as people err: kind "typing" or "learner"."""
    lines = (HERE / "quality_pairs_by_hand.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [Pair(f"by hand: {kind}", correct, damaged) for kind, correct, damaged in rows]


def make_pairs(sentences: Sequence[str], per_kind: int = PAIRS_PER_KIND, seed: int = SEED) -> list[Pair]:
    """Damage sentences, each kind as many times, always the same way; a rule that does not fit passes one by."""
    rng = random.Random(seed)  # noqa: S311 - the same damage every time
    pairs = []
    for kind, damage in RULES.items():
        order = rng.sample(sentences, len(sentences))
        made = ((text, damage(text, rng)) for text in order)
        changed = [Pair(kind, text, damaged) for text, damaged in made if damaged != text]
        pairs += changed[:per_kind]
    return pairs


def all_pairs() -> list[Pair]:
    """Give every pair: 13 kinds by rules and those by hand."""
    return make_pairs([text for _genre, text in read_sentences()]) + read_pairs_by_hand()

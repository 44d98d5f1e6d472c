"""Which letters sound as one vowel, language by language, for counting syllables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VowelRules:
    """How a language writes its vowels.

    `silent` is taken out of a word first; each match of `nucleus` in what is left is one syllable.
    """

    nucleus: re.Pattern[str]
    silent: re.Pattern[str] | None = None

    def count(self, word: str) -> int:
        """Count the syllables of a word in lower case, at least 1."""
        spoken = self.silent.sub("", word) if self.silent else word
        return max(1, len(self.nucleus.findall(spoken)))


# A weak vowel leans on a strong one beside it, unless an accent makes it strong; two strong ones stand apart.
_SPANISH = re.compile(r"[iuü]?[aeoáéó](?:[iu](?![aeoáéó])|y(?![aeiouáéíóú]))?|[íú]|[iuü]+|y(?![aeiouáéíóú])")
_ITALIAN = re.compile(r"[iu]?[aeoàèéòóìíùú](?:[iu](?![aeoàèéòó]))?|[iuy]+")
_PORTUGUESE = re.compile(
    # The i of a last -ia or -io stands apart, unless an accent stands just before it: di-a, but his-tó-ria.
    r"(?<![áéíóúâêô][^aeiou])(?<![áéíóúâêô][^aeiou]{2})i(?=[ao]s?$)"
    r"|[iu]?(?:ão|ãe|õe|[aeoáéóâêôãõà](?:[iu](?![aeoáéóâêôãõ]))?)|[íú]|[iuüy]+"
)

RULES: Mapping[str, VowelRules] = {
    "de": VowelRules(
        re.compile(r"(?<=t)io(?=n)|eau|äu|eu|ei|ai|au|ie|ey|ay|aa|ee|oo|[aeiouyäöüéèà]"),
        silent=re.compile(r"(?<=q)u"),
    ),
    "nl": VowelRules(
        re.compile(r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ij|ei|ou|au|[aeiouyéèëïöü]"),
        silent=re.compile(r"(?<=q)u"),
    ),
    "fr": VowelRules(
        re.compile(
            r"eau|œu|oeu|[ae][iîy]|au|eu|o[iîuûùy]|œ|u[iî]|i(?:eu|e(?=n|r|z|t)|o(?=n)|a)|[aeiouyéèêëàâîïôöûùü]"
        ),
        # A last e is silent, with its s too; so is the u of qu and gu.
        silent=re.compile(r"(?<=[qg])u(?=[eiéèê])|es?$"),
    ),
    "es": VowelRules(_SPANISH, silent=re.compile(r"(?<=[gq])u(?=[eiéí])")),
    "it": VowelRules(_ITALIAN),
    "pt": VowelRules(_PORTUGUESE, silent=re.compile(r"(?<=[gq])u(?=[eiéíê])")),
    "ru": VowelRules(re.compile(r"[аеёиоуыэюя]")),
}

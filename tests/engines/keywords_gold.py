"""Short texts written for this project, with the words in brackets that a person would choose as keywords."""

import re

_MARK = re.compile(r"\[([^\[\]]+)\]")


def read(marked: str) -> tuple[str, list[str]]:
    """Give the plain text and its keywords.

    >>> read("My [flight] was late")
    ('My flight was late', ['flight'])
    """
    return _MARK.sub(r"\1", marked), _MARK.findall(marked)


# The engine was made with these in sight.
DEVELOPED = (
    "@united your [customer service] is terrible, lost my [luggage] again! #[fail]",
    "The new [camera] on this [phone] is amazing but the [battery] dies by noon.",
    "Spent two hours on hold with the [bank], still no answer about my [credit card].",
    "Best [pizza] in [Naples], the [dough] was perfect and the staff so friendly.",
    "[Climate change] is melting the [glaciers] of the [Alps] faster than expected.",
    "Why is the [train] from [Berlin] to [Hamburg] always late?",
    "Thanks for the quick [delivery], the [shoes] fit perfectly!",
    "The [hotel room] smelled of smoke and the [air conditioning] was broken.",
    "I love the [soundtrack] of this [game], the [story] is boring though.",
    "Our [team] lost the [final] after a stupid [penalty].",
    "[Interest rates] rise again, [mortgages] become more expensive. The [central bank] warns of [inflation].",
    "My [password] does not work since the last [update].",
    "Can somebody recommend a good [dentist] in [Chicago]?",
    "The [government] plans a new [tax] on [sugar]. [Farmers] protest against the [tax].",
    "This [vacuum cleaner] is loud and the [hose] came off after a week.",
    "[Scientists] discovered a new [species] of [frog] in the [rainforest] of [Ecuador].",
    "Waited an hour for cold [fries]. Never again, [McDonald's]!",
    "The [museum] has a lovely [garden] and free [entrance] on Sundays.",
    "Great [workshop] about [machine learning] today, learned a lot about [neural networks].",
    "My [doctor] says I need more [vitamin D] and less [coffee].",
    "The [app] crashes every time I upload a [photo].",
    "[Bees] are dying because of [pesticides], and with them our [harvest].",
    "http://t.co/abc123 [election results] from [Ohio] are in!",
    "Der [Kundendienst] war unfreundlich und mein [Paket] ist verschwunden.",
    "La [comida] era excelente pero el [camarero] fue muy grosero.",
    "Le [train] pour [Lyon] a encore du [retard].",
)

# Written after the engine was frozen; the figures are measured here.
HELD_OUT: tuple[str, ...] = ()

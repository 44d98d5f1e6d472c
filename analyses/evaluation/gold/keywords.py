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
HELD_OUT = (
    "Why did you remove the [dark mode] from the [editor]? My [eyes] hurt.",
    "@jetblue the [legroom] on this [plane] is a joke and the [snacks] were stale",
    "Our [kitchen] finally has a new [dishwasher], the [installation] took ten minutes.",
    "[Electricity prices] doubled this year, many [families] cannot heat their homes.",
    "Anyone know why the [elevator] in [building] C is out of service?",
    "The [concert] in [Manchester] was unforgettable, what a [voice]!",
    "I got the wrong [size] and the [refund] took three weeks. #[onlineshopping]",
    "A tiny [robot] explores the [pipes] under the [city] and looks for [leaks].",
    "The [lasagna] was dry, but the [tiramisu] saved the evening.",
    "Students demand lower [tuition fees] and better [housing] near the [campus].",
    "My [laptop] overheats whenever I join a [video call].",
    "The [river] flooded two [villages]; [firefighters] rescued dozens of [residents].",
    "Never buying [tickets] from this [website] again, what a scam!",
    "Does the [warranty] cover a cracked [screen]?",
    "New [study]: [sleep] protects the [heart] better than any [pill].",
    "We hiked up the [mountain] at dawn, the [sunrise] was worth it.",
    "lol my [cat] just knocked over the [christmas tree]",
    "The [mayor] promised more [bike lanes], yet [traffic] gets worse every month.",
    "Super slow [wifi] and no [power outlets] at the [gate].",
    "Please bring back the old [recipe], the new [chocolate] tastes like [cardboard].",
    "[Quantum computers] could break today's [encryption] within a decade, [researchers] say.",
    "His new [novel] is too long, the [ending] feels rushed.",
    "Thank you for the [flowers]! My [mother] was thrilled.",
    "The [striker] scored twice and the [goalkeeper] saved a [penalty] in the last minute.",
    "Be careful with this [airline], they lost my [suitcase] and my [passport].",
    "[Inflation] in the [eurozone] fell for the third month in a row.",
    "Is [vaccination] required for [travel] to [Kenya]?",
    "My [grandfather] repaired [clocks] all his life.",
    "[Solar panels] on every [school roof] would cut the [energy bill] of the [district] by half.",
    "The [soup] was cold, the [waiter] ignored us and the [bill] was wrong.",
    (
        "The [parliament] passed a [law] that bans [plastic bags]. [Shops] have one year to adapt. Critics say"
        " the [law] does too little against [plastic waste] in the [oceans]."
    ),
    (
        "A [volcano] on [Iceland] erupted on Monday night. [Lava] flows toward a [fishing town], whose [residents]"
        " left their homes weeks ago. [Flights] are not affected so far, the [airport] stays open."
    ),
    "Das [Hotel] lag direkt am [Strand], aber das [Frühstück] war eine Enttäuschung.",
    "El [tren] a [Sevilla] salió con dos horas de [retraso] y sin [aire acondicionado].",
    "Il [ristorante] vicino alla [stazione] ha una [pizza] fantastica.",
    "La [batterie] de mon [téléphone] ne tient plus la journée.",
    "De [bezorger] heeft mijn [pakket] bij de [buren] afgegeven.",
    "O [atendimento] do [hospital] foi rápido e os [médicos] muito atenciosos.",
)

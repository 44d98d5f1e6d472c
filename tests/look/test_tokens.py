"""The colours keep WCAG 2.2 AA in both themes, computed from the style sheet itself."""

import re

import pytest
from django.conf import settings

TOKENS = settings.BASE_DIR / "static" / "analyses" / "css" / "tokens.css"
PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")

ON_EVERY_GROUND = ["ink", "ink-2", "ink-3", "accent", "negative", "positive", "warning", "danger"]
GROUNDS = ["ground", "surface", "raised"]
ON_THEIR_OWN = [
    ("ink-2", "neutral-soft"), ("ink-3", "neutral-soft"), ("accent", "accent-soft"), ("ink-2", "accent-soft"),
    ("positive", "positive-soft"), ("negative", "negative-soft"), ("warning", "warning-soft"),
    ("ink", "warning-soft"), ("danger", "danger-soft"), ("accent-ink", "accent"), ("danger-ink", "danger"),
]  # fmt: skip
TEXT_PAIRS = [(ink, ground) for ink in ON_EVERY_GROUND for ground in GROUNDS] + ON_THEIR_OWN
SHAPE_PAIRS = [
    (shape, "surface") for shape in ("line-field", "neutral", "negative", "positive", "accent", "danger")
]


def colours(theme: int) -> dict[str, str]:
    return {match[1]: match[2 + theme] for match in PAIR.finditer(TOKENS.read_text())}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, from 0 (black) to 1 (white)."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_words_stand_out_from_their_ground(theme: int, ink: str, ground: str) -> None:
    palette = colours(theme)

    assert contrast(palette[ink], palette[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_bars_and_field_borders_stand_out_from_their_ground(theme: int, shape: str, ground: str) -> None:
    palette = colours(theme)

    assert contrast(palette[shape], palette[ground]) >= 3

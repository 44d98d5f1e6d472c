"""Measure every installed engine and write the page about them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from analyses.evaluation import report

PREFACE = """\
Written by `manage.py evaluate_engines --data {folder}` on {day}; do not edit: each engine's words are its docstring.
`model_used` names engine and version with every result. Engines run offline. Models of your own: [ultra.md](ultra.md).

What is measured are texts that the engine was not made from, unless the line says otherwise; some settings of engines
were chosen by figures on GoEmotions dev, airline tweets and EmoBank, which flatters these a little. "Does not know" is
the share without an answer, and counts as wrong in macro-F1. The expected calibration error (Naeini et al. 2015, 15
bins) says how far the confidence is from the share that is right.

Texts a second are the best of three passes over comments of a sentence or two, by the processor time of one of two
cores that others worked on at the same time. Memory is what loading adds to a worker; own files are the lists and
weights in this repository; packages are those that loading imports or reads beside what every worker holds."""


class Command(BaseCommand):
    """Read the labelled sets, ask each engine, write Markdown."""

    help = "Measure the installed engines on labelled texts and write docs/engines.md."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--data",
            type=Path,
            required=True,
            help="the folder with airline (Tweets.csv), emobank (emobank_train_dev.csv), goemotions (ekman, original)",
        )
        parser.add_argument("--out", type=Path, default=settings.BASE_DIR / "docs" / "engines.md")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, print what was found, and write the page."""
        folder: Path = options["data"]
        missing = [name for name in ("airline", "emobank", "goemotions") if not (folder / name).is_dir()]
        if missing:
            raise CommandError(f"{folder} has no folder named {', '.join(missing)}.")
        judged = []
        for one in report.judge_all(folder):
            judged.append(one)
            self.stdout.write(f"{one.facts.analysis_type} {one.facts.model_used}")
            for figure in one.figures:
                self.stdout.write(f"  {figure.value:.3f}  {figure.what}, {figure.data} ({figure.sample:,})")
        preface = PREFACE.format(folder="DIR", day=timezone.now().date())
        options["out"].write_text(report.as_markdown(judged, preface=preface), encoding="utf-8")
        self.stdout.write(f"Wrote {options['out']}.")

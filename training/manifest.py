"""Keeps manifest.json beside the weights: what each file was made from, by what, and how good it is."""

import argparse
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import training

WEIGHTS_DIR = Path(training.__file__).resolve().parents[1] / "analyses" / "engines" / "weights"
MANIFEST = "manifest.json"

GOEMOTIONS: Mapping[str, str] = {
    "data": "GoEmotions, training split",
    "licence": "Apache-2.0",
    "attribution": (
        "Demszky, Movshovitz-Attias, Ko, Cowen, Nemade and Ravi (2020), GoEmotions: A Dataset of Fine-Grained "
        "Emotions, ACL; https://github.com/google-research/google-research/tree/master/goemotions"
    ),
}


def store_weights(path: Path, data: bytes, facts: Mapping[str, Any]) -> None:
    """Write a file of weights, and its entry in the manifest beside it.

    The date is kept where the bytes are what they were: training again then changes nothing.
    """
    entries = read_manifest(path.parent)
    digest = hashlib.sha256(data).hexdigest()
    before = entries.get(path.name, {})
    trained_on = before["trained_on"] if before.get("sha256") == digest else _today().isoformat()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    entries[path.name] = {**facts, "trained_on": trained_on, "sha256": digest, "bytes": len(data)}
    text = json.dumps(entries, indent=2, sort_keys=True, ensure_ascii=False)
    (path.parent / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Give the entries by the name of their file; none where there is no manifest."""
    path = folder / MANIFEST
    entries: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return entries


def arguments(script: str, default_name: str) -> argparse.Namespace:
    """Read the command line of a training script: where the data is, and where the weights go."""
    parser = argparse.ArgumentParser(prog=f"python -m {script}")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds goemotions/")
    parser.add_argument("--out", type=Path, default=WEIGHTS_DIR / default_name, help="the file of weights")
    return parser.parse_args()


def _today() -> date:
    return datetime.now(UTC).date()

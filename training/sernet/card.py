"""Model cards: the JSON beside an ONNX file that says what it is and how to feed it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import InputError
from .frontend import FrontEnd

_KEYS = {"schema", "name", "version", "architecture", "file", "sha256", "labels", "frontEnd",
         "input", "output", "precision", "temperature", "training", "metrics"}


@dataclass(frozen=True)
class Card:
    """What is needed of a card to run its model."""

    name: str
    onnx: Path
    labels: tuple[str, ...]
    front_end: FrontEnd


def read_card(path: Path) -> Card:
    """Reads a card and checks that the model beside it is the one it describes."""
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"the model card {path} is not there; give the .json of a model") from error
    except ValueError as error:
        raise InputError(f"{path} is not a model card ({error}); export the model again") from error
    if not isinstance(card, dict) or card.get("schema") != 1:
        raise InputError(f"{path} is not a model card of schema 1; export the model again")
    if wrong := sorted(_KEYS ^ set(card)):
        raise InputError(f"{path}: the key {wrong[0]!r} is "
                         f"{'missing' if wrong[0] in _KEYS else 'unknown'}; export the model again")
    file = path.parent / card["file"]
    if not file.is_file():
        raise InputError(f"{file}, named by {path.name}, is not there; put it beside its card")
    if hashlib.sha256(file.read_bytes()).hexdigest() != card["sha256"]:
        raise InputError(f"{file} is not the file {path.name} was written for (its sha256 differs); "
                         "copy both again")
    return Card(card["name"], file, tuple(card["labels"]), FrontEnd.from_json(card["frontEnd"]))


def card_of(name: str, onnx: bytes, precision: str, about: dict[str, Any],
            licence: str) -> dict[str, Any]:
    """The card of a model's bytes; `about` is what its checkpoint says of its training."""
    recipe = about["recipe"]
    return {
        "schema": 1, "name": name, "version": "1.0.0", "architecture": about["architecture"],
        "file": f"{name}.onnx", "sha256": hashlib.sha256(onnx).hexdigest(),
        "labels": about["labels"], "frontEnd": about["frontEnd"],
        "input": {"name": "mfcc", "layout": "NCHW"},
        "output": {"name": "probabilities", "kind": "probabilities"},
        "precision": precision, "temperature": 1.0,
        "training": {"corpora": about["corpora"],
                     "protocol": {"all": "all speakers"}.get(about["protocol"], about["fold"]),
                     "licence": licence, "epochs": recipe["epochs"], "seed": recipe["seed"]},
        "metrics": {},
    }

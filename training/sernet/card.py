"""Model cards: the JSON beside an ONNX file that describes the model and its input."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

from .errors import InputError
from .frontend import FrontEnd
from .graph import FEATURES, INPUT, OUTPUT, VOICE, VOICE_AFTER

_KEYS = {"schema", "name", "version", "architecture", "file", "sha256", "labels", "frontEnd",
         "input", "output", "precision", "temperature", "training", "metrics"}
_OPTIONAL = {"unknown", "operatingPoints", "arousal", "voice", "streaming"}


@dataclass(frozen=True)
class Unknown:
    """When a model's answer is `unknown`: bounds on its calibrated probabilities.

    `confidence_below`: the likeliest label is less probable than this; `entropy_above`: the entropy,
    as a share of the largest there can be, is above this. Both 0..1, or None for never.
    """

    confidence_below: float | None = None
    entropy_above: float | None = None

    def __post_init__(self) -> None:
        for value in (self.confidence_below, self.entropy_above):
            if value is not None and not 0 < value <= 1:
                raise ValueError(f"a threshold of unknown is {value}; it must be greater than 0, "
                                 "at most 1, or None for never")

    def holds(self, probabilities: Sequence[float]) -> bool:
        """Whether the answer with these calibrated probabilities, one a label, is `unknown`."""
        entropy = -sum(p * math.log(p) for p in probabilities if p > 0) / math.log(len(probabilities))
        return ((self.confidence_below is not None and max(probabilities) < self.confidence_below)
                or (self.entropy_above is not None and entropy > self.entropy_above))

    def to_json(self) -> dict[str, float]:
        said = {"confidenceBelow": self.confidence_below, "entropyAbove": self.entropy_above}
        return {key: value for key, value in said.items() if value is not None}


@dataclass(frozen=True)
class Card:
    """The part of a card that is needed to run its model."""

    name: str
    onnx: Path
    labels: tuple[str, ...]
    front_end: FrontEnd
    temperature: float
    unknown: Unknown

    def calibrated(self, probabilities: Sequence[float]) -> list[float]:
        """The model's probabilities with the card's temperature: softmax(ln p / T)."""
        if self.temperature == 1:
            return list(probabilities)
        powers = [max(p, sys.float_info.min) ** (1 / self.temperature) for p in probabilities]
        return [power / sum(powers) for power in powers]


def read_card(path: Path) -> Card:
    """Reads a card and checks that it describes the model beside it."""
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"the model card {path} is not there; give the .json of a model") from error
    except ValueError as error:
        raise InputError(f"{path} is not a model card ({error}); export the model again") from error
    if not isinstance(card, dict) or card.get("schema") != 1:
        raise InputError(f"{path} is not a model card of schema 1; export the model again")
    if wrong := sorted(_KEYS ^ (set(card) - _OPTIONAL)):
        raise InputError(f"{path}: the key {wrong[0]!r} is "
                         f"{'missing' if wrong[0] in _KEYS else 'unknown'}; export the model again")
    file = path.parent / card["file"]
    if not file.is_file():
        raise InputError(f"{file}, named by {path.name}, is not there; put it beside its card")
    if hashlib.sha256(file.read_bytes()).hexdigest() != card["sha256"]:
        raise InputError(f"{file} is not the file {path.name} was written for (its sha256 differs); "
                         "copy both again")
    unknown = card.get("unknown", {})
    return Card(card["name"], file, tuple(card["labels"]), FrontEnd.from_json(card["frontEnd"]),
                card["temperature"], Unknown(unknown.get("confidenceBelow"), unknown.get("entropyAbove")))


def card_of(name: str, onnx: bytes, precision: str, about: dict[str, Any], licence: str,
            temperature: float = 1.0, unknown: Unknown | None = None,
            languages: Sequence[str] = (), metrics: dict[str, Any] | None = None, voice_size: int = 0,
            streaming: dict[str, Any] | None = None) -> dict[str, Any]:
    """The card of a model's bytes; `about` is its checkpoint's description of the training.

    `temperature` divides the logits (0 exclusive to 100) and `unknown` says when there is no answer:
    both are chosen on unseen speakers. `metrics` has measurements for readers. `voice_size`
    is for a model that takes and gives a baseline, `streaming` for one that takes steps. That one's front end divides by no
    level, which only the end of a segment would tell: to the model it makes no difference.
    """
    if not 0 < temperature <= 100:
        raise ValueError(f"temperature is {temperature}; it must be greater than 0, at most 100")
    recipe = about["recipe"]
    card = {
        "schema": 1, "name": name, "version": "1.0.0", "architecture": about["architecture"],
        "file": f"{name}.onnx", "sha256": hashlib.sha256(onnx).hexdigest(),
        "labels": about["labels"], "frontEnd": about["frontEnd"],
        "input": {"name": INPUT, "layout": "NCHW"},
        "output": {"name": OUTPUT, "kind": "probabilities"},
        "precision": precision, "temperature": temperature,
        "training": {"corpora": about["corpora"],
                     "protocol": {"all": "all speakers"}.get(about["protocol"], about["fold"]),
                     "licence": licence, "epochs": recipe["epochs"], "seed": recipe["seed"]},
        "metrics": metrics or {},
    }
    if voice_size:
        card["voice"] = {"input": VOICE, "output": VOICE_AFTER, "size": voice_size}
    if streaming:
        card |= {"streaming": streaming, "input": {"name": FEATURES, "layout": "steps"},
                 "frontEnd": {**about["frontEnd"], "level": "none"}}
    if languages:
        card["training"]["languages"] = list(languages)
    if unknown is not None and unknown.to_json():
        card["unknown"] = unknown.to_json()
    return card


def operating_points(name: str, judged: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The card's operating points: false emotions and recall at some thresholds.

    `judged`: the output of `sernetd evaluate --streaming --everyday --json` for that model, for each corpus. The
    thresholds come from the ordinary speech alone; the recall is the mean over the corpora.
    """
    try:
        if strange := [report["model"] for report in judged if report["model"] != name]:
            raise InputError(f"this judges {strange[0]}, not {name}; give reports of {name}")
        ordinary = [report["everyday"] for report in judged]
        thresholds = [[(point["falseEmotions"], point["falseEmotionsKept"], point["threshold"])
                       for point in everyday["operatingPoints"]] for everyday in ordinary]
        if any(other != thresholds[0] for other in thresholds):
            raise InputError("the reports are of different ordinary speech or streams: their thresholds differ; make them anew")
        recalls = zip(*([point["recall"] for point in everyday["operatingPoints"]] for everyday in ordinary))
        return {"ordinarySpeech": ordinary[0]["name"], "clips": ordinary[0]["utterances"],
                "speakersHeard": any(report["trainedOn"] for report in judged),
                "points": [{"falseEmotions": rate, "falseEmotionsKept": kept, "threshold": threshold,
                            "recall": round(sum(recall) / len(recall), 1)}
                           for (rate, kept, threshold), recall in zip(thresholds[0], recalls)]}
    except (KeyError, IndexError, TypeError) as error:
        raise InputError(f"this is nothing that sernetd evaluate --streaming --everyday --json printed ({error!r})") from error

"""Calibrates confidences: `python3 -m sernet.calibrate --answers runs/NAME --precision int8`.

It reads the answers of a training's folds for clips of unseen speakers (`sernet.train` writes them). It finds the
temperature that makes confidences true, and the confidence below which the answer is `unknown`. All figures are
cross-fitted: a fold is judged with the temperature and the threshold of the other folds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import errors
from .files import write_atomically, write_json

BINS = 15
COVERAGE = 0.8
"""Share of the clips that are to be answered; the threshold is chosen for it."""
TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(5), 301))
LEFT, TOP, SIDE = 60, 30, 320
"""Pixels of the reliability diagram."""


@dataclass(frozen=True)
class Answers:
    """Probabilities [clips, classes] and the true class of each clip."""

    probabilities: np.ndarray
    targets: np.ndarray

    @staticmethod
    def joined(parts: list[Answers]) -> Answers:
        return Answers(np.concatenate([part.probabilities for part in parts]),
                       np.concatenate([part.targets for part in parts]))

    def at(self, temperature: float) -> Answers:
        """The same probabilities, softer (temperature above 1) or sharper: p^(1/T), which divides logits by T."""
        sharpened = np.maximum(self.probabilities, 1e-12) ** (1 / temperature)
        return Answers(sharpened / sharpened.sum(axis=1, keepdims=True), self.targets)

    @property
    def confidence(self) -> np.ndarray:
        return self.probabilities.max(axis=1)

    @property
    def right(self) -> np.ndarray:
        return self.probabilities.argmax(axis=1) == self.targets


def fitted_temperature(answers: Answers) -> float:
    """The temperature of least negative log likelihood (Guo et al., ICML 2017)."""
    def cost(temperature: float) -> float:
        said = answers.at(temperature).probabilities[np.arange(len(answers.targets)), answers.targets]
        return float(-np.log(np.maximum(said, 1e-12)).mean())
    return float(min(TEMPERATURES, key=cost))


def reliability(answers: Answers) -> list[dict[str, float]]:
    """For each non-empty bin of confidence: its clips, their mean confidence, and the share that is right."""
    place = np.minimum((answers.confidence * BINS).astype(int), BINS - 1)
    return [{"clips": int((place == b).sum()), "confidence": round(float(answers.confidence[place == b].mean()), 4),
             "right": round(float(answers.right[place == b].mean()), 4)} for b in range(BINS) if (place == b).any()]


def calibration_error(answers: Answers) -> float:
    """Expected calibration error: the mean distance between confidence and accuracy over bins of equal width."""
    bins = reliability(answers)
    return sum(b["clips"] * abs(b["confidence"] - b["right"]) for b in bins) / len(answers.targets)


def threshold_for(answers: Answers, coverage: float) -> float:
    """The confidence that this share of the clips reaches."""
    return float(np.quantile(answers.confidence, 1 - coverage))


def calibrated(folds: list[Answers]) -> dict[str, Any]:
    """The temperature and threshold of all folds, and their effect on unseen speakers."""
    everyone, softened, kept = Answers.joined(folds), [], []
    for place, fold in enumerate(folds):
        others = Answers.joined([other for index, other in enumerate(folds) if index != place])
        temperature = fitted_temperature(others)
        softened.append(fold.at(temperature))
        kept.append(softened[-1].confidence >= threshold_for(others.at(temperature), COVERAGE))
    unseen, answered = Answers.joined(softened), np.concatenate(kept)
    temperature = fitted_temperature(everyone)
    return {
        "clips": len(everyone.targets), "folds": len(folds), "temperature": round(temperature, 3),
        "confidenceBelow": round(threshold_for(everyone.at(temperature), COVERAGE), 3),
        "expectedCalibrationError": {"before": round(calibration_error(everyone), 4),
                                     "after": round(calibration_error(unseen), 4)},
        "accuracy": {"atFullCoverage": round(100 * float(unseen.right.mean()), 2),
                     "answered": round(100 * float(unseen.right[answered].mean()), 2),
                     "coverage": round(float(answered.mean()), 4)},
        "reliability": reliability(unseen),
    }


def reliability_svg(results: dict[str, Any], title: str) -> str:
    """Confidence (x) against accuracy (y); each dot is a bin, whose clips give its size."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + SIDE + 20} {TOP + SIDE + 50}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="#fff"/>',
             f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="#f7fbff" stroke="#889"/>',
             f'<line x1="{LEFT}" y1="{TOP + SIDE}" x2="{LEFT + SIDE}" y2="{TOP}" stroke="#889" stroke-dasharray="4"/>']
    for tenth in range(0, 11, 2):
        at = SIDE * tenth / 10
        parts.append(f'<text x="{LEFT + at:.0f}" y="{TOP + SIDE + 16}" text-anchor="middle">{tenth * 10}</text>')
        parts.append(f'<text x="{LEFT - 6}" y="{TOP + SIDE - at + 4:.0f}" text-anchor="end">{tenth * 10}</text>')
    most = max(b["clips"] for b in results["reliability"])
    for b in results["reliability"]:
        parts.append(f'<circle cx="{LEFT + SIDE * b["confidence"]:.1f}" cy="{TOP + SIDE * (1 - b["right"]):.1f}" '
                     f'r="{3 + 9 * (b["clips"] / most) ** 0.5:.1f}" fill="#08306b" fill-opacity="0.7"/>')
    error = results["expectedCalibrationError"]["after"]
    parts += [f'<text x="{LEFT}" y="{TOP - 10}">{title}</text>',
              f'<text x="{LEFT}" y="{TOP + SIDE + 36}">confidence, % (up: accuracy, %); expected calibration error {error:.3f}</text>',
              "</svg>"]
    return "\n".join(parts) + "\n"


def read_answers(folder: Path, heard: str) -> list[Answers]:
    """The answers of a training's folds from its --out folder, in the order of their names.

    `heard`: the precision and the homes, such as `int8-of-2`.
    """
    files = sorted(folder.glob("*.npz"))
    if len(files) < 2:
        raise errors.InputError(f"{folder} holds the answers of {len(files)} folds and two are needed; run "
                                "sernet.train with --protocol speaker-groups, and give its --out folder")
    made = []
    for file in files:
        with np.load(file) as arrays:
            if heard not in arrays:
                there = ", ".join(sorted(set(arrays) - {"targets"}))
                raise errors.InputError(f"{file} holds no {heard} answers but {there}; give another --precision or --people, "
                                        "or train with --int8")
            made.append(Answers(arrays[heard].astype(np.float64), arrays["targets"]))
    return made


def main() -> None:
    options = _options()
    heard = options.precision + (f"-of-{options.people}" if options.people else "")
    results = {"command": f"python3 -m sernet.calibrate --answers {options.answers.name} --precision {options.precision}"
                          + (f" --people {options.people}" if options.people else ""),
               **calibrated(read_answers(options.answers, heard))}
    write_json(options.results, results)
    if options.figure:
        svg = reliability_svg(results, f"{options.answers.name}, {heard}")
        write_atomically(options.figure, lambda file: file.write(svg.encode()))
    ece, accuracy = results["expectedCalibrationError"], results["accuracy"]
    print(f"temperature {results['temperature']}: calibration error {ece['before']} before, {ece['after']} after; "
          f"unknown below {results['confidenceBelow']}: accuracy {accuracy['answered']} on "
          f"{100 * accuracy['coverage']:.1f} % of the clips, {accuracy['atFullCoverage']} on all")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.calibrate", description=__doc__)
    add = parser.add_argument
    add("--answers", type=Path, required=True, metavar="DIR", help="the --out folder of a training")
    add("--precision", choices=("fp32", "int8"), default="int8", help="(%(default)s)")
    add("--people", type=int, default=0, metavar="N", help="answers in homes of N people (default: each clip alone)")
    add("--results", type=Path, required=True, metavar="FILE", help="output file of the figures")
    add("--figure", type=Path, metavar="FILE", help="output file of the reliability diagram, as SVG")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

"""One model, or the folds of one, in all homes of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Sequence

import numpy as np

from ..card import Unknown
from . import streams
from .judge import JUDGED, MOODS, Judge, Said, mean_of, operating_points, together
from .listeners import Known, Listener, heard_alone, heard_in
from .streams import Spoken

CURVE = (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12.5, 15, 20, 25, 30, 40, 50)
"""False moods in a hundred ordinary utterances, at which recall is measured."""
PEOPLE = (1, 2, 4)
ENDS = 10
"""Utterances of a person at the beginning, and at the end, of a stream in which a mood lasts."""


@dataclass(frozen=True)
class Trial:
    """A model, the clips it is judged on, and ordinary speech."""

    listener: Listener
    spoken: Spoken
    known: Known
    everyday: Known
    unknown: Unknown | None = None

    @property
    def _meant(self) -> np.ndarray:
        return np.array([self.listener.labels.index(label) for label in self.spoken.labels])

    @property
    def _corpora(self) -> np.ndarray:
        return np.array([corpus for corpus, _ in self.spoken.speakers])

    def alone(self) -> Said:
        """Each clip alone."""
        return Said(heard_alone(self.listener, self.known).numpy(), self._meant, self._corpora)

    def adapted(self, heard: list[list[int]]) -> list[Said]:
        """Each stream in order, with memory."""
        said = heard_in(self.listener, self.known, heard, self.unknown)
        return [Said(rows.numpy(), self._meant[stream], self._corpora[stream]) for rows, stream in zip(said, heard)]

    def everyday_alone(self) -> np.ndarray:
        return heard_alone(self.listener, self.everyday).numpy()

    def everyday_adapted(self) -> np.ndarray:
        """Ordinary speech of many people at one microphone, in random order."""
        order = np.random.Generator(np.random.PCG64(1)).permutation(len(self.everyday[0]))
        return heard_in(self.listener, self.everyday, [order.tolist()], self.unknown)[0].numpy()


def trial_results(trials: Sequence[Trial]) -> dict[str, Any]:
    """All figures of a model, or of the folds of one. Each fold has thresholds from its own answers to ordinary speech."""
    judge = Judge(trials[0].listener.labels)
    everyday = {"alone": [trial.everyday_alone() for trial in trials]}
    if adapts := trials[0].listener.memory > 0:
        everyday["adapted"] = [trial.everyday_adapted() for trial in trials]
    alone = [trial.alone() for trial in trials]
    thresholds = {how: [judge.threshold(part, 5) for part in parts] for how, parts in everyday.items()}
    made: dict[str, Any] = {
        "everyday": {how: _everyday(judge, parts) for how, parts in everyday.items()},
        "recallAt": {str(rate): _recall_at(judge, alone, everyday["alone"], rate) for rate in CURVE},
        "recallAtFive": {"mean": _recall_at(judge, alone, everyday["alone"], 5),
                         "byCorpus": _by_corpus(judge, alone, thresholds["alone"])},
        "operatingPoints": operating_points(judge, alone, everyday["alone"]),
        "balanced": {"alone": _judged(judge, alone, thresholds["alone"])}}
    for people in PEOPLE if adapts else ():
        made["balanced"][f"of{people}"] = _judged(judge, [
            together(trial.adapted(streams.balanced(trial.spoken, people))) for trial in trials], thresholds["adapted"])
        made.setdefault("lasting", {})[f"of{people}"] = _lasting(judge, trials, people, alone, thresholds)
        made.setdefault("mostlyNeutral", {})[f"of{people}"] = _mostly_neutral(judge, trials, people, alone, thresholds)
    return made


def through_lines(trials: Sequence[Trial], heard: Sequence[tuple[Known, Known]]) -> dict[str, float]:
    """The figures when clips and ordinary speech of each fold pass through a line, at the thresholds of clean speech."""
    judge = Judge(trials[0].listener.labels)
    thresholds = [judge.threshold(trial.everyday_alone(), 5) for trial in trials]
    worse = [replace(trial, known=known, everyday=everyday) for trial, (known, everyday) in zip(trials, heard)]
    return {**_judged(judge, [trial.alone() for trial in worse], thresholds), "falseMoods": mean_of(
        judge.false_moods(trial.everyday_alone(), threshold) for trial, threshold in zip(worse, thresholds))}


def _everyday(judge: Judge, parts: Sequence[np.ndarray]) -> dict[str, Any]:
    likeliest = [part.argmax(axis=1) for part in parts]
    names = {label: judge.labels.index(label) for label in judge.labels}
    return {"clips": len(parts[0]), "likeliest": {label: mean_of(100 * (part == place).mean() for part in likeliest)
                                                  for label, place in names.items()}}


def _recall_at(judge: Judge, said: Sequence[Said], everyday: Sequence[np.ndarray], rate: float) -> float:
    return mean_of(judge.recall(part, judge.threshold(answers, rate)) for part, answers in zip(said, everyday))


def _by_corpus(judge: Judge, said: Sequence[Said], thresholds: Sequence[float]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, list[float]]] = {}
    for part, threshold in zip(said, thresholds):
        for corpus in dict.fromkeys(part.corpora):
            for mood, recall in judge.recalls(part.at(part.corpora == corpus), threshold).items():
                found.setdefault(corpus, {}).setdefault(mood, []).append(recall)
    return {corpus: {mood: mean_of(values) for mood, values in moods.items()} for corpus, moods in found.items()}


def _judged(judge: Judge, said: Sequence[Said], thresholds: Sequence[float]) -> dict[str, float]:
    scores = [judge.scores(part) for part in said]
    return {"ua": mean_of(score["ua"] for score in scores), "wa": mean_of(score["wa"] for score in scores),
            "recallAtFive": mean_of(judge.recall(part, threshold) for part, threshold in zip(said, thresholds))}


def _lasting(judge: Judge, trials: Sequence[Trial], people: int, alone: Sequence[Said],
             thresholds: dict[str, list[float]]) -> dict[str, Any]:
    """Every clip once; and of each person's fifty utterances the first and last ten, with memory and alone."""
    whole, first, last, first_alone, last_alone = [], [], [], [], []
    for trial, by_itself in zip(trials, alone):
        whole.append(together(trial.adapted(streams.lasting(trial.spoken, people, JUDGED, None))))
        heard = streams.lasting(trial.spoken, people, JUDGED)
        ends = ENDS * people
        said = trial.adapted(heard)
        first.append(together(part.at(np.arange(ends)) for part in said))
        last.append(together(part.at(np.arange(len(part.meant) - ends, len(part.meant))) for part in said))
        first_alone.append(together(by_itself.at(stream[:ends]) for stream in heard))
        last_alone.append(together(by_itself.at(stream[-ends:]) for stream in heard))
    return {"everyClipOnce": _judged(judge, whole, thresholds["adapted"]),
            "first": _judged(judge, first, thresholds["adapted"]), "last": _judged(judge, last, thresholds["adapted"]),
            "firstAlone": _judged(judge, first_alone, thresholds["alone"]),
            "lastAlone": _judged(judge, last_alone, thresholds["alone"])}


def _mostly_neutral(judge: Judge, trials: Sequence[Trial], people: int, alone: Sequence[Said],
                    thresholds: dict[str, list[float]]) -> dict[str, Any]:
    adapted, by_itself = [], []
    for trial, said in zip(trials, alone):
        heard = streams.mostly_neutral(trial.spoken, people, MOODS)
        adapted.append(together(trial.adapted(heard)))
        by_itself.append(together(said.at(stream) for stream in heard))
    return {"alone": {**_judged(judge, by_itself, thresholds["alone"]), "waByCorpus": _wa_by_corpus(judge, by_itself)},
            "adapted": {**_judged(judge, adapted, thresholds["adapted"]), "waByCorpus": _wa_by_corpus(judge, adapted)}}


def _wa_by_corpus(judge: Judge, said: Sequence[Said]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for part in said:
        for corpus in dict.fromkeys(part.corpora):
            found.setdefault(corpus, []).append(judge.scores(part.at(part.corpora == corpus))["wa"])
    return {corpus: mean_of(values) for corpus, values in found.items()}

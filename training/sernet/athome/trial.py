"""One model, or the folds of one, in all homes of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np

from ..card import Unknown
from . import streams
from .judge import JUDGED, MOODS, RATES, Judge, Said, mean_of, operating_points, together
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
    elsewhere: tuple[Known, ...] = ()
    """Further kinds of ordinary speech."""

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

    def each_alone(self) -> list[np.ndarray]:
        """Every kind of ordinary speech."""
        return [heard_alone(self.listener, known).numpy() for known in (self.everyday, *self.elsewhere)]

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


def in_each(trials: Sequence[Trial], names: Sequence[str]) -> list[dict[str, Any]]:
    """Operating points whose rates are kept in each kind of ordinary speech, by its name."""
    judge = Judge(trials[0].listener.labels)
    alone, each = [trial.alone() for trial in trials], [trial.each_alone() for trial in trials]
    made = []
    for rate in RATES:
        thresholds = [_strictest(judge, kinds, rate) for kinds in each]
        made.append({"falseMoods": rate, "threshold": round(float(np.mean(thresholds)), 4),
                     "falseMoodsIn": _false_moods_in(judge, each, thresholds, names),
                     "recall": mean_of(judge.recall(part, threshold) for part, threshold in zip(alone, thresholds))})
    return made


def through_lines(trials: Sequence[Trial], worse: Sequence[Trial], names: Sequence[str]) -> dict[str, Any]:
    """The figures when clips and ordinary speech of each fold pass through a line, at the thresholds of clean speech."""
    judge = Judge(trials[0].listener.labels)
    alone, each = [trial.alone() for trial in worse], [trial.each_alone() for trial in worse]
    clean = [trial.each_alone() for trial in trials]
    thresholds = [judge.threshold(kinds[0], 5) for kinds in clean]
    made = {**_judged(judge, alone, thresholds), "falseMoods": _false_moods_in(judge, each, thresholds, names)[names[0]]}
    if len(names) > 1:
        strict = [_strictest(judge, kinds, 5) for kinds in clean]
        made["inEach"] = {"recallAtFive": _judged(judge, alone, strict)["recallAtFive"],
                          "falseMoodsIn": _false_moods_in(judge, each, strict, names)}
    return made


def _strictest(judge: Judge, kinds: Sequence[np.ndarray], rate: float) -> float:
    return max(judge.threshold(answers, rate) for answers in kinds)


def _false_moods_in(judge: Judge, each: Sequence[Sequence[np.ndarray]], thresholds: Sequence[float],
                    names: Sequence[str]) -> dict[str, float]:
    return {name: mean_of(judge.false_moods(kinds[place], threshold) for kinds, threshold in zip(each, thresholds))
            for place, name in enumerate(names)}


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

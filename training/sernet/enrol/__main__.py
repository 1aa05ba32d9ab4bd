"""Measures how much labelled utterances help unseen people, and what the stored numbers reveal of them.

`python3 -m sernet.enrol --checkpoints FOLD.pt … --data DIR … --everyday DIR --results FILE`: each fold is judged on its held-out
speakers. Half of each speaker's clips may be labelled, the other half is judged. docs/user/household.md has the figures.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from .. import errors
from ..architectures.streaming import Streaming
from ..athome.__main__ import images_of
from ..athome.judge import JUDGED
from ..athome.listeners import ModelListener
from ..corpora import Corpus, Pool, read_corpus
from ..everyday import read_everyday
from ..export import answering
from ..features import corpus_features
from ..frontend import FrontEnd
from ..protocols import PROTOCOLS
from ..results import write_page
from ..trainer import trained_model
from . import attack, trial
from .household import features_of
from .streaming import StreamedListener
from .usual import some_of_each, usual_moods


def main() -> None:
    options = _options()
    pool = Pool.of([read_corpus(folder) for folder in options.data])
    trials = [_people(checkpoint, pool, options) for checkpoint in options.checkpoints]
    results = {"command": _command(options), "corpora": list(pool.corpora), "folds": [path.stem for path in options.checkpoints],
               "seeds": trial.SEEDS, **trial.trial_results(trials), "attack": attack.attack_results(trials)}
    if all(people.bands for people in trials):
        results["refusedAtEnrolment"] = attack.two_voices_results(trials, [features_of(people.listener, people.known) for people in trials])
    write_page(options.results, results)
    print(table(results))


def _people(checkpoint: Path, pool: Pool, options: argparse.Namespace) -> trial.People:
    """A fold's model with its held-out speakers, and the usual moods of its training speakers."""
    model, about = trained_model(checkpoint)
    fold = next((fold for fold in PROTOCOLS[about["protocol"]].folds(pool, about["recipe"]["seed"]) if fold.name == about["fold"]), None)
    if fold is None or not fold.test:
        raise errors.UsageError(f"{checkpoint} left out no speaker of these corpora; give a fold, and the corpora it was trained on in their order")
    model = answering(model, tuple(about["labels"]), JUDGED)
    streams = isinstance(model, Streaming)
    listener = StreamedListener(model, JUDGED) if streams else ModelListener(model, JUDGED)
    if not listener.memory:
        raise errors.UsageError(f"{checkpoint} cannot be taught; give folds of light-sernet-normalised or light-sernet-streaming")
    front_end, left_out = FrontEnd.from_json(about["frontEnd"]), set(fold.test)
    unheard = _complete(_judged(pool.only_at(sorted(fold.test))))
    heard = _judged(pool.only_at([place for place in range(len(pool.clips)) if place not in left_out]))
    heard = heard.only_at(some_of_each(heard, JUDGED))
    moods = usual_moods(features_of(listener, listener.known(images_of(heard, front_end, options.features))),
                        [clip.label for clip in heard.clips], [clip.corpus for clip in heard.clips], JUDGED)
    everyday = corpus_features(read_everyday(options.everyday, "judging"), front_end, options.features)[0]
    known = listener.known(images_of(unheard, front_end, options.features))
    return trial.People(listener, known, *_meant(unheard), listener.known(everyday), moods, 0 if streams else front_end.frame_features,
                        listener.head if streams else None)


def _judged(pool: Corpus) -> Corpus:
    return pool.only(lambda clip: clip.label in JUDGED)


def _complete(pool: Corpus) -> Corpus:
    """Leaves out speakers without clips of every label, whose recalls would be incomplete."""
    said = {(clip.speaker, clip.label) for clip in pool.clips}
    return pool.only(lambda clip: all((clip.speaker, label) in said for label in JUDGED))


def _meant(clips: Corpus) -> tuple[np.ndarray, tuple[tuple[str, str], ...]]:
    return (np.array([JUDGED.index(clip.label) for clip in clips.clips]),
            tuple((clip.corpus, clip.speaker) for clip in clips.clips))


def table(results: dict) -> str:
    """The figures as a table for the documentation."""
    lines = ["| labelled | | UA | WA, mostly neutral | recall | false moods | of guests | elsewhere |", "|---|---|---|---|---|---|---|---|"]
    for name in (*trial.PROTOCOLS, "corrections", "ofTwo"):
        for count, kinds in results[name].items():
            lines += [_row(f"{name}, {count}", kind, row) for kind, row in kinds.items()]
    return "\n".join([*lines[:2], _row("nothing", "", results["untaught"]), *lines[2:]])


def _row(name: str, kind: str, row: dict[str, float]) -> str:
    values = (row[key] for key in ("ua", "waMostlyNeutral", "recall", "falseMoods", "falseMoodsOfGuests", "falseMoodsElsewhere"))
    return f"| {name} | {kind} | " + " | ".join(f"{value:.1f}" for value in values) + " |"


def _command(options: argparse.Namespace) -> str:
    """The command, without the paths of this machine."""
    folds = " ".join(f"{path.resolve().parent.name}/{path.name}" for path in options.checkpoints)
    data = " ".join(folder.resolve().name for folder in options.data)
    return f"python3 -m sernet.enrol --checkpoints {folds} --data {data} --everyday {options.everyday.resolve().name}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.enrol", description=__doc__)
    add = parser.add_argument
    add("--checkpoints", type=Path, nargs="+", required=True, metavar="FILE", help="folds of a training, each with held-out speakers")
    add("--data", type=Path, nargs="+", required=True, metavar="DIR", help="the corpora it was trained on, in their order")
    add("--everyday", type=Path, required=True, metavar="DIR", help="a folder of ordinary speech; half of it is judged")
    add("--features", type=Path, default=Path("runs/features"), metavar="DIR", help="cache of features (%(default)s)")
    add("--results", type=Path, required=True, metavar="FILE", help="output file of the figures")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

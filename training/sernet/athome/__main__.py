"""AT-HOME judges models as they are used in a home. `python3 -m sernet.athome --model CARD.json --data DIR … --everyday DIR`

If five of a hundred ordinary utterances may be classified as an emotion, how many angry, happy and sad ones are recognised?
And how many in homes where an emotion lasts, where most speech is neutral, and where all emotions are equally
frequent, for each utterance alone and with a baseline of those before? docs/developer/at-home.md describes it.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import torch
from torch import Tensor

from .. import errors
from ..architectures.streaming import STEP
from ..card import read_card
from ..corpora import Corpus, Pool, read_corpus
from ..everyday import read_everyday
from ..export import answering
from ..features import corpus_features
from ..files import write_atomically
from ..frontend import FrontEnd
from ..lines import LINES
from ..onnx_eval import read_onnx
from ..protocols import PROTOCOLS
from ..results import write_page
from ..step import is_step
from ..trainer import trained_model
from ..variants import ByLine, Variants, Versions
from .judge import JUDGED, MOODS, Judge
from .listeners import GraphListener, Listener, ModelListener, SlidingListener
from .picture import curve_svg, table
from .streams import Spoken
from .trial import Trial, in_each, through_lines, trial_results

BEFORE = 64
"""Recordings of ordinary speech that may come before a clip with `--sliding`."""


def main() -> None:
    options = _options()
    corpora = [read_corpus(folder) for folder in options.data]
    pool = Pool.of(corpora).only(lambda clip: clip.label in JUDGED)
    if absent := [mood for mood in JUDGED if mood not in pool.labels]:
        raise errors.InputError(f"no clip of {pool.name} has the label {absent[0]}; give corpora with {', '.join(JUDGED)}")
    halls = [read_everyday(folder, "judging") for folder in options.everyday]
    if empty := [folder for folder, hall in zip(options.everyday, halls) if not hall.clips]:
        raise errors.InputError(f"{empty[0]} has no recording in the half that is for judging; give more of them")
    trials, worse = [], {line: [] for line in options.lines}
    for listener, front_end, unknown, clips in _models(options, pool):
        listener = _sliding(listener, front_end, options) if options.sliding else listener
        spoken = Spoken(tuple((clip.corpus, clip.speaker) for clip in clips.clips), tuple(clip.label for clip in clips.clips))

        def trial_of(versions: Versions = Variants()) -> Trial:
            said, ordinary, *further = (listener.known(images_of(corpus, front_end, options.features, versions))
                                        for corpus in (clips, *halls))
            return Trial(listener, spoken, said, ordinary, unknown, tuple(further))

        trials.append(trial_of())
        for line in options.lines:
            worse[line].append(trial_of(ByLine(line)))
    names = [hall.name for hall in halls]
    results = {"command": _command(options), "corpora": [corpus.name for corpus in corpora],
               "heardInTraining": any(_heard(options)), "ordinary": names[0], **trial_results(trials)}
    if len(halls) > 1:
        judge, each = Judge(trials[0].listener.labels), [trial.each_alone() for trial in trials]
        results["elsewhere"] = {name: judge.elsewhere([kinds[0] for kinds in each], [kinds[place] for kinds in each])
                                for place, name in enumerate(names) if place}
        results["inEach"] = in_each(trials, names)
    if options.lines:
        results["lines"] = {line: through_lines(trials, worse[line], names) for line in options.lines}
    write_page(options.results, results)
    if options.figure:
        svg = curve_svg({options.results.stem: results})
        write_atomically(options.figure, lambda file: file.write(svg.encode()))
    print(table({options.results.stem: results}))


def _sliding(listener: Any, front_end: FrontEnd, options: argparse.Namespace) -> Listener:
    """A network that streams behind ordinary speech, of the half that is not judged."""
    if listener.graph is None or not is_step(listener.graph):
        raise errors.UsageError("--sliding is for networks that stream; leave it away for one that answers a whole segment")
    speech = read_everyday(options.everyday[0], "training")
    before = images_of(speech.only_at(range(min(BEFORE, len(speech.clips)))), front_end, options.features)
    keep = math.exp(-STEP * front_end.hop_length / front_end.sample_rate / front_end.segment_seconds)
    return SlidingListener(listener.graph, listener.labels, before, keep)


def _models(options: argparse.Namespace, pool: Pool) -> Iterator[tuple[Listener, FrontEnd, Any, Corpus]]:
    """Each model with its front end, its rule for `unknown`, and the clips it is judged on."""
    if options.model:
        card = read_card(options.model)
        if missing := [mood for mood in MOODS if mood not in card.labels]:
            raise errors.UsageError(f"{card.name} does not know {missing[0]}; AT-HOME is for models that know {', '.join(JUDGED)}")
        yield GraphListener(card, read_onnx(card.onnx)), card.front_end, card.unknown, pool
    for checkpoint in options.checkpoints:
        model, about = trained_model(checkpoint)
        labels = tuple(about["labels"])
        folds = PROTOCOLS[about["protocol"]].folds(_everything(options), about["recipe"]["seed"])
        fold = next((fold for fold in folds if fold.name == about["fold"]), None)
        if fold is None:
            raise errors.UsageError(f"{checkpoint} is of the fold {about['fold']}, which these corpora do not have; give those "
                                    "it was trained on, in their order")
        judged = _everything(options).only_at(fold.test) if fold.test else _everything(options)
        listener, front_end = ModelListener(answering(model, labels, JUDGED), JUDGED), FrontEnd.from_json(about["frontEnd"])
        # A network that streams is served without a level, which only the end of a clip would tell (`card.card_of`).
        yield (listener, replace(front_end, level="none") if listener.graph else front_end, None,
               judged.only(lambda clip: clip.label in JUDGED))


def _everything(options: argparse.Namespace) -> Pool:
    return Pool.of([read_corpus(folder) for folder in options.data])


def _heard(options: argparse.Namespace) -> Iterator[bool]:
    """Whether each model was trained on clips that it is judged on."""
    names = {read_corpus(folder).name for folder in options.data}
    if options.model:
        yield not names.isdisjoint(json.loads(options.model.read_text(encoding="utf-8"))["training"]["corpora"])
    for checkpoint in options.checkpoints:
        yield trained_model(checkpoint)[1]["protocol"] == "all"


def images_of(corpus: Corpus, front_end: FrontEnd, cache: Path, versions: Versions = Variants()) -> Tensor:
    """The features of clips, [clips, 1, frames, bands]."""
    if not isinstance(corpus, Pool):
        return corpus_features(corpus, front_end, cache, versions)[0]
    parts = [part for part in corpus.parts() if part.clips]
    if versions != Variants():
        return torch.cat([corpus_features(part, front_end, cache, versions)[0] for part in parts])
    # For whole corpora, so that every fold finds them in the cache.
    return torch.cat([_of_whole(part, front_end, cache) for part in parts])


def _of_whole(part: Corpus, front_end: FrontEnd, cache: Path) -> Tensor:
    whole = read_corpus(part.folder)
    place = {clip.file: index for index, clip in enumerate(whole.clips)}
    return corpus_features(whole, front_end, cache)[0][[place[clip.file] for clip in part.clips]]


def _command(options: argparse.Namespace) -> str:
    """The command, without the paths of this machine."""
    models = ["--model", options.model.name] if options.model else ["--checkpoints", *(
        f"{path.resolve().parent.name}/{path.name}" for path in options.checkpoints)]
    lines = [*(["--sliding"] if options.sliding else []), *(["--lines", *options.lines] if options.lines else [])]
    return " ".join(["python3 -m sernet.athome", *models, "--data", *(folder.resolve().name for folder in options.data),
                     "--everyday", *(folder.resolve().name for folder in options.everyday), *lines])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.athome", description=__doc__)
    add = parser.add_argument
    model = parser.add_mutually_exclusive_group(required=True)
    model.add_argument("--model", type=Path, metavar="CARD", help="an exported model's .json")
    model.add_argument("--checkpoints", type=Path, nargs="+", default=[], metavar="FILE",
                       help="the folds of a training; each is judged on clips it was not trained on")
    add("--data", type=Path, nargs="+", required=True, metavar="DIR", help="corpora of acted emotions")
    add("--everyday", type=Path, nargs="+", required=True, metavar="DIR",
        help="folders of ordinary speech; half of it is judged, and the first folder chooses the thresholds")
    add("--lines", nargs="+", default=[], choices=LINES, metavar="LINE", help=f"also judge through these lines: {', '.join(LINES)}")
    add("--sliding", action="store_true", help="hear every clip in a stream that does not begin anew, behind ordinary speech "
        "(networks that stream)")
    add("--features", type=Path, default=Path("runs/features"), metavar="DIR", help="cache of features (%(default)s)")
    add("--results", type=Path, required=True, metavar="FILE", help="output file of the figures")
    add("--figure", type=Path, metavar="FILE", help="output file of the curve, as SVG")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

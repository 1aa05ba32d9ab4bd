"""Trains an architecture on a corpus and judges it: `python3 -m sernet.train --data DIR`."""

from __future__ import annotations

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Iterator

from . import errors
from .architectures import ARCHITECTURES
from .experiment import SHARE, Experiment, Place, data_of, run_fold, summary
from .files import write_json
from .frontend import OUTPUTS, FrontEnd
from .frontends import FRONT_ENDS
from .losses import LOSSES
from .metrics import mean_and_interval
from .protocols import PROTOCOLS
from .recipe import OPTIMIZERS, PRECISIONS, RECIPES, Recipe
from .results import read_results
from .variants import Condition, Variants, audio_files


def main(arguments: list[str] | None = None) -> None:
    """`arguments` replaces the command line."""
    options = parsed_options(arguments)
    experiment = Experiment(
        tuple(options.data), options.architecture, options.protocol, _recipe(options), _front_end(options),
        tuple(options.also), _variants(options), options.initial, tuple(options.judged), _condition(options),
        options.unsure, options.int8, tuple(options.everyday), options.everyday_share)
    place = Place(options.out, options.device, options.threads)
    results = options.results or options.out / "results.json"
    numbers = options.folds or range(1, len(experiment.folds()) + 1)
    run(experiment, list(numbers), place, results, command_of(options), options.side_by_side)


def run(experiment: Experiment, numbers: list[int], place: Place, results: Path, command: str,
        side_by_side: int = 1) -> None:
    """Runs all folds that are not in the results file, and adds each to it when it ends."""
    done = folds_done(results, command, data_of(experiment.corpora()))
    wanted = [number for number in numbers if number not in {fold["fold"] for fold in done}]
    for result in _results(experiment, wanted, place, side_by_side):
        if result is None:
            continue
        done.append(result)
        write_json(results, summary(experiment, command, done))
        print(f"{result['name']}: UA {result['ua']}  WA {result['wa']}  F1 {result['f1']}  "
              f"({len(done)} folds: UA {mean_and_interval([fold['ua'] for fold in done])['mean']})", flush=True)


def folds_done(results: Path, command: str, data: dict[str, list[int]]) -> list[dict[str, Any]]:
    """The folds of a results file by the same command; none if they are of other recordings."""
    if not results.exists():
        return []
    written = read_results(results)
    if written.get("command") != command:
        raise errors.UsageError(f"{results} was written by another command ({written.get('command')}); "
                                "use another --results file or delete it")
    return written["folds"] if written.get("data") == data else []


def _results(experiment: Experiment, numbers: list[int], place: Place,
             side_by_side: int) -> Iterator[dict[str, Any] | None]:
    if side_by_side == 1:
        for number in numbers:
            yield run_fold(experiment, number, place, _tell)
        return
    # New processes: a process that uses an accelerator cannot be forked.
    with ProcessPoolExecutor(side_by_side, multiprocessing.get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run_fold, experiment, number, place, _tell)
                                    for number in numbers]):
            yield future.result()


def _tell(line: str) -> None:
    print(line, flush=True)


def _front_end(options: argparse.Namespace) -> FrontEnd:
    """The named preset with the changes of the command line."""
    changes = {"output": options.input, "segment_seconds": options.seconds}
    return replace(FRONT_ENDS[options.front_end],
                   **{name: value for name, value in changes.items() if value is not None})


def _variants(options: argparse.Namespace) -> Variants:
    noises = _noises(options, testing=False) if options.variants > 1 else ()
    return Variants(options.variants, noises=noises, by_line=options.lines)


def _condition(options: argparse.Namespace) -> Condition | None:
    return Condition(*options.condition, noises=_noises(options, testing=True)) if options.condition else None


def _noises(options: argparse.Namespace, testing: bool) -> tuple[Path, ...]:
    """Every third noise recording is for tests."""
    files = [file for folder in options.noise for file in audio_files(folder)]
    return tuple(file for place, file in enumerate(files) if (place % 3 == 0) == testing)


def _recipe(options: argparse.Namespace) -> Recipe:
    """The named recipe with the changes of the command line."""
    changes = {name.name: getattr(options, name.name) for name in fields(Recipe)
               if getattr(options, name.name, None) is not None}
    return replace(RECIPES[options.recipe], **changes)


def command_of(options: argparse.Namespace) -> str:
    """The command that makes these results, without the paths of this machine."""
    words = ["python3 -m sernet.train", "--data", *(folder.resolve().name for folder in options.data)]
    for name, default in _RESULT_OPTIONS.items():
        value = getattr(options, name)
        if value is not None and value != default:
            words.append("--" + name.replace("_", "-"))
            if isinstance(value, list):
                words += [item.resolve().name if isinstance(item, Path) else str(item) for item in value]
            elif value is not True:
                words.append(value.resolve().name if isinstance(value, Path) else str(value))
    return " ".join(words)


_RESULT_OPTIONS: dict[str, Any] = {
    "architecture": None, "protocol": None, "recipe": None, "epochs": None, "seed": None, "loss": None, "optimizer": None,
    "learning_rate": None, "average": None, "mixup": None, "styles": None,
    "precision": None, "front_end": None, "input": None, "seconds": None, "initial": None, "also": [],
    "judged": [], "unsure": 0.0, "everyday": [], "everyday_share": SHARE, "variants": 1, "lines": False, "noise": [], "condition": None, "int8": False, "threads": None}
"""Options that decide the results, and the values that need not be said."""


def parsed_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line, or of `arguments`."""
    parser = argparse.ArgumentParser(prog="python3 -m sernet.train", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, nargs="+", required=True, metavar="DIR", help="folder of the corpus, or of each of several")
    add("--out", type=Path, default=Path("runs/train"), metavar="DIR",
        help="folder of checkpoints and results; features go beside it (%(default)s); a run that was cut "
             "off continues from there")
    add("--results", type=Path, metavar="FILE", help="the results file (results.json in --out)")
    add("--architecture", choices=ARCHITECTURES, default="light-sernet", help="(%(default)s)")
    add("--protocol", choices=PROTOCOLS, default="all",
        help="; ".join(f"{name}: {protocol.meaning}, epoch: {protocol.epoch}"
                       for name, protocol in PROTOCOLS.items()) + " (%(default)s)")
    add("--folds", type=_numbers, metavar="N,N", help="only these folds, counted from 1")
    add("--recipe", choices=RECIPES, default="cosine", help="(%(default)s); the following change it")
    add("--epochs", type=int, metavar="N")
    add("--seed", type=int, metavar="S")
    add("--loss", choices=LOSSES)
    add("--optimizer", choices=OPTIMIZERS)
    add("--learning-rate", type=float, metavar="R")
    add("--average", type=float, metavar="D", help="decay of the running mean of the weights")
    add("--mixup", type=float, metavar="A", help="mix clips by shares of Beta(A, A)")
    add("--styles", type=float, metavar="P", help="mix the styles of this share of the batches")
    add("--precision", choices=PRECISIONS, help="bf16 is twice as fast if the processor supports it")
    add("--front-end", choices=FRONT_ENDS, default="light-sernet", help="(%(default)s)")
    add("--input", choices=OUTPUTS, help="features of a frame (default: by the front end)")
    add("--seconds", type=float, metavar="S", help="segment length (default: by the front end)")
    add("--initial", type=Path, metavar="FILE", help="checkpoint with the initial weights")
    add("--also", type=Path, nargs="+", default=[], metavar="DIR", help="further corpora to train on")
    add("--variants", type=int, default=1, metavar="N",
        help="versions of each clip to train on: speeds, rooms, noise (%(default)s: only the clip itself)")
    add("--lines", action="store_true", help="a third of the versions through narrow bands, telephones and codecs")
    add("--everyday", type=Path, nargs="+", default=[], metavar="DIR", help="folders of ordinary speech; the training half of each is trained as neutral")
    add("--everyday-share", type=float, default=SHARE, metavar="P", help="share of ordinary speech in the drawn clips (%(default)s)")
    add("--noise", type=Path, nargs="+", default=[], metavar="DIR",
        help="recordings of noise, two thirds for the variants and one third for the condition")
    add("--condition", type=float, nargs=2, metavar=("T60", "DB"),
        help="also test each clip in a room of this reverberation time (s) with noise at this ratio")
    add("--judged", nargs="+", default=[], metavar="LABEL", help="labels to test and answer, a part of those trained on")
    add("--unsure", type=float, default=0.0, metavar="P", help="share of the drawn clips that are noise recordings, "
        "for which no label is right (%(default)s)")
    add("--int8", action="store_true", help="also judge the int8 model of each fold")
    add("--device", default="cpu", help="where PyTorch trains, such as cuda (%(default)s)")
    add("--side-by-side", type=int, default=1, metavar="N", help="parallel folds (%(default)s)")
    add("--threads", type=int, default=1, metavar="N", help="processor threads of a fold (%(default)s)")
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    errors.run(main)

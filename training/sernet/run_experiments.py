"""Runs every training that docs/developer/models.md reports on: `python3 -m sernet.run_experiments --datasets DIR`.

Jobs run in order, fold by fold. Finished folds are skipped, and a fold that was cut off continues from its last
checkpoint, so the same command completes a campaign after any number of stops.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import shlex
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from . import errors, train
from .corpora import read_corpus
from .experiment import data_of
from .results import read_results

_BF16 = "--precision bf16 --int8"
_VARIED = "--variants 4 --noise {datasets}/noise"
_SHORT = "--average 0.99 --int8"
_HOME = (f"--architecture light-sernet-normalised --front-end home --recipe home {_VARIED} --judged anger "
         "happiness neutral sadness --unsure 0.08 --int8")
_HOUSE = f"{_HOME} --lines --everyday {{datasets}}/household/commands"
_STREAMING = _HOUSE.replace("light-sernet-normalised", "light-sernet-streaming").replace("--recipe home", "--recipe streaming")
_HOMELY = ("emodb", "ravdess", "nemo", "banglaser")
_MODIFIED = {"light-sernet-selective-attention": 32, "light-sernet-hybrid-attention": 40,
             "light-sernet-depthwise-separable": 32}
"""Epochs of the modifications that one schedule of the learning rate makes."""


@dataclass(frozen=True)
class Job:
    """A results file, the options of `sernet.train` that make it, and the requested folds."""

    name: str
    options: str
    folds: int = 10
    data: tuple[str, ...] = ("emodb",)
    """Folders of the corpora."""


def jobs() -> list[Job]:
    """The trainings; those that others are compared with come first."""
    made = [
        Job("emodb-light-sernet-speaker-last", "--protocol speaker-last --optimizer adamw --int8"),
        Job("emodb-light-sernet-paper", f"--protocol paper --epochs 60 --average 0.99 {_BF16}"),
        Job("emodb-light-sernet-seven-seconds-paper", f"--protocol paper --seconds 7 --epochs 60 --average 0.99 {_BF16}", 3),
        Job("emodb-light-sernet-focal-paper", f"--protocol paper --loss focal --epochs 60 {_BF16}"),
        Job("emodb-light-sernet-speaker", f"--protocol speaker --precision bf16 --epochs 32 {_SHORT}"),
    ]
    for protocol, folds in (("speaker", 10), ("paper", 3)):
        for architecture, epochs in _MODIFIED.items():
            made.append(Job(f"emodb-{architecture}-{protocol}",
                            f"--architecture {architecture} --protocol {protocol} --precision bf16 "
                            f"--epochs {epochs} {_SHORT}", folds))
        # Modifications 4 and 5 are one architecture with two schedules of the learning rate.
        for suffix, recipe in (("skip", "decay"), ("skip-cosine", "cosine")):
            made.append(Job(f"emodb-light-sernet-{suffix}-{protocol}",
                            f"--architecture light-sernet-skip --recipe {recipe} --protocol {protocol} "
                            f"--precision bf16 --epochs 40 {_SHORT}", folds))
        for architecture, loss in (("tim-net", "cross-entropy"), ("tim-net-improved", "focal")):
            made.append(Job(f"emodb-{architecture}-{protocol}",
                            f"--architecture {architecture} --front-end tim-net --loss {loss} "
                            f"--protocol {protocol} --epochs 32 {_SHORT}", folds))
    # The baseline first: how well a model of EMO-DB alone does on other corpora.
    made.append(Job("emodb-light-sernet-others", f"--protocol others --judged anger happiness neutral sadness {_BF16}",
                    3, _HOMELY))
    made += [Job(f"home-{protocol}", f"--protocol {protocol} {_HOME} --condition 0.4 10", folds, _HOMELY)
             for protocol, folds in (("corpus", 4), ("speaker-groups", 5), ("all", 1))]
    # With ordinary speech as neutral, and bad lines.
    made += [Job(f"house-{protocol}", f"--protocol {protocol} {_HOUSE}", folds, _HOMELY)
             for protocol, folds in (("speaker-groups", 5), ("corpus", 4), ("all", 1))]
    # A network that streams, with ordinary speech of readers too (readers.sh).
    made += [Job(f"streaming-{protocol}", f"--protocol {protocol} {_STREAMING} {{out}}/readers --everyday-share 0.2", folds, _HOMELY)
             for protocol, folds in (("all", 1), ("speaker-groups", 3), ("corpus", 4))]
    # From recordings whose licences set no condition on the weights.
    made += [Job(name, f"--protocol {protocol} {options}", 1, ("emodb", "banglaser"))
             for name, protocol, options in (("free-all", "all", _HOUSE), ("streaming-free-speaker-groups", "speaker-groups", _STREAMING),
                                             ("streaming-free-all", "all", _STREAMING))]
    # Starts from a model of three other corpora; EMO-DB is not among them.
    made.append(Job("emodb-light-sernet-normalised-speaker",
                    "--protocol speaker --architecture light-sernet-normalised --front-end home --seconds 5 --recipe home --epochs 12 "
                    f"--learning-rate 1e-3 --average 0.99 {_VARIED} --initial {{out}}/house-corpus/corpus-emodb.pt --int8"))
    return made


def main() -> None:
    options = _options()
    wanted = [job for job in jobs() if not options.only or job.name in options.only]
    if unknown := set(options.only) - {job.name for job in wanted}:
        raise errors.UsageError(f"there is no job {sorted(unknown)[0]!r}; see --list")
    if options.list:
        for job in wanted:
            print(f"{_done(job, options)}/{job.folds}  {job.name}  {job.options}")
        return
    _run(wanted, options)


def _run(wanted: list[Job], options: argparse.Namespace) -> None:
    """Gives whole jobs to workers: the folds of a job share a results file, so one process must write it."""
    todo: multiprocessing.Queue[Job] = multiprocessing.Queue()
    for job in wanted:
        if _done(job, options) < job.folds:
            todo.put(job)
    workers = [multiprocessing.Process(target=_work, args=(todo, options)) for _ in range(options.workers)]
    for worker in workers:
        worker.start()
        time.sleep(1)  # so that jobs start in their order
    for worker in workers:
        worker.join()
    if failed := [worker for worker in workers if worker.exitcode]:
        raise errors.SernetError(f"{len(failed)} workers ended with an error; see above, then run again")


def _work(todo: multiprocessing.Queue[Job], options: argparse.Namespace) -> None:
    while True:
        try:
            job = todo.get(timeout=2)
        except queue.Empty:
            return
        errors.run(lambda: train.main(arguments(job, options)))


def arguments(job: Job, options: argparse.Namespace) -> list[str]:
    """The command line of `sernet.train` for a job."""
    return ["--data", *(str(options.datasets / corpus) for corpus in job.data), "--out", str(options.out / job.name),
            "--results", str(options.results / f"{job.name}.json"), "--device", options.device,
            "--folds", ",".join(str(number + 1) for number in range(job.folds)),
            *shlex.split(job.options.format(datasets=options.datasets, out=options.out))]


def _done(job: Job, options: argparse.Namespace) -> int:
    """The finished folds of a job, for the recordings that are there now."""
    file = options.results / f"{job.name}.json"
    if not file.exists():
        return 0
    results = read_results(file)
    return len(results["folds"]) if results.get("data") == _data(job.data, options.datasets) else 0


@lru_cache(maxsize=None)
def _data(names: tuple[str, ...], datasets: Path) -> dict[str, list[int]]:
    return data_of([read_corpus(datasets / name) for name in names])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.run_experiments", description=__doc__)
    add = parser.add_argument
    add("--datasets", type=Path, required=True, metavar="DIR", help="folder with a folder for each corpus")
    add("--out", type=Path, default=Path("runs"), metavar="DIR", help="checkpoints (%(default)s)")
    add("--results", type=Path, default=Path("results"), metavar="DIR", help="(%(default)s)")
    add("--workers", type=int, default=1, metavar="N", help="jobs at once (%(default)s)")
    add("--device", default="cpu", help="(%(default)s)")
    add("--only", nargs="+", default=[], metavar="JOB", help="only these jobs")
    add("--list", action="store_true", help="list the jobs and how many folds of each are done")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

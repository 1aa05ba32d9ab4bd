"""Trains the first opinion of the speech gate, and writes its weights and its card.

    python3 -m sernet.gate --speech DIR … --everyday DIR … --noise DIR … --rooms DIR --work runs/gate --out ../src/SernetStream.Speech/FirstOpinion

Streams of speech and noise are made, Silero VAD says where it hears speech in them, and a small network learns to
say so from the energies of a few bands. Then the threshold is chosen so that, of the utterances that Silero's gate opens for in
other streams, next to none is missed. The threshold is in the last bias: a positive logit means "perhaps".

The command goes on where it was stopped. The seeds decide the weights, on one machine with one number of threads.
"""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from torch.nn import functional

from .. import errors
from ..corpora import licence
from ..files import write_atomically, write_json
from .network import STEP, MelDetector, bands, image
from .rooms import SECONDS, Sounds, steady, stream
from .silero import Silero

VALIDATION_SEED, STEADY_SEED = 1_000_003, 2_000_003
OPEN, STAY = 0.5, 0.35
"""Silero's thresholds, as the gate has them by default."""
LEAST_STEPS = 8
"""Speech as short as this opens the gate."""
FIRST = 62
"""Steps of a stream that do not count: Silero is asked then anyway."""
HELD = 30
"""Steps after speech in which nothing is asked of the student: the gate is open, or Silero is asked on, anyway."""
LATER = 0.3
"""How much a step of speech counts by which the gate is open, beside one of those that open it."""
SHARD = 100
"""Streams that are made at once, and kept."""
BATCH, RATE = 16, 4e-3
MISSED = 0.01
"""Share of the openings that the threshold may miss in the validation streams, before the margin."""
MARGIN = 1.0
"""Logits below that threshold."""


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    sounds = functools.cache(lambda: Sounds.read(options.speech, options.everyday, options.noise, options.rooms))
    busy = _taught(options, sounds, "training", options.streams, 0)
    alone = _taught(options, sounds, "steady", options.steady, STEADY_SEED)
    network = _trained(options, *(np.concatenate(parts) for parts in zip(busy, alone)))
    images, answers = _taught(options, sounds, "validation", max(8, options.streams // 5), VALIDATION_SEED)
    logits = _logits_of_steps(network, images)
    threshold, found = _threshold(logits, answers)
    with torch.no_grad():
        network.leave.bias -= threshold
    asks, answers = logits[:, FIRST:] >= threshold, answers[:, FIRST:]
    quiet = answers.max(axis=1) < 0.1
    print(f"threshold {threshold:.2f}; {found} openings; asked in {100 * asks.mean():.1f} % of all steps, "
          f"{100 * asks[quiet].mean() if quiet.any() else 0:.2f} % where nobody speaks; Silero hears speech in {100 * (answers >= OPEN).mean():.1f} %")
    network.write(options.out / "mel-detector.f32")
    write_json(options.out / "mel-detector.json", _card(options, network))


def lesson(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is asked of the student, and how much it counts, both [streams, steps], by the teacher's probabilities."""
    wanted, weight = (answers >= STAY).astype(np.float32), np.ones_like(answers)
    weight[(answers >= 0.1) & (answers < OPEN)] = 0.2
    for stream_answers, stream_weight in zip(answers, weight):
        for begin, end in _runs(stream_answers >= STAY):
            stream_weight[max(0, begin - 2):begin] = 0
            stream_weight[end:end + HELD] = np.minimum(stream_weight[end:end + HELD], stream_answers[end:end + HELD] >= STAY)
            stream_weight[begin if end - begin < LEAST_STEPS else begin + LEAST_STEPS:end] = LATER
    weight[:, :FIRST] = 0
    return wanted, weight


def openings(answers: np.ndarray) -> list[int]:
    """The steps at which speech begins that opens the gate, of one stream."""
    found = []
    for begin, end in _runs(answers >= STAY):
        above = np.flatnonzero(answers[begin:end] >= OPEN)
        if len(above) and end - (begin + above[0]) >= LEAST_STEPS:
            found.append(begin + int(above[0]))
    return found


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2])]


@functools.cache
def _teacher(silero: Path) -> Silero:
    return Silero(silero)


def _taught(options: argparse.Namespace, sounds: Callable[[], Sounds], name: str, count: int,
            seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images [streams, steps, 2 x bands] and the teacher's answers [streams, steps]; kept from run to run."""
    shards = []
    for begin in range(0, count, SHARD):
        kept = options.work / f"{name}-{seed + begin}.npz"
        if not kept.is_file():
            made = [_stream(options.silero, sounds(), name, seed + i) for i in range(begin, min(begin + SHARD, count))]
            images, answers = (np.stack(part) for part in zip(*made))
            write_atomically(kept, lambda file: np.savez(file, images=images, answers=answers))
            print(f"{name}: {begin + len(made)} streams of {SECONDS} s", flush=True)
        with np.load(kept) as arrays:
            shards.append((arrays["images"], arrays["answers"]))
    images, answers = (np.concatenate(part) for part in zip(*shards))
    return images, answers


def _stream(silero: Path, sounds: Sounds, name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    heard = (steady if name == "steady" else stream)(sounds, seed)
    heard = heard[:len(heard) // STEP * STEP]
    return image(bands(heard)).astype(np.float32), _teacher(silero)(heard[None])[0]


def _trained(options: argparse.Namespace, images: np.ndarray, answers: np.ndarray) -> MelDetector:
    torch.manual_seed(options.seed)
    network, kept = MelDetector(), options.work / "student.pt"
    deviation, mean = torch.std_mean(torch.from_numpy(images.reshape(-1, images.shape[2])), dim=0)
    wanted, weight = (torch.from_numpy(part) for part in lesson(answers))
    inputs = (torch.from_numpy(images) - mean) / deviation
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs)
    first = 0
    if kept.is_file():
        state = torch.load(kept)
        first = state["epoch"]
        for part, name in ((network, "network"), (optimizer, "optimizer"), (schedule, "schedule")):
            part.load_state_dict(state[name])
    for epoch in range(first, options.epochs):
        torch.manual_seed(options.seed * 1_000_003 + epoch + 1)
        total = 0.0
        for batch in torch.randperm(len(inputs)).split(BATCH):
            logits = network(inputs[batch])
            losses = functional.binary_cross_entropy_with_logits(logits, wanted[batch], reduction="none")
            loss = (losses * weight[batch]).sum() / weight[batch].sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch) / len(inputs)
        schedule.step()
        state = {"epoch": epoch + 1, "network": network.state_dict(), "optimizer": optimizer.state_dict(),
                 "schedule": schedule.state_dict()}
        write_atomically(kept, lambda file: torch.save(state, file))
        print(f"epoch {epoch + 1}: loss {total:.4f}", flush=True)
    network.normalise(mean, deviation)
    return network


@torch.no_grad()
def _logits_of_steps(network: MelDetector, images: np.ndarray) -> np.ndarray:
    return torch.cat([network(part) for part in torch.from_numpy(images).split(BATCH)]).numpy()


def _threshold(logits: np.ndarray, answers: np.ndarray) -> tuple[float, int]:
    """The threshold, and how many openings it was chosen on: each is caught if one of its first steps reaches it."""
    best = sorted(float(stream_logits[begin:begin + LEAST_STEPS].max())
                  for stream_logits, stream_answers in zip(logits, answers) for begin in openings(stream_answers) if begin >= FIRST)
    if not best:
        raise errors.InputError("Silero hears no speech in the validation streams; give more streams")
    return best[int(MISSED * len(best))] - MARGIN, len(best)


def _card(options: argparse.Namespace, network: MelDetector) -> dict[str, object]:
    corpora = [folder.resolve().name for folder in options.speech]
    return {
        "name": "mel-detector",
        "file": "mel-detector.f32",
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "teacher": "Silero VAD v6 (MIT), the file of npm @ricky0123/vad-web 0.0.31",
        "licence": "; ".join([*(f"{name}: {licence(name)}" for name in corpora),
                              "household/commands: Apache-2.0; ESC-10: CC0 or CC BY by clip; Speech Commands, background noise: CC BY 4.0; "
                              "babies crying: ODbL, DbCL; UniS room: MIT; OpenAIR halls: CC BY 4.0"]),
        "streams": options.streams, "steadyStreams": options.steady, "secondsOfStream": SECONDS, "epochs": options.epochs, "seed": options.seed,
        "command": "python3 -m sernet.gate",
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.gate", description=__doc__.split("\n")[0])
    parser.add_argument("--speech", type=Path, nargs="+", required=True, metavar="DIR", help="corpora of speech")
    parser.add_argument("--everyday", type=Path, nargs="*", default=[], metavar="DIR", help="folders of ordinary speech; one half is used")
    parser.add_argument("--noise", type=Path, nargs="+", required=True, metavar="DIR", help="folders of other sounds; one half is used")
    parser.add_argument("--rooms", type=Path, required=True, metavar="DIR", help="a folder of impulse responses; one half is used")
    parser.add_argument("--silero", type=Path, metavar="FILE",
                        default=Path(__file__).resolve().parents[3] / "node_modules/@ricky0123/vad-web/dist/silero_vad_v6.onnx")
    parser.add_argument("--work", type=Path, default=Path("runs/gate"), help="where streams and checkpoints are kept")
    parser.add_argument("--out", type=Path, required=True, help="where weights and card are written")
    parser.add_argument("--streams", type=int, default=600)
    parser.add_argument("--steady", type=int, default=200, help="streams of a steady noise alone")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

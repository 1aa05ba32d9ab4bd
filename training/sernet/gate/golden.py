"""The golden file of the first opinion: logits of the spoken sample, which SernetStream.Speech must give too.

    python3 -m sernet.gate.golden            writes tests/golden/gate/spoken.f32
    python3 -m sernet.gate.golden --check    says whether the file there is what the code makes
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from .. import errors
from ..files import write_atomically
from ..golden import ROOT
from .network import MelDetector, bands, image

WEIGHTS = ROOT / "src" / "SernetStream.Speech" / "FirstOpinion" / "mel-detector.f32"
INPUT = ROOT / "tests" / "golden" / "front-end" / "spoken.s16"
GOLDEN = ROOT / "tests" / "golden" / "gate" / "spoken.f32"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.gate.golden", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare the committed file with what the code makes")
    if not parser.parse_args().check:
        write_atomically(GOLDEN, lambda file: file.write(logits().tobytes()))
    elif (worst := np.abs(np.fromfile(GOLDEN, "<f4") - logits()).max()) > 1e-4:
        raise errors.SernetError(f"{GOLDEN.name} is off by {worst:.1e}; write it again with python3 -m sernet.gate.golden")


@torch.no_grad()
def logits() -> np.ndarray:
    """Of the steps of the input, float32 [steps]."""
    seen = image(bands(np.fromfile(INPUT, "<i2") / 32768))
    return MelDetector.read(WEIGHTS).double()(torch.from_numpy(seen)[None])[0].numpy().astype("<f4")


if __name__ == "__main__":
    errors.run(main)

#!/usr/bin/python3
"""What builds of sernetd hold in memory after a minute of speech at its own pace, without plugins or a dashboard.

    packaging/check/memory.py [--turns N] NAME=COMMAND…     such as  jit="dotnet src/…/sernetd.dll"  native=/usr/bin/sernetd

A command may begin with variables (native-x="env X=1 /usr/bin/sernetd"). All builds hear the recording at the same time, since
memory does not depend on what else runs. Printed is the median of the turns, and its ratio to the first build:
resident (VmRSS), of that memory of its own (RssAnon) and pages of files (RssFile), which other processes may share.
"""

import argparse
import shlex
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

RECORDING = Path(__file__).resolve().parents[2] / "samples" / "spoken.flac"
SECONDS = 60
KEYS = ("VmRSS", "RssAnon", "RssFile")


def resident(process: subprocess.Popen) -> dict:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if ":" in line)
    return {key: int(lines[key].split()[0]) / 1024 for key in KEYS}


def turn(builds: dict, recording: Path) -> dict:
    processes = {}
    for name, command in builds.items():
        processes[name] = subprocess.Popen(
            [*shlex.split(command), "--device", f"file:{recording}", "--output", "json"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(SECONDS)
    figures = {name: resident(process) for name, process in processes.items()}
    for process in processes.values():
        process.terminate()
        process.wait()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("builds", nargs="+")
    arguments = parser.parse_args()
    builds = dict(build.split("=", 1) for build in arguments.builds)
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "minutes.wav"
        subprocess.run(["sox", RECORDING, recording, "repeat", "9"], check=True)
        turns = [turn(builds, recording) for _ in range(arguments.turns)]
    first = next(iter(builds))
    print("| | " + " | ".join(f"{key}, MB" for key in KEYS) + " | VmRSS, ratio |\n|---|" + "---|" * (len(KEYS) + 1))
    medians = {name: [statistics.median(one[name][key] for one in turns) for key in KEYS] for name in builds}
    for name, values in medians.items():
        print(f"| {name} | " + " | ".join(f"{value:.1f}" for value in values) + f" | {values[0] / medians[first][0]:.2f} |")


if __name__ == "__main__":
    main()

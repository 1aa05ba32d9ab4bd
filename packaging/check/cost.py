#!/usr/bin/python3
"""What builds of sernetd cost beside each other: processor time, start, a hop, and how many rooms this machine holds.

    packaging/check/cost.py [--turns N] [--minutes M] WHAT… NAME=COMMAND…

such as  cost.py speech quiet start hop rooms old="dotnet src/…/sernetd.dll" native=/usr/bin/sernetd

  speech   processor seconds for M minutes of speech, at full speed, start included
  quiet    the same for twice as many minutes of a quiet room (noise of -50 dB)
  start    milliseconds from the start of the program to its first event
  hop      processor milliseconds of the classifier for a hop while somebody speaks, by `sernetd bench`
  rooms    streams that `sernetd bench` finds to be served, while somebody speaks in all of them

The builds take turns. Printed are, for each, the median and the median of the ratios to the first build within a turn, with
their range. memory.py beside this measures memory.
"""

import argparse
import json
import os
import resource
import shlex
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

RECORDING = Path(__file__).resolve().parents[2] / "samples" / "spoken.flac"
RECORDING_SECONDS = 25.4
KINDS = {"speech": "s", "quiet": "s", "start": "ms", "hop": "ms", "rooms": "rooms"}


def at_full_speed(command: list, recording: Path) -> list:
    return [*command, "run", "--device", f"file:{recording}", "--speed", "max", "--output", "json"]


def processor_seconds(command: list, recording: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(at_full_speed(command, recording), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def first_event_milliseconds(command: list) -> float:
    began = time.monotonic()
    with subprocess.Popen(at_full_speed(command, RECORDING), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        taken = time.monotonic() - began
        process.kill()
    return 1000 * taken


def bench(command: list, figure: str, *options: str) -> float:
    return json.loads(subprocess.run([*command, "bench", "--json", *options], check=True, stdout=subprocess.PIPE).stdout)[figure]


def recordings(folder: Path, minutes: int) -> dict:
    speech, quiet = folder / "speech.wav", folder / "quiet.wav"
    subprocess.run(["sox", RECORDING, speech, "repeat", str(int(60 * minutes / RECORDING_SECONDS))], check=True)
    subprocess.run(
        ["sox", "-n", "-r", "16000", "-b", "16", quiet, "synth", str(120 * minutes), "pinknoise", "vol", "-50dB"], check=True)
    return {"speech": speech, "quiet": quiet}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("arguments", nargs="+", metavar="WHAT|NAME=COMMAND")
    given = parser.parse_args()
    builds = {name: shlex.split(command) for name, command in (one.split("=", 1) for one in given.arguments if "=" in one)}
    wanted = [one for one in given.arguments if "=" not in one]
    if not builds or not wanted or not set(wanted) <= KINDS.keys():
        parser.error("it takes one or more of " + ", ".join(KINDS) + ", and one or more builds")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {given.turns} turns")
    first = next(iter(builds))
    with tempfile.TemporaryDirectory() as folder:
        files = recordings(Path(folder), given.minutes)
        measures = {
            "speech": lambda command: processor_seconds(command, files["speech"]),
            "quiet": lambda command: processor_seconds(command, files["quiet"]),
            "start": first_event_milliseconds,
            "hop": lambda command: bench(command, "windowMs", "--seconds", "2"),
            "rooms": lambda command: bench(command, "streams"),
        }
        for kind in wanted:
            figures = {name: [] for name in builds}
            for _ in range(given.turns):
                for name, command in builds.items():
                    figures[name].append(measures[kind](command))
            for name, values in figures.items():
                ratios = [value / base for value, base in zip(values, figures[first])]
                print(f"{kind:7} {name:20} {statistics.median(values):9.3f} {KINDS[kind]:6}"
                      f" ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""What a build of sernetd costs, beside another build in the same minutes: start, memory, processor.

    packaging/check/figures.py NAME=COMMAND…      such as  native=/usr/bin/sernetd  "jit=dotnet src/…/sernetd.dll"

The builds take turns; the best of each is printed, since whatever else runs on the machine only makes them worse.
"""

import resource
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path

RECORDING = Path(__file__).resolve().parents[2] / "samples" / "spoken.flac"
TURNS = 5


def version(command: list) -> dict:
    began = time.perf_counter()
    subprocess.run([*command, "--version"], check=True, stdout=subprocess.DEVNULL)
    return {"--version, s": time.perf_counter() - began}


def first(stream, part: str, began: float, figures: dict, name: str) -> threading.Thread:
    """Notes when the first line with a part comes, and reads on."""
    def read() -> None:
        for line in stream:
            if part in line:
                figures.setdefault(name, time.perf_counter() - began)
    thread = threading.Thread(target=read)
    thread.start()
    return thread


def listen(command: list) -> dict:
    """The recording at the speed it was spoken at; resident is what the process holds at its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    child = subprocess.Popen(
        [*command, "--device", f"file:{RECORDING}", "--output", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    figures: dict = {}
    readers = [
        first(child.stderr, "listening to", began, figures, "listening, s"),
        first(child.stdout, "{", began, figures, "first event, s"),
    ]
    while child.poll() is None:
        try:
            status = Path(f"/proc/{child.pid}/status").read_text()
            figures["resident, MB"] = int(status.split("VmRSS:")[1].split()[0]) / 1024
        except (IndexError, FileNotFoundError):
            pass
        time.sleep(0.05)
    for reader in readers:
        reader.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures["processor, s"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return figures


def main() -> None:
    builds = dict(argument.split("=", 1) for argument in sys.argv[1:])
    best: dict = {name: {} for name in builds}
    for turn in range(TURNS):
        for name, command in builds.items():
            words = shlex.split(command)
            figures = version(words)
            if turn < 2:
                figures |= listen(words)
            for key, value in figures.items():
                best[name][key] = min(value, best[name].get(key, value))
    keys = list(dict.fromkeys(key for figures in best.values() for key in figures))
    print("| | " + " | ".join(builds) + " |\n|---|" + "---|" * len(builds))
    for key in keys:
        print(f"| {key} | " + " | ".join(f"{best[name][key]:.3g}" for name in builds) + " |")


if __name__ == "__main__":
    main()

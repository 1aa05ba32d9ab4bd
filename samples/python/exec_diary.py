#!/usr/bin/python3
"""Writes a diary, a line for each event, run by the plugin Exec:

    plugins:
      Exec:
        command: [/usr/local/bin/exec_diary.py, /home/pi/diary.csv]
        kinds: [change]

The event comes on standard input, as a line of JSON; docs/user/mqtt.md explains its fields.
"""

import csv
import fcntl
import json
import sys

COLUMNS = ["time", "node", "previous", "emotion", "confidence", "arousal"]


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: exec_diary.py FILE, with an event on standard input")

    text = sys.stdin.read()
    try:
        event = json.loads(text)
        row = [event.get(column) for column in COLUMNS]
    except (ValueError, AttributeError):
        sys.exit(f"standard input is no event, but: {text[:80]!r}")

    # Two events may be written at the same time (at_once).
    with open(sys.argv[1], "a", newline="", encoding="utf-8") as diary:
        fcntl.flock(diary, fcntl.LOCK_EX)
        writer = csv.writer(diary)
        if diary.tell() == 0:
            writer.writerow(COLUMNS)
        writer.writerow(row)


main()

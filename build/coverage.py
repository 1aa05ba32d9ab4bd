#!/usr/bin/env python3
"""Sums up coverage: `build/coverage.py DIR` reads every coverage.cobertura.xml below DIR, one of each test project.

A line counts as covered if any of the projects ran it. What tests start as processes (sernetd itself, plugins' hosts) is not
seen, so figures of the programs are lower than what is tested.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path


def main() -> int:
    reports = sorted(Path(sys.argv[1]).rglob("coverage.cobertura.xml"))
    if not reports:
        print(f"coverage.py: there is no coverage.cobertura.xml below {sys.argv[1]}", file=sys.stderr)
        return 1
    lines: dict[str, dict[tuple[str, int], bool]] = defaultdict(dict)
    for report in reports:
        for package in ElementTree.parse(report).getroot().iter("package"):
            for part in package.iter("class"):
                for line in part.iter("line"):
                    key = (part.get("filename"), int(line.get("number")))
                    seen = lines[package.get("name")]
                    seen[key] = seen.get(key, False) or int(line.get("hits")) > 0
    if not lines:
        print("coverage.py: the reports name no line", file=sys.stderr)
        return 1
    print("| project | lines | covered, % |\n|---|---|---|")
    for name, seen in sorted(lines.items()):
        print(f"| {name} | {len(seen)} | {100 * sum(seen.values()) / len(seen):.1f} |")
    everything = [hit for seen in lines.values() for hit in seen.values()]
    print(f"| all | {len(everything)} | {100 * sum(everything) / len(everything):.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

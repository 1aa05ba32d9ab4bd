"""Results of AT-HOME for readers: a table, and the curve of recall against false emotions."""

from __future__ import annotations

import math
from typing import Any
from xml.sax.saxutils import escape

LEFT, TOP, WIDE, HIGH = 60, 30, 440, 320
COLOURS = ("#08306b", "#cb181d", "#238b45", "#6a51a3", "#d94801")
LEAST, MOST = 0.5, 50.0


def table(named: dict[str, dict[str, Any]]) -> str:
    """A line for each model: the main figure, and the figures in homes."""
    lines = ["| results | ordinary speech given a mood, likeliest label | recall at 5 in 100 false moods (1, 2, 10) | balanced UA, alone → "
             "homes of 1, 2, 4 | lasting: every clip, UA alone → homes of 1, 2, 4 | lasting: recall, first ten → last ten, home of 1 | "
             "mostly neutral WA, alone → homes of 1, 2, 4 |", "|---|---|---|---|---|---|---|"]
    for name, results in named.items():
        at, likeliest = results["recallAt"], results["everyday"]["alone"]["likeliest"]
        moods = sum(share for label, share in likeliest.items() if label in ("anger", "happiness", "sadness"))
        alone = results["balanced"]["alone"]
        cells = [name, f"{moods:.1f} %", f"**{at['5']:.1f}** ({at['1']:.1f}, {at['2']:.1f}, {at['10']:.1f})",
                 _homes(alone["ua"], results["balanced"], lambda part: part["ua"])]
        if "lasting" in results:
            lasting = results["lasting"]
            cells += [_homes(alone["ua"], lasting, lambda part: part["everyClipOnce"]["ua"]),
                      f"{lasting['of1']['first']['recallAtFive']:.1f} → {lasting['of1']['last']['recallAtFive']:.1f}",
                      _homes(results["mostlyNeutral"]["of1"]["alone"]["wa"], results["mostlyNeutral"],
                             lambda part: part["adapted"]["wa"])]
        lines.append(f"| {' | '.join(cells + ['–'] * (7 - len(cells)))} |")
    return "\n".join(lines)


def _homes(alone: float, parts: dict[str, Any], figure: Any) -> str:
    homes = [f"{figure(parts[key]):.1f}" for key in ("of1", "of2", "of4") if key in parts]
    return f"{alone:.1f}" + (f" → {', '.join(homes)}" if homes else "")


def curve_svg(named: dict[str, dict[str, Any]]) -> str:
    """False emotions in a hundred ordinary utterances (x, logarithmic) against the mean recall of the emotions (y)."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDE + 20} {TOP + HIGH + 50}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="#fff"/>',
             f'<rect x="{LEFT}" y="{TOP}" width="{WIDE}" height="{HIGH}" fill="#f7fbff" stroke="#889"/>']
    for rate in (0.5, 1, 2, 5, 10, 20, 50):
        dashed = "" if rate == 5 else ' stroke-dasharray="2 4"'
        parts += [f'<line x1="{_across(rate):.1f}" y1="{TOP}" x2="{_across(rate):.1f}" y2="{TOP + HIGH}" stroke="#889"{dashed}/>',
                  f'<text x="{_across(rate):.1f}" y="{TOP + HIGH + 16}" text-anchor="middle">{rate:g}</text>']
    for recall in range(0, 101, 20):
        parts.append(f'<text x="{LEFT - 6}" y="{_up(recall) + 4:.1f}" text-anchor="end">{recall}</text>')
    for (name, results), colour, row in zip(named.items(), COLOURS, range(len(named))):
        points = " ".join(f"{_across(float(rate)):.1f},{_up(recall):.1f}" for rate, recall in results["recallAt"].items())
        parts += [f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>',
                  f'<text x="{LEFT + 10}" y="{TOP + 18 + 16 * row}" fill="{colour}">{escape(name)}: '
                  f'{results["recallAt"]["5"]:.1f} % at 5</text>']
    parts += [f'<text x="{LEFT}" y="{TOP - 10}">recall of anger, happiness and sadness, %</text>',
              f'<text x="{LEFT}" y="{TOP + HIGH + 36}">ordinary utterances that are given a mood, in 100</text>', "</svg>"]
    return "\n".join(parts) + "\n"


def _across(rate: float) -> float:
    return LEFT + WIDE * math.log(rate / LEAST) / math.log(MOST / LEAST)


def _up(recall: float) -> float:
    return TOP + HIGH * (1 - recall / 100)

"""Results for readers: tables in Markdown, confusion matrices as pictures.

`python3 -m sernet.report results/*.json` prints the table of all. `--by-corpus` prints that of the models trained on
several corpora. `--figures DIR` writes an SVG of each confusion matrix. It skips results that are not of a training.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from . import errors
from .files import write_atomically
from .results import read_results

CELL, MARGIN, EDGE, FOOT = 52, 92, 44, 56
"""Pixels of a cell, of the space for labels left and above, of that for slanted labels to end in, and of the caption below."""


def main() -> None:
    options = _options()
    named = [(file.stem, results) for file in options.results if "protocol" in (results := read_results(file))]
    print(corpora_table(named) if options.by_corpus else results_table(named))
    for name, results in named:
        if options.confusion:
            print(f"\n{name}, {results['protocol']}: {results['meaning']}\n\n{confusion_table(results)}")
        if options.figures:
            svg = confusion_svg(results)
            write_atomically(options.figures / f"{name}.svg", lambda file: file.write(svg.encode()))


def results_table(named: list[tuple[str, dict[str, Any]]]) -> str:
    """A line for each results file: means over folds with their 95 % intervals."""
    lines = ["| results | protocol | folds | UA | WA | macro F1 | int8 UA | in a room with noise, UA | in homes of two, UA |",
             "|---|---|---|---|---|---|---|---|---|"]
    for name, results in named:
        cells = [_with_interval(results["mean"][score]) for score in ("ua", "wa", "f1")]
        also = [_with_interval(results[key]["mean"]["ua"]) if key in results else "–"
                for key in ("int8", "condition", "fp32-of-2")]
        optimistic = " (optimistic)" if results["protocol"] == "paper" else ""
        lines.append(f"| {name} | {results['protocol']}{optimistic} | {len(results['folds'])} of "
                     f"{results['foldsInAll']} | {' | '.join(cells + also)} |")
    return "\n".join(lines)


def corpora_table(named: list[tuple[str, dict[str, Any]]]) -> str:
    """UA of each corpus over all folds, and their mean: for the model, as int8, in a room with noise, and for each in homes
    of some people."""
    several = [(name, results) for name, results in named if "byCorpus" in results]
    corpora = list(dict.fromkeys(corpus for _, results in several for corpus in results["byCorpus"]))
    lines = [f"| results | UA | folds | {' | '.join(corpora)} | mean |", "|---|---|---|" + "---|" * (len(corpora) + 1)]
    for name, results in several:
        judged = {key: scores for key, scores in results.items() if isinstance(scores, dict) and "byCorpus" in scores}
        for key, scores in {"fp32": results, **judged}.items():
            cells = [f"{scores['byCorpus'][corpus]['ua']:.1f}" if corpus in scores["byCorpus"] else "–"
                     for corpus in corpora]
            title = key.replace("condition", "in a room with noise").replace("-of-", ", homes of ")
            lines.append(f"| {name} | {title} | {len(results['folds'])} of {results['foldsInAll']} | "
                         f"{' | '.join(cells)} | {scores['meanOfCorpora']:.1f} |")
    return "\n".join(lines)


def confusion_table(results: dict[str, Any]) -> str:
    """Rows are true labels, columns are answers: counts over all folds, and recall."""
    labels, counts = results["labels"], np.array(results["confusion"])
    lines = [f"| | {' | '.join(labels)} | recall |", f"|---|{'---|' * (len(labels) + 1)}"]
    for label, row in zip(labels, counts):
        share = f"{100 * row[labels.index(label)] / row.sum():.0f} %" if row.sum() else "–"
        lines.append(f"| {label} | {' | '.join(map(str, row))} | {share} |")
    return "\n".join(lines)


def confusion_svg(results: dict[str, Any]) -> str:
    """The same as a picture; the darkness of a cell is its share of the row."""
    labels, counts = results["labels"], np.array(results["confusion"])
    size = len(labels) * CELL
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {MARGIN + size + EDGE} {MARGIN + size + FOOT}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="#fff"/>']
    for row, label in enumerate(labels):
        middle = MARGIN + row * CELL + CELL // 2
        parts.append(_text(MARGIN - 8, middle + 4, label, "end"))
        parts.append(_text(middle, MARGIN - 8, label, "start",
                           f' transform="rotate(-45 {middle} {MARGIN - 8})"'))
        for column in range(len(labels)):
            parts += _cell(row, column, shares[row, column], counts[row, column])
    captions = (f"{results['architecture']} on {', '.join(results['corpora'])}, protocol {results['protocol']}",
                f"rows: what was meant, columns: what was heard; UA of all clips {results['pooled']['ua']:.1f} %")
    parts += [_text(8, MARGIN + size + 22 + 18 * line, caption, "start") for line, caption in enumerate(captions)]
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _cell(row: int, column: int, share: float, count: int) -> list[str]:
    left, top = MARGIN + column * CELL, MARGIN + row * CELL
    ink = "#fff" if share > 0.55 else "#222"
    return [f'<rect x="{left}" y="{top}" width="{CELL - 1}" height="{CELL - 1}" '
            f'fill="rgb({round(247 - 239 * share)},{round(251 - 203 * share)},{round(255 - 148 * share)})"/>',
            _text(left + CELL // 2, top + CELL // 2 + 4, str(count), "middle", f' fill="{ink}"')]


def _text(x: int, y: int, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _with_interval(score: dict[str, float] | float) -> str:
    if not isinstance(score, dict):
        return f"{score:.1f}"
    return f"{score['mean']:.1f}" + (f" ± {score['interval95']:.1f}" if "interval95" in score else "")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m sernet.report", description=__doc__)
    parser.add_argument("results", type=Path, nargs="+", metavar="FILE", help="results files of sernet.train")
    parser.add_argument("--by-corpus", action="store_true", help="print a table of each corpus instead")
    parser.add_argument("--confusion", action="store_true", help="print confusion matrices too")
    parser.add_argument("--figures", type=Path, metavar="DIR", help="write confusion matrices as SVG")
    return parser.parse_args()


if __name__ == "__main__":
    errors.run(main)

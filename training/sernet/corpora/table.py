"""Corpora that come with `labels.csv`: file, label, speaker, sentence."""

from __future__ import annotations

import csv
from pathlib import Path

from ..errors import InputError
from .clips import VOCABULARY, Clip, Corpus

TABLE = "labels.csv"
_COLUMNS = ("file", "label", "speaker", "sentence")


def read_table(folder: Path) -> Corpus:
    """Reads a folder by its labels.csv and checks that every file it lists is there."""
    table = folder / TABLE
    with table.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        if missing := [name for name in _COLUMNS if name not in (rows.fieldnames or ())]:
            raise InputError(f"{table} has no column {missing[0]}; its first line must be "
                             f"{','.join(_COLUMNS)}")
        clips = tuple(_clip(row, table, rows.line_num) for row in rows)
    if not clips:
        raise InputError(f"{table} lists no files; copy the corpus again")
    if absent := [clip.file for clip in clips if not (folder / clip.file).is_file()]:
        raise InputError(f"{len(absent)} of the {len(clips)} files listed in {table} are missing, "
                         f"the first is {absent[0]}; copy the corpus again")
    return Corpus(folder, clips, folder.resolve().name)


def _clip(row: dict[str, str | None], table: Path, line: int) -> Clip:
    values = [row[name] for name in _COLUMNS]
    if not all(values):
        raise InputError(f"{table} line {line} is incomplete; it needs {', '.join(_COLUMNS)}")
    clip = Clip(*values)
    if clip.label not in VOCABULARY:
        raise InputError(f"{table} line {line} has the label {clip.label!r}; "
                         f"use one of {', '.join(VOCABULARY)}")
    return clip

"""Emotion corpora: a folder with `labels.csv` (file, label, speaker, sentence) and its audio."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError

VOCABULARY = ("anger", "boredom", "calm", "disgust", "fear", "happiness", "neutral", "sadness",
              "surprise")
_COLUMNS = ("file", "label", "speaker", "sentence")


@dataclass(frozen=True)
class Clip:
    """One recording: `file` as written in labels.csv, relative to the corpus folder."""

    file: str
    label: str
    speaker: str
    sentence: str


@dataclass(frozen=True)
class Corpus:
    """The clips of a folder, in the order of its labels.csv; named after the folder."""

    folder: Path
    clips: tuple[Clip, ...]

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def labels(self) -> tuple[str, ...]:
        """The emotions that occur, sorted: the order of a model's outputs."""
        return tuple(sorted({clip.label for clip in self.clips}))

    @property
    def speakers(self) -> tuple[str, ...]:
        return tuple(sorted({clip.speaker for clip in self.clips}))

    def path(self, clip: Clip) -> Path:
        return self.folder / clip.file


def read_corpus(folder: Path | str) -> Corpus:
    """Reads a corpus folder and checks that every file it lists is there."""
    folder = Path(folder)
    table = folder / "labels.csv"
    if not folder.is_dir():
        raise InputError(f"the data set folder {folder} is not there; "
                         "give the folder that holds labels.csv")
    if not table.is_file():
        raise InputError(f"{folder} holds no labels.csv; give the folder of one corpus, "
                         f"with a labels.csv of the columns {', '.join(_COLUMNS)}")
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
    return Corpus(folder, clips)


def _clip(row: dict[str, str | None], table: Path, line: int) -> Clip:
    values = [row[name] for name in _COLUMNS]
    if not all(values):
        raise InputError(f"{table} line {line} is incomplete; it needs {', '.join(_COLUMNS)}")
    clip = Clip(*values)
    if clip.label not in VOCABULARY:
        raise InputError(f"{table} line {line} has the label {clip.label!r}; "
                         f"use one of {', '.join(VOCABULARY)}")
    return clip


_LICENCES = {"emodb": "EMO-DB: CC0-1.0", "ravdess": "RAVDESS: CC BY-NC-SA 4.0",
             "nemo": "nEMO: CC BY-NC-SA 4.0", "banglaser": "BanglaSER: CC BY 4.0"}


def licence(corpus: str) -> str:
    """The condition a corpus puts on weights trained on it, for the model card."""
    return _LICENCES.get(corpus, f"{corpus}: not known, ask its authors")

"""Emotion corpora: a folder with `labels.csv`, or the folder that its authors publish."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from .clips import VOCABULARY, Clip, Corpus, Pool
from .iemocap import LANGUAGE as IEMOCAP_LANGUAGE
from .iemocap import LICENCE as IEMOCAP_LICENCE
from .iemocap import is_iemocap, read_iemocap
from .layouts import LAYOUTS
from .table import TABLE, read_table

__all__ = ["VOCABULARY", "Clip", "Corpus", "Pool", "language", "licence", "read_corpus"]


def read_corpus(folder: Path | str, part: str = "all") -> Corpus:
    """Reads a corpus folder and checks that it is complete.

    `part` is for IEMOCAP alone: `improvised` or `scripted` dialogues.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"the data set folder {folder} is not there; "
                         "give the folder of a corpus")
    if (folder / TABLE).is_file():
        return read_table(folder)
    if is_iemocap(folder):
        return read_iemocap(folder, part)
    found = {name: len(layout.matches(folder)) for name, layout in LAYOUTS.items()}
    likeliest = max(found, key=lambda name: found[name])
    if not found[likeliest]:
        titles = ", ".join((*(layout.title for layout in LAYOUTS.values()), "IEMOCAP"))
        raise InputError(f"{folder} holds no labels.csv and no audio files named as in {titles}; give the "
                         "folder of one corpus")
    return LAYOUTS[likeliest].read(folder)


def licence(corpus: str) -> str:
    """A corpus's condition on weights trained on it, for the model card."""
    if corpus.startswith("iemocap"):
        return IEMOCAP_LICENCE
    return LAYOUTS[corpus].licence if corpus in LAYOUTS else f"{corpus}: not known, ask its authors"


def language(corpus: str) -> str | None:
    """The language of a corpus, if it is known, for the model card."""
    if corpus.startswith("iemocap"):
        return IEMOCAP_LANGUAGE
    return LAYOUTS[corpus].language if corpus in LAYOUTS else None

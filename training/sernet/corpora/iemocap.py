"""IEMOCAP (Busso et al. 2008) as its authors publish it: five sessions of two speakers.

Four classes, as in Light-SERNet's and most other reports: anger, happiness with excitement,
neutral, sadness; turns with other labels are left out.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import InputError, UsageError
from .clips import Clip, Corpus

PARTS = ("all", "improvised", "scripted")
SESSIONS = tuple(f"Session{number}" for number in range(1, 6))
LICENCE = "IEMOCAP: research only, ask its authors"
LANGUAGE = "English"
_LABELS = {"ang": "anger", "hap": "happiness", "exc": "happiness", "neu": "neutral", "sad": "sadness"}
_TURN = re.compile(r"^\[[\d. -]+\]\s+(?P<turn>(?P<session>Ses\d\d)[FM]_(?P<dialog>\w+)"
                   r"_(?P<sex>[FM])\d+)\s+(?P<label>[a-z]+)\s", re.MULTILINE)


def is_iemocap(folder: Path) -> bool:
    """Whether any of the sessions is there."""
    return any((folder / session / "dialog").is_dir() or (folder / session / "sentences").is_dir()
               for session in SESSIONS)


def read_iemocap(folder: Path, part: str = "all") -> Corpus:
    """Turns of all sessions; `part` takes the improvised or the scripted dialogues alone."""
    if part not in PARTS:
        raise UsageError(f"IEMOCAP has no part {part!r}; use one of {', '.join(PARTS)}")
    clips = tuple(clip for session in SESSIONS for clip in _session(folder, session, part))
    if not clips:
        raise InputError(f"{folder} holds no turns of the part {part}; copy the corpus again")
    if absent := [clip.file for clip in clips if not (folder / clip.file).is_file()]:
        raise InputError(f"{len(absent)} of the {len(clips)} turns listed in {folder} have no audio, the "
                         f"first is {absent[0]}; copy the corpus again")
    return Corpus(folder, clips, "iemocap" if part == "all" else f"iemocap-{part}")


def _session(folder: Path, session: str, part: str) -> list[Clip]:
    evaluations = sorted((folder / session / "dialog" / "EmoEvaluation").glob("Ses*.txt"))
    if not evaluations:
        raise InputError(f"{folder} looks like IEMOCAP but has no {session}/dialog/EmoEvaluation/Ses*.txt; "
                         "copy all five sessions again")
    turns = [match for file in evaluations
             for match in _TURN.finditer(file.read_text(encoding="utf-8", errors="replace"))]
    return [_clip(session, turn) for turn in turns if turn["label"] in _LABELS
            and part in ("all", "improvised" if turn["dialog"].startswith("impro") else "scripted")]


def _clip(session: str, turn: re.Match[str]) -> Clip:
    dialogue = turn["turn"].rsplit("_", 1)[0]
    # Actors of all sessions read the same scripts; improvised sentences occur once.
    said = (turn["turn"] if turn["dialog"].startswith("impro")
            else turn["turn"].split("_", 1)[1])
    return Clip(f"{session}/sentences/wav/{dialogue}/{turn['turn']}.wav", _LABELS[turn["label"]],
                turn["session"] + turn["sex"], said)

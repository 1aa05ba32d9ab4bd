"""Corpora as their authors publish them: file names contain emotion, speaker and sentence.

`layouts.json` describes the names of each corpus. `sernetd evaluate` reads it too.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Match

from ..errors import InputError
from .clips import Clip, Corpus

AUDIO = (".wav", ".flac", ".ogg", ".opus")


@dataclass(frozen=True)
class Layout:
    """How one corpus names its files."""

    name: str
    title: str
    source: str
    """Where to get it."""
    licence: str
    language: str
    clips: int
    """As published; fewer is a copy that was cut off."""
    speakers: tuple[str, ...]
    pattern: re.Pattern[str]
    """Looked for in the path below the corpus folder, without its ending; has the groups `emotion`,
    `speaker` and `sentence`."""
    emotions: dict[str, str]
    """What the file name says, in lower case, to the project's label."""
    speaker_aliases: dict[str, str]
    """Speakers as some files name them, by mistake, to their names."""
    common_sentences: tuple[str, ...]
    """If sentences are numbered within each emotion: those that are the same for all."""

    @staticmethod
    def of(entry: dict[str, Any]) -> Layout:
        """A layout from its entry in layouts.json."""
        return Layout(entry["name"], entry["title"], entry["source"], entry["licence"], entry["language"],
                      entry["clips"], tuple(entry["speakers"]), re.compile(entry["pattern"]), entry["emotions"],
                      entry.get("speakerAliases", {}), tuple(entry.get("commonSentences", ())))

    def matches(self, folder: Path) -> list[tuple[Path, Match[str]]]:
        """The audio files of a folder that are named as in this corpus, sorted."""
        found = []
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in AUDIO:
                below = path.relative_to(folder).with_suffix("").as_posix()
                if match := self.pattern.search(below):
                    found.append((path, match))
        return found

    def read(self, folder: Path) -> Corpus:
        """The corpus in a folder; an error says which files are missing."""
        clips = tuple(self._clip(path.relative_to(folder).as_posix(), match)
                      for path, match in self.matches(folder))
        here = Counter(clip.speaker for clip in clips)
        if absent := [speaker for speaker in self.speakers if speaker not in here]:
            raise InputError(f"{folder} looks like {self.title} but has no clips of the speakers "
                             f"{', '.join(absent)}; copy it again from {self.source}")
        if len(clips) < self.clips:
            fewest = min(here, key=lambda speaker: here[speaker])
            raise InputError(f"{folder} looks like {self.title} but has {len(clips)} of its {self.clips} "
                             f"clips (fewest, {here[fewest]}, of speaker {fewest}); copy it again "
                             f"from {self.source}")
        return Corpus(folder, clips, self.name)

    def _clip(self, file: str, match: Match[str]) -> Clip:
        emotion, sentence = match["emotion"].lower(), match["sentence"]
        if self.common_sentences and sentence not in self.common_sentences:
            sentence = emotion + sentence
        return Clip(file, self.emotions[emotion],
                    self.speaker_aliases.get(match["speaker"], match["speaker"]), sentence)


LAYOUTS = {entry["name"]: Layout.of(entry) for entry in json.loads(
    (Path(__file__).with_name("layouts.json")).read_text(encoding="utf-8"))}
"""The corpora whose file names say everything. IEMOCAP is read by `iemocap`."""

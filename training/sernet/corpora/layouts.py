"""Corpora as their authors publish them, where file names say emotion, speaker and sentence."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Match

from ..errors import InputError
from .clips import Clip, Corpus

AUDIO = (".wav", ".flac", ".ogg", ".opus")


@dataclass(frozen=True)
class Layout:
    """How one corpus names its files.

    `pattern` is looked for in the path below the corpus folder, without its ending; it has the
    groups `emotion`, `speaker` and `sentence`.
    """

    name: str
    title: str
    source: str
    speakers: tuple[str, ...]
    clips: int
    """As published; fewer is a copy that was cut off."""
    pattern: re.Pattern[str]
    emotions: dict[str, str]
    """What the file name says, in lower case, to the project's label."""
    licence: str
    speaker_of: Callable[[Match[str]], str] = lambda match: match["speaker"]
    sentence_of: Callable[[Match[str]], str] = lambda match: match["sentence"]

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
        """The corpus in a folder; what is missing of it is an error that says so."""
        found = self.matches(folder)
        self._check(folder, found)
        return Corpus(folder, tuple(
            Clip(path.relative_to(folder).as_posix(), self.emotions[match["emotion"].lower()],
                 self.speaker_of(match), self.sentence_of(match))
            for path, match in found), self.name)

    def _check(self, folder: Path, found: list[tuple[Path, Match[str]]]) -> None:
        here = Counter(self.speaker_of(match) for _, match in found)
        if absent := [speaker for speaker in self.speakers if speaker not in here]:
            raise InputError(f"{folder} looks like {self.title} but has no clips of the speakers "
                             f"{', '.join(absent)}; copy it again from {self.source}")
        if len(found) < self.clips:
            fewest = min(here, key=lambda speaker: here[speaker])
            raise InputError(f"{folder} looks like {self.title} but has {len(found)} of its {self.clips} "
                             f"clips (fewest, {here[fewest]}, of speaker {fewest}); copy it again "
                             f"from {self.source}")


def _numbers(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{number:02}" for number in range(first, last + 1))


LAYOUTS = {layout.name: layout for layout in (
    Layout("emodb", "EMO-DB", "http://emodb.bilderbar.info", ("03", *_numbers(8, 16)), 535,
           re.compile(r"(?:^|/)(?P<speaker>\d\d)(?P<sentence>[ab]\d\d)(?P<emotion>[WLEAFTN])[a-z]$"),
           {"w": "anger", "l": "boredom", "e": "disgust", "a": "fear", "f": "happiness",
            "t": "sadness", "n": "neutral"}, "EMO-DB: CC0-1.0"),
    Layout("ravdess", "RAVDESS speech", "https://zenodo.org/record/1188976", _numbers(1, 24), 1439,
           re.compile(r"(?:^|/)03-01-(?P<emotion>0[1-8])-0[12]-(?P<sentence>0[12])-0[12]"
                      r"-(?P<speaker>\d\d)$"),
           {"01": "neutral", "02": "calm", "03": "happiness", "04": "sadness", "05": "anger",
            "06": "fear", "07": "disgust", "08": "surprise"}, "RAVDESS: CC BY-NC-SA 4.0"),
    Layout("savee", "SAVEE", "http://kahlan.eps.surrey.ac.uk/savee", ("DC", "JE", "JK", "KL"), 480,
           re.compile(r"(?:^|/)(?P<speaker>DC|JE|JK|KL)[/_](?P<emotion>sa|su|[adfhn])"
                      r"(?P<sentence>\d\d)$"),
           {"a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "n": "neutral",
            "sa": "sadness", "su": "surprise"}, "SAVEE: research only, ask its authors",
           # Sentences are numbered within each emotion; the first three are common to all.
           sentence_of=lambda match: (match["sentence"] if match["sentence"] in ("01", "02", "03")
                                      else match["emotion"] + match["sentence"])),
    Layout("emovo", "EMOVO", "http://voice.fub.it/activities/corpora/emovo",
           ("f1", "f2", "f3", "m1", "m2", "m3"), 588,
           re.compile(r"(?:^|/)(?P<emotion>dis|gio|neu|pau|rab|sor|tri)-(?P<speaker>[fm][123])"
                      r"-(?P<sentence>[a-z]\d)$"),
           {"dis": "disgust", "gio": "happiness", "neu": "neutral", "pau": "fear", "rab": "anger",
            "sor": "surprise", "tri": "sadness"}, "EMOVO: not known, ask its authors"),
    Layout("cremad", "CREMA-D", "https://github.com/CheyneyComputerScience/CREMA-D",
           tuple(str(number) for number in range(1001, 1092)), 7442,
           re.compile(r"(?:^|/)(?P<speaker>1\d{3})_(?P<sentence>[A-Z]{3})"
                      r"_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(?:LO|MD|HI|XX|X)$"),
           {"ang": "anger", "dis": "disgust", "fea": "fear", "hap": "happiness", "neu": "neutral",
            "sad": "sadness"}, "CREMA-D: Open Database License"),
    Layout("tess", "TESS", "https://doi.org/10.5683/SP2/E8H2MF", ("OAF", "YAF"), 2800,
           re.compile(r"(?:^|/)(?P<speaker>OAF?|YAF)_(?P<sentence>[a-z]+)"
                      r"_(?P<emotion>angry|disgust|fear|happy|neutral|ps|sad)$"),
           {"angry": "anger", "disgust": "disgust", "fear": "fear", "happy": "happiness",
            "neutral": "neutral", "ps": "surprise", "sad": "sadness"}, "TESS: CC BY-NC-ND 4.0",
           # One file of the published set is called OA_bite_neutral.
           speaker_of=lambda match: match["speaker"].replace("OAF", "OA").replace("OA", "OAF")),
    Layout("nemo", "nEMO", "https://github.com/amu-cai/nEMO",
           ("EB0", "IC0", "KD0", "KS0", "MK0", "MP0", "SM0", "TP0", "WR0"), 4481,
           re.compile(r"(?:^|/)(?P<speaker>[A-Z]{2}\d)_(?P<emotion>anger|fear|happiness|neutral|sadness"
                      r"|surprised)_(?P<sentence>\d+)$"),
           {"anger": "anger", "fear": "fear", "happiness": "happiness", "neutral": "neutral",
            "sadness": "sadness", "surprised": "surprise"}, "nEMO: CC BY-NC-SA 4.0"),
    Layout("banglaser", "BanglaSER", "https://doi.org/10.17632/t9h6p943xy", _numbers(1, 34), 1466,
           re.compile(r"(?:^|/)(?:03|01)-01-(?P<emotion>0[1-5])-0[12]-(?P<sentence>0[1-3])-0[1-3]"
                      r"-(?P<speaker>\d\d)$"),
           {"01": "happiness", "02": "sadness", "03": "anger", "04": "surprise", "05": "neutral"},
           "BanglaSER: CC BY 4.0"),
)}
"""The corpora whose file names say everything. IEMOCAP is read by `iemocap`."""

"""Corpora, their features, audio files: how they are read, and the messages when they cannot be."""

from __future__ import annotations

import itertools
import shutil
import string
import tempfile
import unittest
from pathlib import Path

import numpy as np
import soundfile

from sernet import rooms
from sernet.audio import read_mono
from sernet.corpora import language, licence, read_corpus
from sernet.corpora.layouts import LAYOUTS
from sernet.errors import InputError, UsageError
from sernet.frontend import FrontEnd
from sernet.features import corpus_features
from sernet.variants import (Condition, Loudest, Variants, at_speed, audio_files, loudest, through_codec,
                             through_microphone, with_noise)

from .made import EMODB, NEEDS_EMODB, TempCase, make_corpus


class CorpusTests(TempCase):
    def test_labels_are_sorted_and_clips_keep_the_order_of_the_table(self) -> None:
        corpus = read_corpus(make_corpus(self.folder / "tones"))
        self.assertEqual((corpus.name, corpus.labels, corpus.speakers),
                         ("tones", ("anger", "sadness"), ("01", "02")))
        self.assertEqual(corpus.clips[0].file, "audio/01-anger-0.wav")

    def test_wrong_folders_say_what_is_missing(self) -> None:
        folder = make_corpus(self.folder / "tones")
        table = folder / "labels.csv"
        good = table.read_text()
        cases = ((good.replace("label,", "emotion,"), "no column label"),
                 (good.replace("anger,", "rage,"), "'rage'"),
                 (good + "audio/gone.wav,anger,01,s1\n", "1 of the 9 .*gone.wav"),
                 (good + "audio/01-anger-0.wav,anger\n", "line 10 is incomplete"),
                 (good.splitlines()[0], "lists no files"))
        for text, reason in cases:
            table.write_text(text)
            with self.subTest(reason), self.assertRaisesRegex(InputError, reason):
                read_corpus(folder)
        table.unlink()
        with self.assertRaisesRegex(InputError, "no labels.csv and no audio files named as in EMO-DB, "):
            read_corpus(folder)
        with self.assertRaisesRegex(InputError, "is not there"):
            read_corpus(self.folder / "nowhere")

    def test_features_are_kept_until_a_file_changes(self) -> None:
        folder, cache = make_corpus(self.folder / "tones"), self.folder / "cache"
        first = corpus_features(read_corpus(folder), FrontEnd(), cache)
        self.assertEqual(first.shape, (1, 8, 1, 184, 40))
        corpus_features(read_corpus(folder), FrontEnd(), cache)
        self.assertEqual(len(list(cache.iterdir())), 1)
        soundfile.write(folder / "audio/01-anger-0.wav", np.zeros(9000), 16000)
        changed = corpus_features(read_corpus(folder), FrontEnd(), cache)
        self.assertFalse(bool((changed[0, 0] == first[0, 0]).all()))

    @NEEDS_EMODB
    def test_emodb_is_whole(self) -> None:
        corpus = read_corpus(EMODB)
        self.assertEqual((len(corpus.clips), len(corpus.speakers), len(corpus.labels)), (535, 10, 7))


class LayoutTests(TempCase):
    """Corpora in their published layouts, with made files: the first and last names of each, the others by rule."""

    def _touch(self, names: list[str]) -> None:
        for name in names:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def _made(self, layout: str) -> dict[str, tuple[str, str, str]]:
        """A complete folder of a corpus, and some of its files with label, speaker and sentence."""
        many, known = _TREES[layout]
        self._touch(many)
        self.assertTrue(set(known) <= set(many), "the known files are part of the tree")
        return known

    def test_published_names_are_understood(self) -> None:
        for layout in _TREES:
            with self.subTest(layout):
                self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
                known = self._made(layout)
                corpus = read_corpus(self.folder)
                self.assertEqual((corpus.name, len(corpus.clips)), (layout, LAYOUTS[layout].clips))
                self.assertEqual(corpus.speakers, tuple(sorted(LAYOUTS[layout].speakers)))
                read = {clip.file: (clip.label, clip.speaker, clip.sentence) for clip in corpus.clips}
                self.assertEqual({file: read[file] for file in known}, known)

    def test_half_copied_corpora_say_what_is_missing(self) -> None:
        self._made("emodb")
        first = sorted(self.folder.rglob("03*.wav"))
        first[0].unlink()
        with self.assertRaisesRegex(InputError, "has 534 of its 535 clips .*fewest, .* of speaker"):
            read_corpus(self.folder)
        for file in first[1:]:
            file.unlink()
        with self.assertRaisesRegex(InputError, "looks like EMO-DB but has no clips of the speakers 03;"):
            read_corpus(self.folder)

    def test_languages_are_known(self) -> None:
        self.assertEqual([language(name) for name in ("nemo", "iemocap", "mine")], ["Polish", "English", None])

    def test_licences_are_known(self) -> None:
        self.assertEqual(licence("emodb"), "EMO-DB: CC0-1.0")
        self.assertIn("research only", licence("iemocap-improvised"))
        self.assertIn("not known", licence("mine"))


def _emodb() -> tuple[list[str], dict]:
    codes = ["W", "L", "E", "A", "F", "T", "N"]
    texts = ["a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10"]
    speakers = ["03", *(f"{n:02}" for n in range(8, 17))]
    files = [f"wav/{s}{t}{c}a.wav" for t in texts for c in codes for s in speakers][:535]
    return files, {"wav/03a01Wa.wav": ("anger", "03", "a01"), "wav/16a01Na.wav": ("neutral", "16", "a01")}


def _ravdess() -> tuple[list[str], dict]:
    files = [f"Actor_{a:02}/03-01-{e:02}-{i:02}-{t:02}-{r:02}-{a:02}.wav" for a in range(1, 25)
             for e in range(1, 9) for i in (1, 2) for t in (1, 2) for r in (1, 2) if (e, i) != (1, 2)]
    return files[:1439], {"Actor_01/03-01-08-02-02-01-01.wav": ("surprise", "01", "02")}


def _savee() -> tuple[list[str], dict]:
    counts = {"a": 15, "d": 15, "f": 15, "h": 15, "n": 30, "sa": 15, "su": 15}
    files = [f"AudioData/{s}/{e}{n:02}.wav" for s in ("DC", "JE", "JK", "KL")
             for e, count in counts.items() for n in range(1, count + 1)]
    return files, {"AudioData/JK/sa02.wav": ("sadness", "JK", "02"),
                   "AudioData/KL/su15.wav": ("surprise", "KL", "su15")}


def _emovo() -> tuple[list[str], dict]:
    texts = [f"{kind}{n}" for kind, last in (("b", 3), ("l", 4), ("n", 5), ("d", 1), ("v", 1))
             for n in range(1, last + 1)]
    files = [f"EMOVO/{s}/{e}-{s}-{t}.wav" for s in ("f1", "f2", "f3", "m1", "m2", "m3")
             for e in ("dis", "gio", "neu", "pau", "rab", "sor", "tri") for t in texts]
    return files, {"EMOVO/f1/gio-f1-b1.wav": ("happiness", "f1", "b1"),
                   "EMOVO/m3/tri-m3-v1.wav": ("sadness", "m3", "v1")}


def _cremad() -> tuple[list[str], dict]:
    texts = ["IEO", "TIE", "IOM", "IWW", "TAI", "MTI", "IWL", "ITH", "DFA", "ITS", "TSI", "WSI"]
    names = [f"{s}_{t}_{e}_XX" for t in texts for e in ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
             for s in range(1001, 1092)]
    low = [name.replace("_XX", "_LO") for name in names if "_IEO_" in name and "NEU" not in name]
    files = [f"AudioWAV/{name}.wav" for name in (names + low + [n.replace("_LO", "_HI") for n in low])[:7442]]
    return files, {"AudioWAV/1001_IEO_FEA_LO.wav": ("fear", "1001", "IEO")}


def _tess() -> tuple[list[str], dict]:
    words = ["".join(pair) for pair in itertools.islice(itertools.product(string.ascii_lowercase, repeat=2), 200)]
    files = [f"{s}_{e}/{s}_{w}_{e}.wav" for s in ("OAF", "YAF") for w in words
             for e in ("angry", "disgust", "fear", "happy", "neutral", "ps", "sad")]
    odd = files.index("OAF_neutral/OAF_ab_neutral.wav")
    files[odd] = "OAF_neutral/OA_ab_neutral.wav"
    return files, {files[odd]: ("neutral", "OAF", "ab"), "YAF_ps/YAF_aa_ps.wav": ("surprise", "YAF", "aa")}


def _nemo() -> tuple[list[str], dict]:
    files = [f"samples/{s}_{e}_{n}.wav" for n in range(1, 91)
             for s in ("EB0", "IC0", "KD0", "KS0", "MK0", "MP0", "SM0", "TP0", "WR0")
             for e in ("anger", "fear", "happiness", "neutral", "sadness", "surprised")]
    return files[:4481], {"samples/WR0_surprised_64.wav": ("surprise", "WR0", "64")}


def _banglaser() -> tuple[list[str], dict]:
    files = [f"Actor{a:02}/03-01-{e:02}-{i:02}-{t:02}-{r:02}-{a:02}.wav" for t in (3, 2, 1) for r in (3, 2, 1)
             for e, i in ((1, 1), (2, 1), (3, 2), (4, 2), (5, 1)) for a in range(34, 0, -1)][:1466]
    return files, {"Actor34/03-01-04-02-03-03-34.wav": ("surprise", "34", "03")}


_TREES = {"emodb": _emodb(), "ravdess": _ravdess(), "savee": _savee(), "emovo": _emovo(),
          "cremad": _cremad(), "tess": _tess(), "nemo": _nemo(), "banglaser": _banglaser()}


class IemocapTests(TempCase):
    LINES = {"impro01": (("F000", "neu"), ("M000", "exc"), ("M001", "xxx")),
             "script01_1": (("F000", "ang"), ("M003", "hap"))}

    def _made(self) -> None:
        for number in range(1, 6):
            session = self.folder / f"Session{number}"
            (session / "dialog" / "EmoEvaluation").mkdir(parents=True)
            for dialog, turns in self.LINES.items():
                name = f"Ses{number:02}F_{dialog}"
                lines = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""]
                (session / "sentences" / "wav" / name).mkdir(parents=True)
                for turn, label in turns:
                    lines += [f"[6.2901 - 8.2357]\t{name}_{turn}\t{label}\t[2.5000, 2.5000, 2.5000]",
                              "C-E2:\tNeutral;\t()"]
                    (session / "sentences" / "wav" / name / f"{name}_{turn}.wav").touch()
                (session / "dialog" / "EmoEvaluation" / f"{name}.txt").write_text("\n".join(lines))

    def test_turns_parts_and_classes(self) -> None:
        self._made()
        corpus = read_corpus(self.folder)
        self.assertEqual((corpus.name, len(corpus.clips), len(corpus.speakers)), ("iemocap", 20, 10))
        self.assertEqual(corpus.labels, ("anger", "happiness", "neutral"))
        improvised = read_corpus(self.folder, part="improvised")
        self.assertEqual((improvised.name, len(improvised.clips)), ("iemocap-improvised", 10))
        clip = next(clip for clip in improvised.clips if clip.label == "happiness")
        self.assertEqual((clip.file, clip.speaker, clip.sentence), (
            "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M000.wav", "Ses01M", "Ses01F_impro01_M000"))
        scripted = read_corpus(self.folder, part="scripted")
        self.assertEqual(len({clip.sentence for clip in scripted.clips}), 2, "sessions read the same script")

    def test_what_is_missing_is_said(self) -> None:
        self._made()
        with self.assertRaisesRegex(UsageError, "no part 'both'"):
            read_corpus(self.folder, part="both")
        next(self.folder.rglob("*script01_1_M003.wav")).unlink()
        with self.assertRaisesRegex(InputError, "1 of the 20 turns .* no audio"):
            read_corpus(self.folder)
        shutil.rmtree(self.folder / "Session3")
        with self.assertRaisesRegex(InputError, "has no Session3/dialog"):
            read_corpus(self.folder)


class VariantTests(TempCase):
    TONE = 0.3 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)

    def test_the_first_is_the_clip_and_the_seed_decides_the_others(self) -> None:
        first, again = (Variants(4).of(self.TONE, 16000, clip=7) for _ in range(2))
        self.assertIs(first[0], self.TONE)
        for one, two in zip(first, again):
            np.testing.assert_array_equal(one, two)
        self.assertFalse(np.array_equal(first[1], Variants(4).of(self.TONE, 16000, clip=8)[1]))
        self.assertTrue(all(np.isfinite(made).all() for made in first))

    def test_faster_is_shorter_and_higher(self) -> None:
        fast = at_speed(self.TONE, 1.12)
        self.assertAlmostEqual(len(fast), 16000 / 1.12, delta=2)
        peak = np.abs(np.fft.rfft(fast)).argmax() * 16000 / len(fast)
        self.assertAlmostEqual(peak, 440 * 1.12, delta=2)

    def test_noise_has_the_ratio_asked_for(self) -> None:
        noise = np.random.Generator(np.random.PCG64(1)).normal(size=16000)
        added = with_noise(self.TONE, noise, 10.0) - self.TONE
        self.assertAlmostEqual(10 * np.log10((self.TONE ** 2).mean() / (added ** 2).mean()), 10, places=6)
        np.testing.assert_array_equal(with_noise(np.zeros(9), noise[:9], 10.0), np.zeros(9))

    def test_the_loudest_part_is_where_the_sound_is(self) -> None:
        sneeze = np.r_[np.zeros(5), 0.1, -0.9, 0.5, np.zeros(12)]
        np.testing.assert_array_equal(loudest(sneeze, 3), [0.1, -0.9, 0.5])
        np.testing.assert_array_equal(loudest(sneeze, 99), sneeze)
        versions = Loudest(Variants(2), 3 / 16000)
        np.testing.assert_array_equal(versions.of(sneeze, 16000, 0)[0], [0.1, -0.9, 0.5])
        self.assertEqual((versions.count, versions.key), (2, f"home-2-1-0-loudest-0.4-{3 / 16000}"))

    def test_noise_is_cut_as_short_as_a_gate_might(self) -> None:
        class AsItIs:
            count, key = 9, ""

            def of(self, samples: np.ndarray, *_: object) -> list[np.ndarray]:
                return [samples] * self.count

        lengths = [len(made) for made in Loudest(AsItIs(), 3.0).of(np.ones(60000), 16000, 0)]
        self.assertEqual(lengths[0], 48000)
        self.assertTrue(all(6400 <= length < 48000 for length in lengths[1:]) and len(set(lengths)) == 9, lengths)

    def test_microphones_and_codecs_leave_the_tone(self) -> None:
        draw = np.random.Generator(np.random.PCG64(5))
        for through in (through_microphone, through_codec, through_codec, through_codec):
            heard = through(self.TONE, 16000, draw)
            self.assertEqual(heard.shape, self.TONE.shape)
            self.assertEqual(np.abs(np.fft.rfft(heard)).argmax(), 440)

    def test_a_condition_is_the_same_room_for_every_clip_alone(self) -> None:
        condition = Condition(0.3, 10.0)
        one, again, other = (condition.of(self.TONE, 16000, clip)[0] for clip in (1, 1, 2))
        np.testing.assert_array_equal(one, again)
        self.assertFalse(np.array_equal(one, other))

    def test_recorded_noise_is_used_and_must_be_there(self) -> None:
        with self.assertRaisesRegex(InputError, "no audio files"):
            audio_files(self.folder)
        soundfile.write(self.folder / "hum.wav", self.TONE, 16000)
        made = Variants(6, noises=audio_files(self.folder)).of(np.zeros(100) + 0.1, 16000, 0)
        self.assertEqual(len(made), 6)


class RoomTests(unittest.TestCase):
    def test_sound_decays_in_the_time_asked_for(self) -> None:
        for seconds in (0.2, 0.4, 0.8):
            draw = np.random.Generator(np.random.PCG64(3))
            heard = rooms.response(rooms.drawn(draw, (seconds, seconds)), 16000)
            self.assertAlmostEqual(rooms.decay_time(heard, 16000), seconds, delta=0.05 * seconds)

    def test_the_first_images_are_where_they_must_be(self) -> None:
        # A metre and a half apart, a metre above the floor of a wide and high room.
        room = rooms.Room((60, 60, 40), (30, 30, 1), (31.5, 30, 1), 2.0)
        heard = rooms.response(room, 16000)
        floor = (1.5 ** 2 + 2 ** 2) ** 0.5
        place = (floor / 343 - 1.5 / 343) * 16000 + 1.5 / 343 * 16000 % 1
        self.assertAlmostEqual(float(np.abs(heard[30:100]).argmax() + 30), place, delta=1)
        self.assertLess(np.abs(heard[5:30]).max(), 0.3 * np.abs(heard[:3]).max())


class AudioTests(TempCase):
    def test_stereo_is_averaged_and_other_rates_are_resampled(self) -> None:
        seconds = np.arange(44100) / 44100
        left, right = 0.6 * np.sin(2 * np.pi * 440 * seconds), np.zeros(44100)
        soundfile.write(self.folder / "a.wav", np.stack([left, right], axis=1), 44100, "FLOAT")
        samples = read_mono(self.folder / "a.wav", 16000)
        self.assertEqual(len(samples), 16000)
        expected = 0.3 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
        np.testing.assert_allclose(samples[1000:-1000], expected[1000:-1000], atol=1e-3)

    def test_what_is_not_audio_is_refused_in_a_sentence(self) -> None:
        (self.folder / "text.wav").write_text("not audio")
        soundfile.write(self.folder / "empty.wav", np.zeros(0), 16000)
        for name, reason in (("text.wav", "could not be read"), ("empty.wav", "no samples"),
                             ("gone.wav", "is not there")):
            with self.subTest(name), self.assertRaisesRegex(InputError, reason):
                read_mono(self.folder / name, 16000)


if __name__ == "__main__":
    unittest.main()

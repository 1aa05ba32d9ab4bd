"""Corpora, folds, audio files: what is read, and what is said when it cannot be."""

from __future__ import annotations

import unittest

import numpy as np
import soundfile

from sernet.audio import read_mono
from sernet.corpora import read_corpus
from sernet.errors import InputError, UsageError
from sernet.frontend import FrontEnd
from sernet.features import corpus_features
from sernet.protocols import by_speaker, everything

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
        with self.assertRaisesRegex(InputError, "no labels.csv"):
            read_corpus(folder)
        with self.assertRaisesRegex(InputError, "is not there"):
            read_corpus(self.folder / "nowhere")

    def test_features_are_kept_until_a_file_changes(self) -> None:
        folder, cache = make_corpus(self.folder / "tones"), self.folder / "cache"
        first = corpus_features(read_corpus(folder), FrontEnd(), cache)
        self.assertEqual(first.shape, (8, 1, 184, 40))
        corpus_features(read_corpus(folder), FrontEnd(), cache)
        self.assertEqual(len(list(cache.iterdir())), 1)
        soundfile.write(folder / "audio/01-anger-0.wav", np.zeros(9000), 16000)
        changed = corpus_features(read_corpus(folder), FrontEnd(), cache)
        self.assertFalse(bool((changed[0] == first[0]).all()))

    @NEEDS_EMODB
    def test_emodb_is_whole(self) -> None:
        corpus = read_corpus(EMODB)
        self.assertEqual((len(corpus.clips), len(corpus.speakers), len(corpus.labels)), (535, 10, 7))


class FoldTests(TempCase):
    def _check(self, corpus) -> None:
        folds = by_speaker(corpus)
        self.assertEqual(len(folds), len(corpus.speakers))
        for fold in folds:
            train = {corpus.clips[i].speaker for i in fold.train}
            test = {corpus.clips[i].speaker for i in fold.test}
            self.assertEqual(len(test), 1)
            self.assertFalse(train & test)
            self.assertEqual(sorted(fold.train + fold.test), list(range(len(corpus.clips))))
        self.assertEqual(sorted(i for fold in folds for i in fold.test),
                         list(range(len(corpus.clips))))

    def test_folds_never_share_a_speaker(self) -> None:
        corpus = read_corpus(make_corpus(self.folder / "tones"))
        self._check(corpus)
        self.assertEqual(len(everything(corpus)[0].train), 8)

    def test_one_speaker_cannot_be_left_out(self) -> None:
        folder = make_corpus(self.folder / "tones")
        table = folder / "labels.csv"
        table.write_text(table.read_text().replace(",02,", ",01,"))
        with self.assertRaisesRegex(UsageError, "needs two speakers"):
            by_speaker(read_corpus(folder))

    @NEEDS_EMODB
    def test_folds_of_emodb_never_share_a_speaker(self) -> None:
        self._check(read_corpus(EMODB))


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

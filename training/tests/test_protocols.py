"""Folds: no clip is in training and test at once, and no speaker either."""

from __future__ import annotations

import unittest
from collections import Counter

from sernet.corpora import Pool, read_corpus
from sernet.corpora.clips import Corpus
from sernet.errors import UsageError
from sernet.protocols import PROTOCOLS, Fold

from .made import EMODB, NEEDS_EMODB, TempCase, make_corpus


def folds_of(protocol: str, corpus: Corpus, seed: int = 1) -> list[Fold]:
    return PROTOCOLS[protocol].folds(corpus, seed)


class ProtocolTests(TempCase):
    def setUp(self) -> None:
        super().setUp()
        self.tones = read_corpus(make_corpus(self.folder / "tones", clips_each=4, speakers=4))

    def _speakers(self, corpus: Corpus, indices: tuple[int, ...]) -> set[str]:
        return {corpus.clips[index].speaker for index in indices}

    def _check_speakers(self, corpus: Corpus) -> None:
        for protocol in ("speaker", "speaker-last", "speaker-sentence"):
            with self.subTest(protocol):
                folds = folds_of(protocol, corpus)
                for fold in folds:
                    sides = [self._speakers(corpus, part)
                             for part in (fold.train, fold.chosen_on, fold.test)]
                    self.assertEqual(len(sides[2]), 1)
                    self.assertEqual(len(sides[1]), 0 if protocol == "speaker-last" else 1)
                    self.assertFalse(sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
                # Every clip is tested on once.
                self.assertEqual(sorted(index for fold in folds for index in fold.test),
                                 list(range(len(corpus.clips))))
                self.assertEqual(len({fold.name for fold in folds}), len(folds))

    def test_no_speaker_is_on_two_sides(self) -> None:
        self._check_speakers(self.tones)

    @NEEDS_EMODB
    def test_no_speaker_of_emodb_is_on_two_sides(self) -> None:
        self._check_speakers(read_corpus(EMODB))

    def test_groups_share_no_speaker_and_corpora_no_clip(self) -> None:
        pool = Pool.of([self.tones, read_corpus(make_corpus(self.folder / "others", speakers=6))])
        for protocol, folds in (("speaker-groups", 5), ("corpus", 2)):
            made = folds_of(protocol, pool)
            self.assertEqual(len(made), folds)
            for fold in made:
                self.assertFalse(self._speakers(pool, fold.train) & self._speakers(pool, fold.test))
            self.assertEqual(sorted(index for fold in made for index in fold.test), list(range(len(pool.clips))))
        fold, = folds_of("others", pool)
        self.assertEqual((fold.train, fold.test), (tuple(range(32)), tuple(range(32, len(pool.clips)))))
        with self.assertRaisesRegex(UsageError, "needs 5 speakers"):
            folds_of("speaker-groups", self.tones)
        with self.assertRaisesRegex(UsageError, "needs two corpora"):
            folds_of("corpus", self.tones)

    def test_no_sentence_is_on_two_sides(self) -> None:
        for fold in folds_of("speaker-sentence", self.tones):
            train, *others = ({self.tones.clips[index].sentence for index in part}
                              for part in (fold.train, fold.chosen_on, fold.test))
            self.assertFalse(train & (others[0] | others[1]))

    def test_all_leaves_nothing_out(self) -> None:
        fold, = folds_of("all", self.tones)
        self.assertEqual((len(fold.train), fold.test), (32, ()))

    def test_random_folds_hold_their_share_of_every_class(self) -> None:
        folds = folds_of("paper", self.tones)
        self.assertEqual(len(folds), 10)
        self.assertEqual(sorted(index for fold in folds for index in fold.test), list(range(32)))
        for fold in folds:
            self.assertFalse(set(fold.train) & set(fold.test))
            self.assertEqual(fold.chosen_on, fold.test, "this is what makes it optimistic")
            counts = Counter(self.tones.clips[index].label for index in fold.test)
            self.assertTrue(all(1 <= counts[label] <= 2 for label in ("anger", "sadness")), counts)
        self.assertEqual(folds, folds_of("paper", self.tones))
        self.assertNotEqual(folds, folds_of("paper", self.tones, seed=2))
        self.assertIn("optimistic", PROTOCOLS["paper"].meaning)

    def test_a_corpus_that_is_too_small_is_refused(self) -> None:
        small = read_corpus(make_corpus(self.folder / "small", clips_each=1, speakers=2))
        for protocol, reason in (("speaker", "needs 3 speakers"), ("speaker-sentence", "two sentences"),
                                 ("paper", "at least 10 clips")):
            with self.subTest(protocol), self.assertRaisesRegex(UsageError, reason):
                folds_of(protocol, small)


if __name__ == "__main__":
    unittest.main()

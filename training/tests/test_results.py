"""Packed results: a summary for each, and nothing is lost."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

from sernet import report, results
from sernet.errors import InputError

from .made import TempCase, command_line

KEPT = Path(__file__).resolve().parents[1] / "results"
TRAINED = {"protocol": "speaker", "labels": ["anger", "sadness"], "confusion": [[3, 1], [0, 4]],
           "mean": {"ua": {"mean": 87.5, "interval95": 3.25}}, "folds": [{"fold": 1, "ua": 75.0, "confusion": [[1, 1], [0, 2]]},
                                                                        {"fold": 2, "ua": 100.0, "confusion": [[2, 0], [0, 2]]}]}


class ResultsTests(TempCase):
    def write(self, name: str, value: dict) -> Path:
        (self.folder / f"{name}.json").write_text(json.dumps(value))
        return self.folder / f"{name}.json"

    def test_what_is_packed_is_read_as_it_was(self) -> None:
        first, other = self.write("first", TRAINED), self.write("calibration", {"folds": 5, "temperature": 1.1})
        taught = self.write("taught", {"folds": ["group-1"], "speakers": 14})
        self.assertEqual(results.pack(self.folder), ["first"])
        self.assertEqual(json.loads(first.read_text())["folds"], 2)
        self.assertEqual(results.read_results(first), TRAINED)
        self.assertEqual(results.read_results(other), {"folds": 5, "temperature": 1.1})
        self.assertEqual(results.read_results(taught), {"folds": ["group-1"], "speakers": 14})
        second = self.write("second", {**TRAINED, "folds": TRAINED["folds"][:1]})
        self.assertEqual(results.pack(self.folder), ["second"])
        self.assertEqual(results.read_results(first), TRAINED)
        self.assertEqual(len(results.read_results(second)["folds"]), 1)
        self.assertEqual(results.pack(self.folder), [])

    def test_packing_twice_gives_the_same_bytes(self) -> None:
        bytes_of = []
        for _ in range(2):
            self.write("first", TRAINED)
            (self.folder / results.FOLDS).unlink(missing_ok=True)
            results.pack(self.folder)
            bytes_of.append([(self.folder / name).read_bytes() for name in ("first.json", results.FOLDS)])
        self.assertEqual(*bytes_of)

    def test_a_summary_without_its_folds_is_an_error_that_says_so(self) -> None:
        path = self.write("first", TRAINED)
        results.pack(self.folder)
        (self.folder / results.FOLDS).write_bytes(b"half")
        with self.assertRaisesRegex(InputError, "is damaged"):
            results.read_results(path)
        (self.folder / results.FOLDS).unlink()
        with self.assertRaisesRegex(InputError, "does not hold its folds"):
            results.read_results(path)

    def test_what_is_kept_is_a_page_each(self) -> None:
        for path in KEPT.glob("*.json"):
            with self.subTest(path.name):
                self.assertLess(path.read_text().count("\n"), 120)
                if "protocol" in (kept := results.read_results(path)):
                    self.assertGreater(len(kept["folds"]), 0)
                    self.assertEqual(sum(sum(map(sum, fold["confusion"])) for fold in kept["folds"]),
                                     sum(map(sum, kept["confusion"])))

    def test_the_command_says_what_it_did(self) -> None:
        self.write("first", {**TRAINED, "mean": {name: {"mean": 1.0} for name in ("ua", "wa", "f1")}, "foldsInAll": 10})
        for said in ("packed: first", "packed: nothing, all is packed"):
            with command_line(self.folder) as output:
                results.main()
            self.assertEqual(output.getvalue().strip(), said)
        with command_line(self.folder / "first.json") as output:
            report.main()
        self.assertIn("| 2 of 10 |", output.getvalue())


if __name__ == "__main__":
    unittest.main()

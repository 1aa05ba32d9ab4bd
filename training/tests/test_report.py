"""Reports: the tables and the picture contain the numbers, and say which protocol is optimistic."""

from __future__ import annotations

import json
import unittest
from xml.etree import ElementTree

from sernet import report

from .made import TempCase, command_line

RESULTS = {
    "architecture": "light-sernet", "labels": ["anger", "sad<ness"], "corpora": ["tones"],
    "protocol": "paper", "meaning": "optimistic: …", "foldsInAll": 10, "folds": [{}, {}],
    "mean": {name: {"mean": 75.0, "interval95": 3.25} for name in ("ua", "wa", "f1")},
    "pooled": {"ua": 75.0, "wa": 80.0, "f1": 74.0}, "confusion": [[9, 1], [2, 3]],
    "int8": {"mean": {"ua": {"mean": 74.5}}}, "condition": {"mean": {"ua": {"mean": 66.0}}},
}


class ReportTests(TempCase):
    def test_a_line_says_protocol_folds_and_intervals(self) -> None:
        self.assertEqual(
            report.results_table([("tones-a", RESULTS)]).splitlines()[-1],
            "| tones-a | paper (optimistic) | 2 of 10 | 75.0 ± 3.2 | 75.0 ± 3.2 | 75.0 ± 3.2 | 74.5 | 66.0 | – |")

    def test_corpora_have_lines_for_what_was_measured_of_them(self) -> None:
        def scores(here: float, there: float) -> dict[str, object]:
            return {"byCorpus": {"here": {"ua": here}, "there": {"ua": there}}, "meanOfCorpora": (here + there) / 2}
        pooled = {**RESULTS, **scores(70, 60), "int8": scores(69, 60), "int8-of-2": scores(72, 62)}
        only = {**RESULTS, "byCorpus": {"there": {"ua": 50.0}}, "meanOfCorpora": 50.0, "int8": None, "condition": None}
        pooled.pop("condition")
        self.assertEqual(report.corpora_table([("tones", RESULTS), ("a", pooled), ("b", only)]).splitlines()[2:], [
            "| a | fp32 | 2 of 10 | 70.0 | 60.0 | 65.0 |", "| a | int8 | 2 of 10 | 69.0 | 60.0 | 64.5 |",
            "| a | int8, homes of 2 | 2 of 10 | 72.0 | 62.0 | 67.0 |",
            "| b | fp32 | 2 of 10 | – | 50.0 | 50.0 |"])

    def test_confusion_as_a_table(self) -> None:
        self.assertEqual(report.confusion_table(RESULTS).splitlines()[2:],
                         ["| anger | 9 | 1 | 90 % |", "| sad<ness | 2 | 3 | 60 % |"])

    def test_the_picture_holds_the_counts_and_is_well_formed(self) -> None:
        root = ElementTree.fromstring(report.confusion_svg(RESULTS))
        texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertEqual([text for text in texts if text.isdigit()], ["9", "1", "2", "3"])
        self.assertIn("sad<ness", texts)

    def test_the_command_prints_and_draws(self) -> None:
        (self.folder / "tones-a.json").write_text(json.dumps(RESULTS))
        (self.folder / "tones-calibration.json").write_text(json.dumps({"folds": 2, "temperature": 1.2}))
        with command_line(*sorted(self.folder.glob("*.json")), "--confusion", "--figures", self.folder) as output:
            report.main()
        self.assertIn("| anger | 9 | 1 |", output.getvalue())
        self.assertTrue((self.folder / "tones-a.svg").read_text().startswith("<svg"))


if __name__ == "__main__":
    unittest.main()

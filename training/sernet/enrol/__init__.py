"""Learning from a household's labelled utterances. `python3 -m sernet.enrol` measures the effect."""

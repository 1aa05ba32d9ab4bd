"""What a model learns of a household from labelled utterances. `python3 -m sernet.enrol` measures it."""

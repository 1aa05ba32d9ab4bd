"""AT-HOME: models judged as a house is. docs/developer/at-home.md describes it; `python3 -m sernet.athome` does it."""

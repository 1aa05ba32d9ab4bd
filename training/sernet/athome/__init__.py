"""AT-HOME judges models as they are used in a home (docs/developer/at-home.md): `python3 -m sernet.athome`."""

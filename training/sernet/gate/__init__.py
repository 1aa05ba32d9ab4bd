"""The first opinion of the speech gate: a small network on mel energies, with Silero VAD as its teacher.

`python3 -m sernet.gate` trains it and writes what SernetStream.Speech builds in.
"""

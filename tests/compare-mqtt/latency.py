"""Latency from hand-over (sent.txt: sequence, 100 ns since 1970) to mosquitto_sub (came.txt: seconds since 1970, payload)."""
import json
import sys

sent = {int(a): int(b) / 1e4 for a, b in (line.split() for line in open(sys.argv[1]))}
took = []
for line in open(sys.argv[2]):
    time, payload = line.split(" ", 1)
    sequence = json.loads(payload)["sequence"]
    if sequence in sent:
        seconds, nanoseconds = time.split(".")
        took.append(int(seconds) * 1e3 + int(nanoseconds.ljust(9, "0")) / 1e6 - sent[sequence])
took.sort()
print(f"{len(took)} of {len(sent)} came, p50 {took[len(took) // 2]:.2f} ms, p99 {took[int(0.99 * len(took))]:.2f} ms")

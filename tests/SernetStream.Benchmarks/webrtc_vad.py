"""What WebRTC's voice activity detector costs on one thread.

    webrtc_vad.py FILE     raw s16le at 16 kHz; prints microseconds for 32 ms, the best of 200 runs

It judges 10, 20 or 30 ms at once; 30 is the cheapest. It needs `pip install webrtcvad-wheels`, which Debian has no package of.
"""

import sys
import time

import webrtcvad

FRAME = 480
with open(sys.argv[1], "rb") as file:
    samples = file.read()
frames = [samples[i:i + 2 * FRAME] for i in range(0, len(samples) - 2 * FRAME, 2 * FRAME)]
detector = webrtcvad.Vad(2)
best = float("inf")
for _ in range(200):
    start = time.perf_counter()
    for frame in frames:
        detector.is_speech(frame, 16000)
    best = min(best, (time.perf_counter() - start) / len(frames))
print(best * 1e6 * 32 / 30)

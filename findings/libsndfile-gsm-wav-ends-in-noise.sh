#!/bin/sh
# libsndfile 1.2.0 (Debian 12): a WAV file of GSM 06.10 with an odd number of blocks is read with 40 ms of full-scale noise at its end.
#
# Guess before running: a GSM block is 65 bytes and 320 samples, so five blocks are read as 1600 samples. The byte that fills the odd
# size of the data chunk up (RIFF) is no sound. The fact chunk says 1600 too.
#
# Seen: the file has data of 325 bytes, and 1600 in its fact chunk, but sf_info says 1920 frames. The last 320 are decoded from the
# filling byte and what is left in the buffer: noise with a peak of 1.0 behind a tone of 0.5. With an even number of blocks, and in W64,
# nothing is added. Telephone systems record in this format (.wav49), so every second recording of theirs ends in a crack.
set -eu
version=1.2.0-1+deb12u1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq "libsndfile1=$version" libflac12 libogg0 libvorbis0a libvorbisenc2 libopus0 libmpg123-0 libmp3lame0 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name 'libsndfile.so.1')")
export LD_LIBRARY_PATH
cat > probe.py <<'PY'
import ctypes
import math
import struct

sndfile = ctypes.CDLL("libsndfile.so.1")


class Info(ctypes.Structure):
    _fields_ = [("frames", ctypes.c_int64), *((name, ctypes.c_int) for name in ("rate", "channels", "format", "sections", "seekable"))]


sndfile.sf_open.restype = ctypes.c_void_p
sndfile.sf_open.argtypes = ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p
for name in ("sf_writef_float", "sf_readf_float"):
    getattr(sndfile, name).argtypes = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64
sndfile.sf_close.argtypes = ctypes.c_void_p,
sndfile.sf_version_string.restype = ctypes.c_char_p
print(sndfile.sf_version_string().decode())
for kind, form in (("wav", 0x010020), ("w64", 0x0B0020)):
    for blocks in (4, 5):
        count, path = 320 * blocks, f"{kind}{blocks}.{kind}".encode()
        tone = (ctypes.c_float * count)(*(0.5 * math.sin(2 * math.pi * 440 * n / 8000) for n in range(count)))
        file = sndfile.sf_open(path, 0x20, ctypes.byref(Info(rate=8000, channels=1, format=form)))
        sndfile.sf_writef_float(file, tone, count)
        sndfile.sf_close(file)
        info, read = Info(), (ctypes.c_float * 4096)()
        file = sndfile.sf_open(path, 0x10, ctypes.byref(info))
        got = sndfile.sf_readf_float(file, read, 4096)
        sndfile.sf_close(file)
        peak, after = (max(map(abs, part), default=0) for part in (read[:count], read[count:got]))
        size = ""
        if kind == "wav":
            data = open(path, "rb").read()
            size = f", fact {struct.unpack_from('<I', data, data.index(b'fact') + 8)[0]}, data {struct.unpack_from('<I', data, data.index(b'data') + 4)[0]}"
        print(f"{kind}, {count} samples{size}: {info.frames} frames, {got} read, peak {peak:.1f}, after them {after:.1f}")
PY
python3 probe.py | tee said
grep -q '^libsndfile-1.2.0' said
grep -q '^wav, 1280 samples, fact 1280, data 260: 1280 frames, 1280 read, peak 0.6, after them 0.0$' said
grep -q '^wav, 1600 samples, fact 1600, data 325: 1920 frames, 1920 read, peak 0.6, after them 1.0$' said
grep -q '^w64, 1600 samples: 1600 frames, 1600 read, peak 0.6, after them 0.0$' said

#!/bin/bash
# Compiles WebRTC's voice activity detector from the sources in an npm package, once, and runs webrtc_vad.c with it.
#
#   webrtc_vad.sh FILE
set -euo pipefail
package=webrtcvad@1.0.1
sum=18679b4f9e748c2bd054b9c3f29fc5a6fb309a02e8027095891343b852ea3369
input=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../artifacts/benchmarks/$package/webrtc_vad
if [ ! -x "$program" ] || [ "$here/webrtc_vad.c" -nt "$program" ]; then
  mkdir -p "$(dirname "$program")"
  cd "$(dirname "$program")"
  archive=$(npm pack --silent "$package")
  echo "$sum  $archive" | sha256sum --check --quiet
  tar -xzf "$archive"
  mapfile -t sources < <(grep -o 'src/[^"]*\.c"' package/binding.gyp | tr -d '"')
  cc -O3 -w -DNDEBUG -DWEBRTC_POSIX -Ipackage/src "$here/webrtc_vad.c" "${sources[@]/#/package/}" -o webrtc_vad
fi
exec "$program" "$input"

#!/bin/bash
# Runs the arm64 package as a Raspberry Pi 3, 4 and 5 by qemu's user mode emulation, on the libraries of Debian bookworm for
# Arm, and compares what it says with the amd64 package. Needs root only for debootstrap; says what is wrong.
#
#   packaging/check/arm-check.sh PACKAGES [TREE]
#
# PACKAGES is the folder with the .deb files. TREE is kept, and used again; 45 s and 270 MB when it is made.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "$0")/../.." && pwd)
packages=${1:?the folder with the packages}
work=$(mktemp -d)
broker=""
daemon=""
cleanup() {
  [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
  [ -z "$broker" ] || kill "$broker" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
tree=${2:-$work/tree}

step() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
holds() { grep -qF -- "$1" <<<"$2" || fail "'$1' is not in: $2"; }
# shellcheck source=packaging/check/outlets.sh
. "$root/packaging/check/outlets.sh"

if [ ! -e "$tree/.complete" ]; then
  step "a tree of Debian bookworm for Arm"
  # shellcheck disable=SC2016  # $(…) is apt's, not the shell's
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
  debootstrap --foreign --arch=arm64 --variant=minbase --include=ca-certificates,libportaudio2,libsndfile1,libsqlite3-0,libstdc++6,libssl3 \
    bookworm "$tree" "$mirror" >"$work/log" 2>&1 || { tail -20 "$work/log"; fail "debootstrap"; }
  # No second stage: nothing of it has to run for libraries to lie where they belong.
  for package in "$tree"/var/cache/apt/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$tree"
  done
  touch "$tree/.complete"
fi

# In a container debootstrap makes it a link to the machine's own.
[ ! -L "$tree/proc" ] || rm "$tree/proc"
mkdir -p "$work/arm64" "$work/amd64" "$tree/proc"
for architecture in arm64 amd64; do
  dpkg-deb -x "$(ls "$packages"/sernetd_*_$architecture.deb)" "$work/$architecture"
done
dpkg-deb -x "$(ls "$packages"/sernetd-plugin-host_*_arm64.deb)" "$work/arm64"
native=$work/amd64/usr/lib/sernetd/sernetd
arm=$work/arm64/usr/lib/sernetd/sernetd
recording=$root/samples/spoken.flac

# ONNX Runtime reads /proc/cpuinfo, and does not survive that of another kind of processor.
board() { # CPU PART FEATURES
  cpu=$1
  for core in 0 1 2 3; do
    printf 'processor\t: %s\nBogoMIPS\t: 108.00\nFeatures\t: %s\nCPU implementer\t: 0x41\nCPU architecture: 8\n' "$core" "$3"
    printf 'CPU variant\t: 0x0\nCPU part\t: %s\nCPU revision\t: 3\n\n' "$2"
  done >"$tree/proc/cpuinfo"
}
emulated() { env SERNET_CONFIG= ORT_DISABLE_TELEMETRY=1 timeout 900 qemu-aarch64 -cpu "$cpu" -L "$tree" "$arm" "$@"; }

cat >"$work/compare.py" <<'END'
"""Compares the events of two runs: how many, their labels, and by how much probabilities differ at most."""
import json, sys
one, other = ([json.loads(line) for line in open(name)] for name in sys.argv[1:3])
assert len(one) == len(other) > 0, f"{len(one)} events here, {len(other)} there"
most = 0.0
for a, b in zip(one, other):
    for key in ("kind", "emotion", "audioStart", "audioEnd"):
        assert a.get(key) == b.get(key), f"{key}: {a.get(key)} here, {b.get(key)} there, in {b}"
    for label, p in (a.get("raw") or a["probabilities"]).items():
        most = max(most, abs(p - (b.get("raw") or b["probabilities"])[label]))
assert most <= 5e-3, f"a probability differs by {most}"
print(f"{len(one)} alike, probabilities within {most:.4f}")
END

"$native" --device "file:$recording" --speed max --output json >"$work/here.json" 2>/dev/null
"$native" classify --format json "$recording" >"$work/here.classify"

trial() { # NAME: all of it on one board
  step "$1 ($cpu)"
  SECONDS=0
  holds "runs" "$(emulated models verify light-sernet-emodb-int8)"
  printf '  models verify   %3s s\n' $SECONDS
  SECONDS=0
  emulated classify --format json "$recording" >"$work/there.classify"
  printf '  classify        %3s s  %s\n' $SECONDS "$(/usr/bin/python3 "$work/compare.py" "$work/here.classify" "$work/there.classify")"
  SECONDS=0
  emulated --device "file:$recording" --speed max --output json >"$work/there.json" 2>"$work/log" || { tail -5 "$work/log"; fail "run"; }
  printf '  run --speed max %3s s  %s\n' $SECONDS "$(/usr/bin/python3 "$work/compare.py" "$work/here.json" "$work/there.json")"
  # A real broker, a shipped plugin and the dashboard's page, while it hears the recording: no faster than it can, so that nothing is skipped.
  outlets "" "$recording" emulated --speed max
}

step "the front end, against the golden files"
dotnet publish "$root/packaging/check/golden-front-end" -c Release -r linux-arm64 -v quiet -clp:NoSummary -p:LinkerFlavor=lld \
  -p:ObjCopyName=aarch64-linux-gnu-objcopy --artifacts-path "$work/golden" -o "$work/golden/program" >"$work/log" || { cat "$work/log"; fail "publish"; }
golden=$(qemu-aarch64 -cpu cortex-a53 -L "$tree" "$work/golden/program/GoldenFrontEnd" "$root/tests/golden/front-end") || fail "a golden file"
printf '  %s\n' "$golden"
holds "vectors of 128 bits" "$golden"

features="fp asimd evtstrm crc32 cpuid"
board cortex-a53 0xd03 "$features"
trial "Raspberry Pi 3 and Zero 2 W"
board cortex-a76 0xd0b "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp"
trial "Raspberry Pi 5"
board cortex-a72 0xd08 "$features"
trial "Raspberry Pi 4"

step "a diary"
export XDG_STATE_HOME=$work/state
emulated --device "file:$recording" --speed max --output none --node pi --set diary.keep=true 2>"$work/log" || { tail -5 "$work/log"; fail "run with a diary"; }
emulated history --node pi --format json >"$work/diary.json"
kept=$(grep -c '"kind":"final"' "$work/diary.json") heard=$(grep -c '"kind":"final"' "$work/here.json")
[ "$kept" -eq "$heard" ] || fail "the diary holds $kept of $heard utterances"
printf '  %s utterances kept\n' "$kept"

step "doctor"
said=$(emulated doctor --set "device=file:$recording" 2>&1) && code=0 || code=$?
printf '%s\n' "$said"
# An emulated processor is too slow for a room, which it says; nothing else may be wrong.
other=$(grep '^fault' <<<"$said" | grep -cv 'it cannot keep up' || true)
if [ "$code" -gt 1 ] || [ "$other" -ne 0 ]; then
  fail "doctor ended with $code"
fi

step "Arm: all is well"

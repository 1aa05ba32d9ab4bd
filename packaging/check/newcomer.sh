#!/bin/bash
# A newcomer's first run, timed: from `apt install` of the package to the first event at a broker, with `sernetd setup` at a
# terminal and nothing but Enter and the name of a room typed. In a fresh bookworm tree without .NET; the room is a sound server
# in which a recording is played, and the broker says by multicast DNS that it is there. Says what is wrong. Needs root, the
# network (the Debian mirror that this machine's apt uses), debootstrap, and this machine's mosquitto, pulseaudio and
# python3-zeroconf; some two minutes.
#
#   packaging/check/newcomer.sh --packages DIR [--keep DIR]
#
# --packages: DIR holds what `make deb` made. --keep: DIR keeps the bare tree, and is used again.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
root=$(cd "$(dirname "$0")/../.." && pwd)

if [ "$(id -u)" -ne 0 ]; then
  echo "newcomer.sh: run it as root: it makes a Debian tree and changes into it" >&2
  exit 2
fi
# In a mount namespace of its own, so that nothing stays mounted whatever happens.
if [ -z "${SERNET_NEWCOMER:-}" ]; then
  SERNET_NEWCOMER=inside exec unshare --mount "$0" "$@"
fi

keep="" packages=""
while [ $# -gt 0 ]; do
  case "$1" in
    --keep) keep=${2:?a folder} ;;
    --packages) packages=${2:?a folder} ;;
    *) packages="" && break ;;
  esac
  shift 2
done
[ -n "$packages" ] || { echo "usage: newcomer.sh --packages DIR [--keep DIR]" >&2; exit 2; }

work=$(mktemp -d)
running=()
cleanup() {
  for process in "${running[@]}"; do kill "$process" 2>/dev/null || true; done
  ! mountpoint -q "$work/tree/proc" || umount "$work/tree/proc"
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
base=${keep:-$work}/bare
[ -z "$keep" ] || mkdir -p "$keep"

step() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
now() { date +%s.%N; }
since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.1f s", to - from }'; }
free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
until_true() { # SECONDS COMMAND...: waits until the command succeeds
  local seconds=$1
  shift
  for _ in $(seq $((seconds * 5))); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  return 1
}

deb=$(ls "$packages"/sernetd_*_amd64.deb) || fail "no package in $packages"

if [ ! -d "$base" ]; then
  step "debootstrap bookworm"
  # shellcheck disable=SC2016  # $(…) is apt's, not the shell's
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
  [ -n "$mirror" ] || fail "this machine's apt knows no mirror of Debian bookworm"
  rm -rf "$base.part"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$base.part" "$mirror" >"$work/log" 2>&1 ||
    { tail -20 "$work/log"; fail "debootstrap"; }
  mv "$base.part" "$base"
fi

step "a house: a tree, a broker that says it is there, a microphone that hears a voice"
tree=$work/tree
cp -a "$base" "$tree"
mount -t proc proc "$tree/proc"
mkdir -p "$tree/packages" "$tree/tmp/sound"
cp "$deb" "$tree/packages/"
port=$(free_port)
mosquitto -p "$port" >"$work/broker.log" 2>&1 &
running+=($!)
until_true 20 mosquitto_pub -p "$port" -t hello -m there || { cat "$work/broker.log"; fail "the broker does not start"; }
/usr/bin/python3 - "$port" <<'END' &
import signal, socket, sys
from zeroconf import ServiceInfo, Zeroconf
Zeroconf().register_service(ServiceInfo(
    "_mqtt._tcp.local.", "Broker of the house._mqtt._tcp.local.", addresses=[socket.inet_aton("127.0.0.1")], port=int(sys.argv[1]), server="house.local."))
signal.pause()
END
running+=($!)
sound=$tree/tmp/sound/native
HOME=$work XDG_RUNTIME_DIR=$work PULSE_RUNTIME_PATH=$work pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no --disable-shm=yes \
  --realtime=no --high-priority=no -L "module-null-sink sink_name=room rate=48000 channels=2" \
  -L "module-native-protocol-unix auth-anonymous=1 socket=$sound" >"$work/sound.log" 2>&1 &
running+=($!)
until_true 20 env PULSE_SERVER="unix:$sound" pactl info || { tail -5 "$work/sound.log"; fail "the sound server does not start"; }
(while PULSE_SERVER="unix:$sound" paplay "$root/samples/spoken.flac"; do :; done) &
running+=($!)
inside() { chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=xterm PULSE_SERVER=unix:/tmp/sound/native PULSE_SOURCE=room.monitor "$@"; }
export -f inside
export tree

began=$(now)
step "apt install"
chroot "$tree" apt-get update -qq >"$work/log" 2>&1 || { tail -5 "$work/log"; fail "apt-get update"; }
chroot "$tree" apt-get install -y -qq "/packages/$(basename "$deb")" >"$work/log" 2>&1 || { tail -20 "$work/log"; fail "apt install"; }
printf '  %s\n' "$(since "$began")"

step "sernetd setup, at a terminal"
asked=$(now)
/usr/bin/python3 "$root/tests/SernetStream.EndToEnd.Tests/terminal.py" \
  '[["Which one?", ""], ["Did the bar move", ""], ["Which broker?", ""], ["What is this room called?", "kitchen"], ["Write it?", ""]]' \
  bash -c 'inside sernetd setup' || fail "setup"
printf '  %s\n' "$(since "$asked")"

# Without systemd in the tree, setup says how to start it; this is that line, as the user of the service.
step "the first event"
started=$(now)
# Only now: the test of setup tries the topic of the events with an empty one.
timeout 600 mosquitto_sub -p "$port" -t 'sernet/kitchen/event' -C 1 >"$work/heard" &
listening=$!
running+=("$listening")
chroot "$tree" setpriv --reuid=sernet --regid=sernet --init-groups env -i PATH=/usr/bin:/bin PULSE_SERVER=unix:/tmp/sound/native \
  PULSE_SOURCE=room.monitor STATE_DIRECTORY=/tmp sernetd --config /etc/sernetd/sernetd.yaml --output none >"$work/daemon.log" 2>&1 &
running+=($!)
wait "$listening" || { tail -5 "$work/daemon.log"; fail "the broker heard no event"; }
printf '  %s; the broker heard %s…\n' "$(since "$started")" "$(head -c 120 "$work/heard")"

step "from apt install to the first event: $(since "$began"), without reading a page"

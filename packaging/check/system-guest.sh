#!/bin/bash
# Runs inside the machine that system-check.sh emulates, as root under its systemd, and says one line, `ok` or `FAIL`, for each
# check. It waits for what must happen; the bounds are against hanging, in the machine's own time.
set -uo pipefail
export LC_ALL=C
heard=/run/heard # all that the broker is told: topic, payload

ok() { printf 'ok    %s\n' "$*"; }
note() { printf '      %s\n' "$*"; }
bad() {
  printf 'FAIL  %s\n' "$*"
  journalctl -u sernetd -o cat --no-pager -n 12 | sed 's/^/        log: /'
  tail -n 3 "$heard" | cut -c 1-300 | sed 's/^/        mqtt: /'
}
check() { # WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then ok "$what"; else bad "$what"; fi
}
await() { # SECONDS COMMAND...: until the command succeeds
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || return 1
    sleep 0.5
  done
}

property() { systemctl show sernetd --property "$1" --value; }
is() { [ "$(property "$1")" = "$2" ]; }
log() { journalctl -u sernetd -o cat --no-pager; }
mark() { told_before=$(wc -l <"$heard") logged_before=$(log | wc -l); } # what comes now is what counts
told() { tail -n "+$((told_before + 1))" "$heard" | grep -aE -- "$1"; }
logged() { log | tail -n "+$((logged_before + 1))" | grep -aE -- "$1" >/run/logged; }
say_logged() { sed 's/^/      log: /' /run/logged; }
hears() { told "$1" >/dev/null; }
hears_nothing() { ! hears '/event '; }
finals() { [ "$(told '/event .*"event_type":"final"' | wc -l)" -ge "$1" ]; }
number() { sed -nE "s/.*\"$1\":\"?([^,\"}]*).*/\1/p"; }
health() { grep -a '/health ' "$heard" | tail -n 1 | number "$1"; }
more_lost_than() { awk "BEGIN { exit !($(health lostMs) > $1) }"; }
microphone() { [ "$(health microphone)" = "$1" ]; }
comes() { ! microphone dead; } # a card on which nobody speaks gives zeros, which is called muted
same_process() { is NRestarts 0 && is MainPID "$pid"; }
figures() {
  note "$(health audioSeconds) s heard, $(health lostMs) ms lost, $(health utterances) utterances, $(health events) events; of its windows" \
    "$(health classified) classified, $(health skipped) skipped, $(health late) late; latency p50 $(health p50) ms, p99 $(health p99) ms"
}
# The recording, into the other side of the card, through a volume control with a switch, as a microphone has one.
speak() { aplay -q -D mouth "$@" /srv/spoken.wav 2>/dev/null; } # an unplugged card ends it

# ---- a machine with a sound card and a broker, and the package on it

: >"$heard"
modprobe snd-aloop
note "Linux $(uname -r), $(systemctl --version | sed -n '1s/ (.*//p'), part $(sed -n 's/^CPU part.*: //p' /proc/cpuinfo | head -n 1) of Arm, $(nproc) core"
dpkg --install /srv/sernetd.deb >/run/dpkg.log 2>&1 || cat /run/dpkg.log
check "the package is installed" grep -qx 'Status: install ok installed' <(dpkg --status sernetd 2>/dev/null)
check "its user may use sound cards, and installing enables nothing" \
  [ "$(id -Gn sernet | grep -cw audio) $(systemctl is-enabled sernetd)" = "1 disabled" ]
cat >/etc/sernetd/sernetd.yaml <<'YAML'
node: attic
device: hw:Loopback,1
mqtt:
  broker: mqtt://127.0.0.1
  health_interval: 2
YAML
printf 'listener 1883 127.0.0.1\nallow_anonymous true\nuser root\n' >/run/mosquitto.conf
mosquitto -d -c /run/mosquitto.conf 2>/dev/null
await 30 mosquitto_pub -t ready -m 1 2>/dev/null
mosquitto_sub -t 'sernet/#' -F '%t %p' >"$heard" &

as_service() { setpriv --reuid=sernet --regid=sernet --init-groups env HOME=/nonexistent "$@"; }
as_service sernetd devices | grep Loopback | sed 's/^/      /'
speak & speaking=$!
as_service sernetd doctor --config /etc/sernetd/sernetd.yaml >/run/doctor 2>&1
code=$?
sed 's/^/      /' /run/doctor
check "sernetd doctor finds no fault, with a voice on the card" [ $code -eq 0 ]
wait $speaking

# ---- the service

mark
check "the service starts, and says that it is ready" systemctl enable --now --quiet sernetd
pid=$(property MainPID)
check "systemd has it as notify, with a watchdog of 30 s" \
  [ "$(property Type) $(property NotifyAccess) $(property WatchdogUSec) $(property User)" = "notify main 30s sernet" ]
check "its sandbox: no capability, no new privileges, filtered system calls" \
  [ "$(sed -nE 's/^(CapEff|CapBnd|NoNewPrivs|Seccomp):\s*//p' "/proc/$pid/status" | tr '\n' ' ')" = "0000000000000000 0000000000000000 1 2 " ]
writes() { nsenter -t "$pid" -m touch "$1/trial" 2>/dev/null; }
writes_state_alone() { ! writes /usr && ! writes /etc/sernetd && writes /var/lib/sernetd; }
check "its sandbox: the system is read-only, its state is not" writes_state_alone
check "the broker hears that it is online" await 30 hears '/availability online'

mark
speak
check "speech through hw:Loopback,1 becomes events at the broker" await 30 finals 6
note "$(told '/event .*"event_type":"final"' | wc -l) final of the recording's 6 utterances; the first: $(told '"final"' | head -n 1 | cut -c 1-130)…"
await 10 hears '/health '
figures

# ---- mute: over MQTT, and by the microphone's switch

mark
mosquitto_pub -t sernet/attic/mute/set -m ON
check "mute/set ON is taken" await 30 hears '/mute ON'
mark
speak -d 9
check "muted it says nothing of what is spoken" hears_nothing
mosquitto_pub -t sernet/attic/mute/set -m OFF
check "mute/set OFF is taken" await 30 hears '/mute OFF'
speak -d 9
check "it hears again" await 30 finals 1

amixer -q -c Loopback sset Talk off
speak & speaking=$!
check "a microphone that is switched off is said to be muted" await 60 microphone muted
mark
wait $speaking
check "and nothing is heard of it" hears_nothing
amixer -q -c Loopback sset Talk on
mark
speak -d 9
check "switched on it works" await 60 microphone works
check "and is heard" await 30 finals 1

# ---- unplugged while it listens, and plugged in again

replug() { # WHAT MODULE-PARAMETER...
  local what=$1 speaking unplugging since away end begin
  shift
  mark
  speak & speaking=$!
  await 60 finals 1
  # The driver waits until everybody has closed the card, so in the background: it is gone for them at once.
  echo snd_aloop.0 >/sys/bus/platform/drivers/snd_aloop/unbind & unplugging=$!
  since=$SECONDS
  check "unplugged, $what: health says that the microphone is dead" await 60 microphone dead
  wait $speaking $unplugging 2>/dev/null
  end=$(told '"final"' | tail -n 1 | number audioEnd)
  modprobe -r snd-aloop
  away=$((SECONDS - since - 1))
  modprobe snd-aloop "$@"
  check "plugged in, $what: sound comes again" await 60 comes
  logged . && say_logged
  mark
  speak -d 9
  check "plugged in, $what: it hears the side that it heard before" await 30 finals 1
  begin=$(told '"final"' | head -n 1 | number audioStart)
  check "plugged in, $what: time went on" awk "BEGIN { exit !(${begin:-0} >= ${end:-0} + $away) }"
  check "plugged in, $what: nothing was restarted" same_process
  note "the last utterance ended at ${end:-?} s, the card was away for at least $away s, the next utterance began at ${begin:-?} s"
  figures
}
mark
first=$logged_before
replug "under the same number"
logged_before=$first
check "the log says that the card was gone" logged 'Trying again until it works'
check "the log says that it is there again" logged 'listening to .* again'
# Soon after the first time, its lines in the log are rare by design.
replug "under another number" index=3

# ---- stopped: for a while, which loses samples; for longer than the watchdog allows

check "the watchdog leaves a healthy daemon alone" same_process
note "for $(ps -o etimes= -p "$pid" | tr -d ' ') s so far, with a watchdog of 30 s"
await 30 microphone works
lost=$(health lostMs)
speak & speaking=$!
sleep 2
kill -STOP "$pid"
sleep 5 # the fault itself, not a wait for something
kill -CONT "$pid"
check "stopped for 5 s it counts what it lost" await 30 more_lost_than "${lost:-0}"
note "lost before ${lost:-?} ms, after $(health lostMs) ms"
wait $speaking
mark
speak -d 9
check "and hears again" await 30 finals 1
check "without a restart" same_process
figures

mark
kill -STOP "$pid"
check "one that hangs is ended by the watchdog" await 120 logged 'Watchdog timeout'
check "the broker hears that it is offline, by its last will" await 120 hears '/availability offline'
check "and it is started again" await 120 is NRestarts 1
say_logged
await 60 is ActiveState active
mark
speak -d 9
check "the new one hears" await 30 finals 1

# ---- what the log advises for real-time priority, done

advice=$(log | grep 'without real-time priority' | tail -n 1 | grep -oE '[A-Z][A-Za-z]+=[a-z0-9_]+')
mkdir -p /etc/systemd/system/sernetd.service.d
printf '[Service]\n%s\n' "$advice" >/etc/systemd/system/sernetd.service.d/priority.conf
systemctl daemon-reload
mark
systemctl restart sernetd
check "what the log advises for real-time priority gives it: ${advice//$'\n'/ }" await 30 logged 'with real-time priority'

# ---- the end

mark
check "it stops" systemctl stop sernetd
check "the broker hears that it is offline" await 30 hears '/availability offline'
check "its end is no failure" [ "$(property Result) $(property ExecMainStatus)" = "success 0" ]
log | grep 'sernetd: heard' | sed 's/^/      log: /'
ok "all was tried, in $(cut -d . -f 1 /proc/uptime) s of the machine's own time"

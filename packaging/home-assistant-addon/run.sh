#!/bin/bash
# Starts sernetd in the add-on: its options become settings, and the broker is that of Home Assistant unless one is named.
# SERNETD, OPTIONS and SUPERVISOR are for tests.
set -euo pipefail

options=${OPTIONS:-/data/options.json}
supervisor=${SUPERVISOR:-http://supervisor}
read -ra sernetd <<<"${SERNETD:-sernetd}"

fail() { printf 'run.sh: %s\n' "$*" >&2; exit 2; }
option() { jq -r --arg name "$1" '.[$name] // empty' "$options"; }
settings=()
setting() { [ -z "$2" ] || settings+=(--set "$1=$2"); } # KEY VALUE: an empty one is not set

[ -r "$options" ] || fail "there are no options in $options"
for key in node device sensitivity learn log_level; do
  setting "$key" "$(option "$key")"
done
setting mqtt.area "$(option area)"
setting mqtt.level_interval "$(option level_interval)"
setting mqtt.statistics "$(option statistics)"

broker=$(option broker)
user=$(option user)
password=$(option password)
if [ -z "$broker" ]; then
  service=$(curl -sSf -m 10 -H "Authorization: Bearer ${SUPERVISOR_TOKEN:-}" "$supervisor/services/mqtt") ||
    fail "the Supervisor names no MQTT broker: install the Mosquitto add-on, or say another at the option broker"
  told() { jq -r --arg name "$1" '.data[$name] // empty' <<<"$service"; }
  scheme=mqtt
  [ "$(told ssl)" != true ] || scheme=mqtts
  [ -n "$(told host)" ] || fail "the Supervisor names an MQTT broker without a host"
  broker=$scheme://$(told host):$(told port)
  user=$(told username)
  password=$(told password)
  [ "$(told protocol)" != 5 ] || setting mqtt.version 5
fi
setting mqtt.broker "$broker"
setting mqtt.user "$user"
if [ -n "$password" ]; then
  # Not on the command line, which others can read.
  export SERNET_MQTT_PASSWORD=$password
fi

# /data is all that outlives an update: the id by which Home Assistant knows this device is kept there.
export STATE_DIRECTORY=${STATE_DIRECTORY:-/data}
exec "${sernetd[@]}" "${settings[@]}"

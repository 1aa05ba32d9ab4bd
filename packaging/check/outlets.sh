# Sourced by the checks of packages: runs a daemon with everything that takes its events, and says what is wrong.
# It needs their `fail`, `holds` and `work`; the mosquitto and curl of this machine.
# shellcheck shell=bash disable=SC2154  # work is the caller's

free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# A real broker, the shipped plugin Exec and the dashboard's page, while the daemon hears RECORDING once (it must take some seconds).
#   outlets ROOT RECORDING COMMAND...      COMMAND sees ROOT as /, and RECORDING in it
outlets() {
  local sink recording=$2 port web page=""
  sink=$(mktemp -p "$1/tmp")
  chmod 666 "$sink"
  shift 2
  port=$(free_port) web=$(free_port)
  mosquitto -p "$port" >"$work/broker.log" 2>&1 &
  broker=$!
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 $broker 2>/dev/null || { cat "$work/broker.log"; fail "the broker does not start"; }
    sleep 0.2
  done
  timeout 600 mosquitto_sub -p "$port" -t 'sernet/pi/event' -C 3 >"$work/heard" &
  local listening=$!
  "$@" --device "file:$recording" --node pi --output none --mqtt "mqtt://127.0.0.1:$port" --set "web.listen=127.0.0.1:$web" \
    --plugin Exec --set plugins.Exec.command.0=/bin/sh --set plugins.Exec.command.1=-c \
    --set "plugins.Exec.command.2=cat >>/tmp/${sink##*/}" >"$work/outlets.log" 2>&1 &
  daemon=$!
  for _ in $(seq 120); do
    page=$(curl -sf "http://127.0.0.1:$web/" || true)
    [ -z "$page" ] || break
    kill -0 $daemon 2>/dev/null || { tail -5 "$work/outlets.log"; fail "the daemon ended before it served its page"; }
    sleep 1
  done
  holds "<title>" "$page"
  wait $listening || { tail -5 "$work/outlets.log"; fail "the broker heard no three events"; }
  wait $daemon || { tail -5 "$work/outlets.log"; fail "run with a broker, a plugin and the dashboard"; }
  daemon=""
  [ -s "$sink" ] || { tail -5 "$work/outlets.log"; fail "the plugin Exec was given nothing"; }
  rm "$sink"
  kill $broker
  broker=""
  printf '  the page: %s bytes; the broker heard %s…\n' "${#page}" "$(head -c 110 "$work/heard")"
}

#!/bin/sh
# Mosquitto 2.0.11 (Debian 12): a broker whose only listener speaks WebSockets does not start.
#
# Guess before running: listeners are independent of each other. So a broker with one WebSockets listener starts, just like
# a broker with one listener of plain MQTT.
#
# Seen: it prints "Opening websockets listen socket", then "Error: Unable to start any listening sockets, exiting.", and ends
# with code 1. With a listener of plain MQTT on any other port, the same WebSockets listener opens and stays open. So a broker
# for browsers alone, or a test of ws:// addresses, needs a second listener that nobody uses.
set -eu
version=2.0.11-1.2+deb12u2
folder=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill "$broker" 2>/dev/null; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq "mosquitto=$version" libcjson1 libdlt2 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(find "$folder/root" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
export LD_LIBRARY_PATH
mosquitto=$folder/root/usr/sbin/mosquitto
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
web=$(free)
printf 'listener %s 127.0.0.1\nprotocol websockets\nallow_anonymous true\n' "$web" > alone.conf
printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$(free)" | cat - alone.conf > both.conf

code=0
timeout 10 "$mosquitto" -c alone.conf 2> alone.log || code=$?
sed 's/^[0-9]*: //' alone.log
echo "WebSockets alone: exit code $code"

"$mosquitto" -c both.conf 2> both.log &
broker=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do grep -q running both.log && break; sleep 0.5; done
answer=$(curl -s -o /dev/null -w '%{http_code}' --max-time 3 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
  -H 'Sec-WebSocket-Protocol: mqtt' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' "http://127.0.0.1:$web/" || true)
echo "beside plain MQTT: the same listener answers $answer (101: it speaks WebSockets)"
grep -q 'version 2.0.11' alone.log
grep -q 'Unable to start any listening sockets' alone.log
[ "$code" = 1 ]
[ "$answer" = 101 ]

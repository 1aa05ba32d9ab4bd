#!/bin/sh
# Runs inside the booted tree of deb-check.sh as its service trial, with no network but loopback, and leaves what each service
# said and how it ended: /trial (sernetd), and of a silo /trial.without its secrets, /trial.refused by Redis, and /trial.silo as it should be.
silo=/etc/sernetd/cluster
umask 077

ended() { # UNIT FILE
  journalctl --sync
  journalctl -u "$1" -o cat >"$2"
  systemctl show "$1" -p ActiveState -p Result -p ExecMainStatus >>"$2"
}

systemctl start sernetd
while systemctl is-active --quiet sernetd; do sleep 1; done
ended sernetd /trial

systemctl start sernet-silo@1
ended sernet-silo@1 /trial.without

for file in secret token redis.password; do
  echo "a secret that thirty-two and more characters make" >"$silo/$file"
done
redis-cli config set requirepass another
systemctl start sernet-silo@1
ended sernet-silo@1 /trial.refused

echo another >"$silo/redis.password"
systemctl start sernet-silo@1
systemctl stop sernet-silo@1
ended sernet-silo@1 /trial.silo

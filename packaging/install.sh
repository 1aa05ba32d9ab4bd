#!/bin/sh
# Installs sernetd from this archive, or removes it again. Run it as root, in the unpacked folder.
#
#   ./install.sh [--prefix /usr/local] [--no-service]
#   ./install.sh --uninstall [--prefix /usr/local]        keeps /etc/sernetd and /var/lib/sernetd
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=/usr/local
service=yes
uninstall=""
while [ $# -gt 0 ]; do
  case "$1" in
    --prefix) prefix=${2:?a folder}; shift ;;
    --no-service) service="" ;;
    --uninstall) uninstall=yes ;;
    *) echo "usage: install.sh [--uninstall] [--prefix /usr/local] [--no-service]" >&2; exit 2 ;;
  esac
  shift
done
unit=/etc/systemd/system/sernetd.service

if ! mkdir -p "$prefix/lib" 2>/dev/null || [ ! -w "$prefix/lib" ]; then
  echo "install.sh: nothing can be written to $prefix; run it as root, or name another --prefix with --no-service" >&2
  exit 1
fi

if [ -n "$uninstall" ]; then
  [ ! -e "$unit" ] || { systemctl disable --now sernetd >/dev/null 2>&1 || true; rm -f "$unit"; }
  rm -rf "$prefix/lib/sernetd" "$prefix/bin/sernetd" "$prefix/share/sernetd" "$prefix/share/doc/sernetd" \
    "$prefix/share/man/man1/sernetd.1.gz" "$prefix/share/bash-completion/completions/sernetd" \
    "$prefix/share/man/man1/sernetd-cluster.1.gz" "$prefix/share/man/man1/sernet-cluster.1.gz" \
    "$prefix/share/bash-completion/completions/sernet-cluster"
  echo "sernetd is gone from $prefix; /etc/sernetd, /var/lib/sernetd and the user sernet are kept"
  exit 0
fi

# Detects a full disk before anything is changed, so that an installed version goes on working.
needed=$(du -sk "$here" | cut -f1)
free=$(df -Pk "$prefix/lib" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt $((needed * 2)) ]; then
  echo "install.sh: $((needed * 2 / 1024)) MB are needed at $prefix, and $((free / 1024)) are free; nothing was changed" >&2
  exit 1
fi

# So is the archive of another processor, or a system that is too old for it.
if ! said=$("$here/lib/sernetd/sernetd" --version 2>&1); then
  echo "install.sh: the program of this archive does not run on this machine ($(uname -m)): $said" >&2
  echo "install.sh: take the archive for its processor, and see INSTALL for what it needs; nothing was changed" >&2
  exit 1
fi

mkdir -p "$prefix/bin" "$prefix/share"
rm -rf "$prefix/lib/sernetd.new"
cp -r "$here/lib/sernetd" "$prefix/lib/sernetd.new"
# A plugin host, a silo and plugins that were put there stay, unless the archive brings others.
for kept in plugin-host cluster plugins; do
  if [ -d "$prefix/lib/sernetd/$kept" ] && [ -z "$(ls -A "$here/lib/sernetd/$kept" 2>/dev/null)" ]; then
    rm -rf "$prefix/lib/sernetd.new/$kept"
    mv "$prefix/lib/sernetd/$kept" "$prefix/lib/sernetd.new/$kept"
  fi
done
rm -rf "$prefix/lib/sernetd"
mv "$prefix/lib/sernetd.new" "$prefix/lib/sernetd"
cp "$here/bin/sernetd" "$prefix/bin/sernetd"
cp -r "$here/share/." "$prefix/share/"

if [ -n "$service" ]; then
  mkdir -p /etc/sernetd
  [ -e /etc/sernetd/sernetd.yaml ] || cp "$here/etc/sernetd.yaml" "$here/etc/sernetd.schema.json" /etc/sernetd/
  getent passwd sernet >/dev/null || useradd --system --user-group --groups audio --no-create-home --shell /usr/sbin/nologin sernet
  sed "s|/usr/bin/sernetd|$prefix/bin/sernetd|" "$here/lib/systemd/sernetd.service" >"$unit"
  [ ! -d /run/systemd/system ] || { systemctl daemon-reload; systemctl try-restart sernetd; }
  echo "sernetd is installed; edit /etc/sernetd/sernetd.yaml, then: systemctl enable --now sernetd"
else
  echo "sernetd is installed: $prefix/bin/sernetd"
fi

#!/bin/bash
# Installs, uses, upgrades, removes and purges the Debian packages in a fresh bookworm tree, and says what is wrong.
# Needs root, the network (the Debian mirror that this machine's apt uses) and debootstrap; about five minutes.
#
#   packaging/check/deb-check.sh [--keep DIR]     DIR keeps the tree, and is used again as its fresh state
#
# Debian has no package of .NET, so the tree gets a copy of this machine's own runtime in /usr/share/dotnet, where
# README.Debian tells users to unpack Microsoft's archive.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
root=$(cd "$(dirname "$0")/../.." && pwd)

if [ "$(id -u)" -ne 0 ]; then
  echo "deb-check.sh: run it as root: it makes a Debian tree and changes into it" >&2
  exit 2
fi
# In a mount namespace of its own, so that nothing stays mounted whatever happens.
if [ -z "${SERNET_DEB_CHECK:-}" ]; then
  SERNET_DEB_CHECK=inside exec unshare --mount "$0" "$@"
fi

work=$(mktemp -d)
cleanup() {
  ! mountpoint -q "$work/tree/proc" || umount "$work/tree/proc"
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
base=$work/base
if [ "${1:-}" = --keep ]; then
  base=$2/base
  mkdir -p "$2"
fi

step() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# ---- packages: the version under test, the next, and one whose configuration file is another

step "packages"
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$root/Directory.Build.props")
"$root/packaging/package.sh" deb --out "$work" --fast yes >/dev/null
deb=$work/sernetd_${version}_amd64.deb
repack() { # VERSION SCRIPT: the package again, with another version, after SCRIPT has changed its tree
  local tree=$work/repack
  rm -rf "$tree"
  dpkg-deb -R "$deb" "$tree"
  sed -i "s/^Version: .*/Version: $1/" "$tree/DEBIAN/control"
  (cd "$tree" && sh -c "$2")
  dpkg-deb --root-owner-group -Znone --build "$tree" "$work/sernetd_$1.deb" >/dev/null
}
repack "$version+1" :
repack "$version+2" "sed -i 's/^# Configuration of sernetd/# The configuration of sernetd/' etc/sernetd/sernetd.yaml"

# ---- a fresh tree with what the package depends on

if [ ! -d "$base" ]; then
  step "debootstrap bookworm"
  # shellcheck disable=SC2016  # $(…) is apt's, not the shell's
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
  [ -n "$mirror" ] || fail "this machine's apt knows no mirror of Debian bookworm"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$base.part" "$mirror" >"$work/log" 2>&1 ||
    { tail -20 "$work/log"; fail "debootstrap"; }
  depends=$(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g; s/,/ /g')
  # shellcheck disable=SC2086  # a word a package
  chroot "$base.part" apt-get install -y -qq --no-install-recommends $depends >"$work/log" 2>&1 ||
    { tail -20 "$work/log"; fail "the tree cannot have: $depends"; }
  mv "$base.part" "$base"
fi

step "tree"
tree=$work/tree
cp -a "$base" "$tree"
mount -t proc proc "$tree/proc"
runtime=$(dirname "$(readlink -f "$(command -v dotnet)")")
mkdir -p "$tree/usr/share/dotnet"
cp -r "$runtime/dotnet" "$runtime/host" "$runtime/shared" "$tree/usr/share/dotnet/"
chroot "$tree" useradd --no-create-home --shell /bin/sh visitor
mkdir "$tree/packages"
cp "$work"/*.deb "$root/samples/spoken.flac" "$tree/packages/"

# Everything but what dpkg, apt and the log write for every package.
snapshot() {
  chroot "$tree" find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /packages \
    -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache -o -path /var/log -o -path /usr/share/dotnet \
    -o -path '/etc/*-' \) -prune -o -printf '%p %y %m %u %g\n' | sort
  chroot "$tree" sh -c 'sha256sum /etc/passwd /etc/group /etc/shadow /etc/gshadow'
}
install_deb() {
  chroot "$tree" apt-get install -y -qq --no-install-recommends "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "install $*"; }
}
as() { # USER COMMAND...: no home, no privileges, nothing of the caller's environment
  local user=$1
  shift
  chroot "$tree" setpriv --reuid="$user" --regid="$user" --init-groups env -i PATH=/usr/bin:/bin HOME=/nonexistent "$@"
}
holds() { grep -qF -- "$1" <<<"$2" || fail "'$1' is not in: $2"; }

chroot "$tree" deb-systemd-helper update-state nothing.service >/dev/null 2>&1 || true
snapshot >"$work/before"

step "install"
install_deb "/packages/$(basename "$deb")"
chroot "$tree" dpkg --verify sernetd
holds audio "$(chroot "$tree" id -Gn sernet)"
[ "$(chroot "$tree" getent passwd sernet | cut -d: -f6,7)" = /nonexistent:/usr/sbin/nologin ] || fail "the user sernet can log in"
[ ! -e "$tree/etc/systemd/system/multi-user.target.wants/sernetd.service" ] || fail "installing enabled the service"

step "use, as the service's user and as anybody"
for user in sernet visitor; do
  holds "runs." "$(as $user sernetd models verify light-sernet-emodb-int8)"
  line=$(as $user sernetd classify --format json /packages/spoken.flac)
  here=$(dotnet "$root/src/SernetStream.Daemon/bin/Release/net10.0/sernetd.dll" classify --format json "$root/samples/spoken.flac")
  [ "${line#*\"emotion\"}" = "${here#*\"emotion\"}" ] || fail "classify says $line in the tree, and $here here"
  heard=$(as $user sernetd --device file:/packages/spoken.flac --speed max --output json | grep -c '"kind":"final"')
  [ "$heard" -eq 6 ] || fail "run heard $heard of 6 utterances"
done
holds "can be used" "$(as visitor sernetd config check)"
if as visitor sernetd --help | grep -q '^  doctor'; then
  # No sound card and no broker in a bare tree: it must say so, not fall over.
  said=$(as sernet sernetd doctor 2>&1) && code=0 || code=$?
  printf '%s\n' "$said"
  [ "$code" -lt 5 ] || fail "doctor ended with $code"
  ! grep -q '   at ' <<<"$said" || fail "doctor shows a stack trace"
fi
echo 'nod: attic' >>"$tree/etc/sernetd/sernetd.yaml"
as visitor sernetd --device file:/packages/spoken.flac >"$work/log" 2>&1 && fail "a wrong /etc/sernetd/sernetd.yaml is not noticed"
holds "did you mean node?" "$(cat "$work/log")"
sed -i 's/^nod: attic$/node: attic/' "$tree/etc/sernetd/sernetd.yaml"
holds "attic" "$(as visitor sernetd config print)"

step "without the runtime it says what is missing"
mv "$tree/usr/share/dotnet" "$tree/usr/share/dotnet.away"
said=$(as visitor sernetd devices 2>&1) && fail "sernetd runs without .NET"
holds "ASP.NET Core Runtime 10" "$said"
mv "$tree/usr/share/dotnet.away" "$tree/usr/share/dotnet"

step "upgrade keeps an edited configuration file"
install_deb "/packages/sernetd_$version+1.deb"
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"
install_deb -o Dpkg::Options::=--force-confold "/packages/sernetd_$version+2.deb"
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"
[ "$(as visitor sernetd --version | cut -d+ -f1)" = "$version" ] || fail "the version after the upgrade"

step "remove, install again, purge"
echo secret >"$tree/etc/sernetd/mqtt.password"
chroot "$tree" install -d -o sernet -g sernet /var/lib/sernetd/devices
chroot "$tree" apt-get remove -y -qq sernetd >"$work/log" 2>&1 || fail "remove"
for path in usr/lib/sernetd usr/bin/sernetd usr/lib/systemd/system/sernetd.service; do
  [ ! -e "$tree/$path" ] || fail "remove left /$path"
done
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"
install_deb -o Dpkg::Options::=--force-confold "/packages/sernetd_$version+2.deb"
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"
chroot "$tree" apt-get purge -y -qq sernetd >"$work/log" 2>&1 || fail "purge"
snapshot >"$work/after"
diff "$work/before" "$work/after" || fail "purge left what is shown above"

# ---- the service, under a systemd of its own

if command -v systemd-nspawn >/dev/null; then
  step "the service, in a booted system"
  install_deb systemd systemd-sysv
  install_deb "/packages/$(basename "$deb")"
  umount "$tree/proc"
  install -m 644 "$root/samples/spoken.flac" "$tree/srv/spoken.flac"
  # A program that does not tell systemd when it is ready (a null-separated string in the assembly) is not waited for.
  if ! grep -qaP 'N\x00O\x00T\x00I\x00F\x00Y\x00_\x00S\x00O\x00C' "$tree/usr/lib/sernetd/sernetd.dll"; then
    mkdir "$tree/etc/systemd/system/sernetd.service.d"
    printf '[Service]\nType=exec\nWatchdogSec=0\n' >"$tree/etc/systemd/system/sernetd.service.d/trial.conf"
  fi
  sed -i 's|^#device: .*|device: file:/srv/spoken.flac|' "$tree/etc/sernetd/sernetd.yaml"
  cat >"$tree/etc/systemd/system/trial.service" <<'END'
[Service]
Type=oneshot
ExecStart=sh -c 'systemctl start sernetd; while systemctl is-active --quiet sernetd; do sleep 1; done; journalctl --sync; journalctl -u sernetd -o cat >/trial; systemctl show sernetd -p Result -p ExecMainStatus >>/trial'
ExecStopPost=systemctl poweroff
END
  chroot "$tree" systemctl set-default multi-user.target >/dev/null
  mkdir -p "$tree/etc/systemd/system/multi-user.target.wants"
  ln -s ../trial.service "$tree/etc/systemd/system/multi-user.target.wants/"
  timeout 180 systemd-nspawn --boot -D "$tree" --register=no --keep-unit --console=read-only >"$work/log" 2>&1 </dev/null ||
    { tail -20 "$work/log"; fail "the tree does not boot, or the service does not end"; }
  holds "6 utterances" "$(cat "$tree/trial")"
  holds "Result=success" "$(cat "$tree/trial")"
  ! grep -q '"emotion"' "$tree/trial" || fail "events are in the journal"
else
  step "the service is not tried: needs systemd-nspawn"
fi

step "the package for the other processor holds the same"
for architecture in amd64 arm64; do
  mkdir "$work/$architecture"
  dpkg-deb -x "$work/sernetd_${version}_$architecture.deb" "$work/$architecture"
  (cd "$work/$architecture" && find . -type f ! -name libonnxruntime.so -printf '%m ' -exec sha256sum {} \; | sort -k3) >"$work/$architecture.sums"
done
diff "$work/amd64.sums" "$work/arm64.sums" || fail "the packages differ in more than the native library"
[ "$(od -An -tx1 -j18 -N1 "$work"/arm64/usr/lib/sernetd/runtimes/linux-arm64/native/libonnxruntime.so)" = " b7" ] ||
  fail "the native library of arm64 is not for Arm"
[ ! -e "$work/arm64/usr/lib/sernetd/runtimes/linux-x64" ] || fail "arm64 carries libraries of x64"
[ "$(dpkg-deb -f "$work/sernetd_${version}_arm64.deb" Architecture)" = arm64 ] || fail "the architecture of arm64"

echo "deb-check: all is well"

#!/bin/bash
# Installs an archive of `make tarball` in a fresh tree with its install.sh, uses it, installs it again over itself, and takes
# it away; also where it must refuse. Says what is wrong. Needs root.
#
#   packaging/check/tarball-check.sh ARCHIVE BASE
#
# BASE is a fresh Debian tree, as `deb-check.sh --keep DIR` leaves it in DIR/base.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "$0")/../.." && pwd)
archive=$(realpath "${1:?the archive}") base=${2:?a fresh tree}
if [ -z "${SERNET_TARBALL_CHECK:-}" ]; then
  SERNET_TARBALL_CHECK=inside exec unshare --mount "$0" "$@"
fi
work=$(mktemp -d)
tree=$work/tree
cleanup() {
  for mounted in tree/proc tree/mnt; do
    ! mountpoint -q "$work/$mounted" || umount "$work/$mounted"
  done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

step() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
holds() { grep -qF -- "$1" <<<"$2" || fail "'$1' is not in: $2"; }
installer() { chroot "$tree" "/unpacked/install.sh" "$@" 2>&1; }
files() { chroot "$tree" find /usr /etc /var/lib -xdev \( -type f -o -type l \) ! -path '/etc/*-' | sort; }

cp -a "$base" "$tree"
mount -t proc proc "$tree/proc"
mkdir "$tree/unpacked"
tar -xzf "$archive" --strip-components=1 -C "$tree/unpacked"
cp "$root/samples/spoken.flac" "$tree/srv/"
files >"$work/before"

step "where it must refuse, it says so and changes nothing"
mount -t tmpfs -o size=20m none "$tree/mnt"
said=$(installer --prefix /mnt --no-service) && fail "it installs on a full disk"
holds "MB are needed at /mnt" "$said"
[ -z "$(find "$tree/mnt" -type f)" ] || fail "it left files on a full disk"
mount -o remount,ro "$tree/mnt"
said=$(installer --prefix /mnt --no-service) && fail "it installs on a read-only disk"
holds "nothing can be written to /mnt" "$said"
umount "$tree/mnt"
cp -p "$tree/unpacked/lib/sernetd/sernetd" "$work/program"
printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\363\0' >"$tree/unpacked/lib/sernetd/sernetd"
said=$(installer) && fail "it installs the program of another processor"
holds "does not run on this machine" "$said"
cp -p "$work/program" "$tree/unpacked/lib/sernetd/sernetd"
files | diff "$work/before" - || fail "a refusal changed what is shown above"

step "install, and use as the service's user"
holds "systemctl enable --now sernetd" "$(installer)"
as() { chroot "$tree" setpriv --reuid=sernet --regid=sernet --init-groups env -i PATH=/usr/local/bin:/usr/bin:/bin "$@"; }
holds "audio" "$(chroot "$tree" id -Gn sernet)"
holds "ExecStart=/usr/local/bin/sernetd" "$(cat "$tree/etc/systemd/system/sernetd.service")"
holds "runs." "$(as sernetd models verify light-sernet-emodb-int8)"
holds "can be used" "$(as sernetd config check)"
holds "libsndfile1" "$(as sernetd classify /srv/spoken.flac 2>&1 || true)"

step "again over itself: the configuration and plugins stay"
echo 'node: attic' >>"$tree/etc/sernetd/sernetd.yaml"
mkdir -p "$tree/usr/local/lib/sernetd/plugins/Mine" "$tree/usr/local/lib/sernetd/cluster/Mine" "$tree/unpacked/lib/sernetd/plugin-host/Newer"
installer >/dev/null
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"
[ -d "$tree/usr/local/lib/sernetd/plugins/Mine" ] || fail "a plugin is gone"
[ -d "$tree/usr/local/lib/sernetd/cluster/Mine" ] || fail "the silo of a cluster is gone"
[ -d "$tree/usr/local/lib/sernetd/plugin-host/Newer" ] || fail "the plugin host that the archive brings is not there"

step "uninstall"
holds "are kept" "$(installer --uninstall)"
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"
rm -r "$tree/etc/sernetd"
files | diff "$work/before" - || fail "uninstall left what is shown above"

step "the archive is well"

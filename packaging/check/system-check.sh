#!/bin/bash
# Boots Debian bookworm for Arm, with its own kernel and systemd, in qemu-system-aarch64; installs the arm64 package there, and
# tries the service on a sound card of that kernel (snd-aloop), with a Mosquitto: systemd's sandbox and watchdog, capture, mute,
# unplugging, overruns, the end (system-guest.sh has it all). Prints one line, `ok` or `FAIL`, for each check; ends with 1 when one
# fails. Needs root (the owners of files), the network (the Debian mirror that this machine's apt uses) and what
# `build/packages.sh system-check` installs. A board takes 7 minutes of a processor, and more where it is shared.
#
#   packaging/check/system-check.sh [--keep DIR] PACKAGES [BOARD...]
#
# PACKAGES is the folder with the .deb files. BOARD is pi3, pi4 (when none is named) or pi5. --keep: DIR keeps the Debian that was
# downloaded and unpacked, 700 MB, and is used again.
#
# Time: the machine counts one instruction as 2 ns of its time (-icount shift=1), so whatever speed it is emulated at, for those
# inside it is one core of 500 million instructions a second, and sound comes as fast as it is spoken. What is shown is that machine:
# nothing of a real board's speed, caches, USB or drivers of sound cards. The board is its processor's kind alone (-cpu); the rest is
# qemu's machine virt. Stopping all of the machine from outside would show nothing: its clock stops too.
#
# The base of it is unpacked, not configured: Debian's own scripts run only for sernetd. So there is no PAM policy and no broker's user
# but those made here.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "$0")/../.." && pwd)
limit=7200 # seconds of this machine for a board, against hanging

usage() { echo "usage: system-check.sh [--keep DIR] PACKAGES [pi3|pi4|pi5]..." >&2; exit 2; }
keep=""
if [ "${1:-}" = --keep ]; then
  keep=${2:?a folder}
  shift 2
fi
[ $# -ge 1 ] || usage
packages=$1
shift
[ $# -ge 1 ] || set -- pi4
processor() { case "$1" in pi3) echo cortex-a53 ;; pi4) echo cortex-a72 ;; pi5) echo cortex-a76 ;; *) return 1 ;; esac; }
for board; do processor "$board" >/dev/null || usage; done
if [ "$(id -u)" -ne 0 ]; then
  echo "system-check.sh: run it as root: the files of a Debian tree belong to several users" >&2
  exit 2
fi
for tool in qemu-system-aarch64 mke2fs cpio depmod sox; do
  command -v "$tool" >/dev/null || { echo "system-check.sh: there is no $tool: run build/packages.sh system-check" >&2; exit 2; }
done

work=$(mktemp -d)
qemu=""
cleanup() {
  [ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
step() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
deb=$(ls "$packages"/sernetd_*_arm64.deb) || fail "no sernetd_VERSION_arm64.deb in $packages"
base=${keep:-$work}/system
tree=$base/tree kernel=$base/kernel
mkdir -p "$base"

# ---- Debian for Arm: packages by an apt of its own, which checks their signatures; this machine's is left as it is

arm_apt() { # TOOL ARGUMENT...
  local tool=$1
  shift
  "apt-$tool" -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Dir::State="$base/apt" -o Dir::Cache="$base/apt/cache" \
    -o Dir::State::status="$base/apt/status" -o Dir::Etc::sourcelist="$base/apt/sources.list" -o Dir::Etc::sourceparts=- \
    -o APT::Sandbox::User=root "$@"
}

unpack() { # PACKAGE.deb: its files, and its entry in dpkg's list as installed
  local name
  name=$(dpkg-deb -f "$1" Package)
  [ "$(dpkg-deb -f "$1" Multi-Arch)" != same ] || name=$name:arm64
  dpkg-deb --fsys-tarfile "$1" | tar -xv --keep-directory-symlink -C "$tree" |
    sed -E 's:^\.::; s:(.)/$:\1:; s:^/$:/.:' >"$tree/var/lib/dpkg/info/$name.list"
  { dpkg-deb -f "$1" | sed '/^Package:/a Status: install ok installed'; echo; } >>"$tree/var/lib/dpkg/status"
}

make_tree() {
  rm -rf "$tree" "$kernel"
  mkdir -p "$tree"/usr/{bin,sbin,lib} "$tree/var/lib/dpkg/"{info,updates} "$tree"/{srv,opt,mnt,media} "$kernel"
  for folder in bin sbin lib; do ln -s "usr/$folder" "$tree/$folder"; done
  echo 1 >"$tree/var/lib/dpkg/info/format"
  for package in "$base"/apt/cache/archives/*.deb; do unpack "$package"; done
  rm -rf "$tree"/usr/share/{doc,man,locale,info,lintian}

  # What Debian's scripts would have made.
  cp "$tree/usr/share/base-passwd/passwd.master" "$tree/etc/passwd"
  cp "$tree/usr/share/base-passwd/group.master" "$tree/etc/group"
  sed 's/^\([^:]*\):.*/\1:*:19000:0:99999:7:::/' "$tree/etc/passwd" >"$tree/etc/shadow"
  sed 's/^\([^:]*\):.*/\1:*::/' "$tree/etc/group" >"$tree/etc/gshadow"
  for kind in account auth password session; do echo "$kind required pam_permit.so" >"$tree/etc/pam.d/common-$kind"; done
  ln -sf mawk "$tree/usr/bin/awk"
  echo sernet-check >"$tree/etc/hostname"
  echo '127.0.0.1 localhost sernet-check' >"$tree/etc/hosts"
  echo 0123456789abcdef0123456789abcdef >"$tree/etc/machine-id"
  for unit in systemd-firstboot.service systemd-logind.service getty.target; do ln -s /dev/null "$tree/etc/systemd/system/$unit"; done
  ln -s /usr/lib/systemd/system/multi-user.target "$tree/etc/systemd/system/default.target"

  dpkg-deb -x "$base"/apt/linux-image-*.deb "$kernel"
  depmod -b "$kernel" "$(release)"
  # Only the modules that are needed of 300 MB.
  modules snd-aloop autofs4 | (cd "$kernel" && xargs cp --parents -t "$tree")
  cp "$kernel/lib/modules/$(release)"/modules.{order,builtin,builtin.modinfo} "$tree/lib/modules/$(release)/"
  depmod -b "$tree" "$(release)"
}
release() { ls "$kernel/lib/modules"; }
modules() { # NAME...: their files, in the order in which they are loaded
  for module; do modprobe -d "$kernel" -S "$(release)" --show-depends "$module"; done |
    awk -v root="$kernel/" '$1 == "insmod" && !seen[$2]++ { print substr($2, length(root) + 1) }'
}

make_initrd() { # Debian's kernel has neither the disk nor its file system built in
  local initrd=$work/initrd
  mkdir -p "$initrd"/{bin,dev,root}
  cp "$tree/bin/busybox" "$initrd/bin/"
  modules virtio_mmio virtio_blk ext4 >"$work/modules"
  (cd "$kernel" && xargs -a "$work/modules" cp -t "$initrd")
  {
    printf '#!/bin/busybox sh\n/bin/busybox mount -t devtmpfs dev /dev\n'
    sed 's:.*/:/bin/busybox insmod /:' "$work/modules"
    printf '/bin/busybox mount -t ext4 /dev/vda /root\nexec /bin/busybox switch_root /root /sbin/init\n'
  } >"$initrd/init"
  chmod +x "$initrd/init"
  (cd "$initrd" && find . | cpio -o -H newc --quiet) >"$work/initrd.img"
}

if [ ! -e "$base/.complete" ]; then
  step "Debian bookworm for Arm"
  mkdir -p "$base/apt/lists/partial" "$base/apt/cache/archives/partial"
  : >"$base/apt/status"
  # shellcheck disable=SC2016  # $(…) is apt's, not the shell's
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 ~ /^bookworm/ && $3 == "main" { print "deb", $1, $2, $3 }' >"$base/apt/sources.list"
  [ -s "$base/apt/sources.list" ] || fail "this machine's apt knows no mirror of Debian bookworm"
  arm_apt get update -qq
  depends=$(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
  # shellcheck disable=SC2086  # a word a package
  arm_apt get install -y -qq --no-install-recommends --download-only '?essential' systemd-sysv udev kmod procps busybox-static \
    libportaudio2 libsndfile1 alsa-utils mosquitto mosquitto-clients $depends
  image=$(arm_apt cache depends linux-image-arm64 | awk '$1 == "Depends:" { print $2; exit }')
  (cd "$base/apt" && arm_apt get download -qq "$image")
  make_tree
  touch "$base/.complete"
fi

step "the machine's disk"
cp "$deb" "$tree/srv/sernetd.deb"
install -m 755 "$root/packaging/check/system-guest.sh" "$tree/srv/check"
sox "$root/samples/spoken.flac" "$tree/srv/spoken.wav"
cat >"$tree/etc/asound.conf" <<'END'
pcm.mouth {
    type softvol
    slave.pcm "plughw:Loopback,0"
    control { name "Talk" card Loopback }
    resolution 2
}
END
cat >"$tree/etc/systemd/system/check.service" <<'END'
[Service]
Type=oneshot
ExecStart=/srv/check
ExecStopPost=systemctl start --no-block poweroff.target
StandardOutput=tty
StandardError=inherit
TTYPath=/dev/ttyAMA0
END
mkdir -p "$tree/etc/systemd/system/multi-user.target.wants"
ln -sf ../check.service "$tree/etc/systemd/system/multi-user.target.wants/"
make_initrd
mke2fs -q -t ext4 -O ^has_journal -d "$tree" "$work/disk.img" 900M >/dev/null

bad=0
for board; do
  step "$board: one core of a $(processor "$board")"
  SECONDS=0
  : >"$work/log"
  timeout --kill-after=10 "$limit" qemu-system-aarch64 -machine virt -cpu "$(processor "$board")" -accel tcg -icount shift=1 -smp 1 -m 1024 \
    -nodefaults -no-user-config -display none -no-reboot -rtc base=utc \
    -kernel "$kernel/boot/vmlinuz-$(release)" -initrd "$work/initrd.img" \
    -append "console=ttyAMA0 quiet loglevel=3 systemd.show_status=no systemd.mask=serial-getty@ttyAMA0.service audit=0" \
    -drive "if=none,id=disk,file=$work/disk.img,format=raw,cache=unsafe,snapshot=on" -device virtio-blk-device,drive=disk \
    -chardev "file,id=console,path=$work/log" -serial chardev:console &
  qemu=$!
  tail -n +1 -f --pid="$qemu" "$work/log" | sed -u 's/\r//g' &
  shown=$!
  wait "$qemu" || { bad=1; echo "FAIL  the machine did not end by itself"; }
  qemu=""
  wait "$shown"
  grep -q '^ok    all was tried' "$work/log" || { bad=1; echo "FAIL  not all was tried"; }
  ! grep -q '^FAIL' "$work/log" || bad=1
  printf '== %s: %s ok, %s FAIL, %s s\n' "$board" "$(grep -c '^ok' "$work/log")" "$(grep -c '^FAIL' "$work/log")" $SECONDS
done
[ $bad -eq 0 ]

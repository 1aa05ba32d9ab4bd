#!/bin/sh
# Installs the Debian packages that are missing for `run`, `test`, `lint`, `bench`, `native`, `deb-check` or `system-check`; says
# which, and touches nothing when all are there.
set -eu

run="libportaudio2 libasound2-plugins libsndfile1 libsqlite3-0"
native="clang lld zlib1g-dev libc6-dev binutils-aarch64-linux-gnu gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
test="$run $native mosquitto mosquitto-clients redis-server pulseaudio pulseaudio-utils alsa-utils sox ffmpeg espeak-ng chromium prometheus jq curl
  python3-torch python3-torchaudio python3-onnx python3-sklearn python3-soundfile python3-scipy
  python3-paho-mqtt python3-zeroconf python3-jinja2 python3-gi gir1.2-gst-rtsp-server-1.0 glib-networking gstreamer1.0-plugins-base gstreamer1.0-plugins-good
  gcc libc6-dev strace lintian man-db systemd qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
deb_check="$run $native mosquitto mosquitto-clients curl redis-server debootstrap systemd-container qemu-user"
system_check="qemu-system-arm e2fsprogs cpio kmod sox"
lint="shellcheck python3-pyflakes"
bench="$run python3-torchaudio gcc libc6-dev"

case "${1:-}" in
  run) wanted=$run ;;
  test) wanted=$test ;;
  lint) wanted=$lint ;;
  bench) wanted=$bench ;;
  native) wanted=$native ;;
  deb-check) wanted=$deb_check ;;
  system-check) wanted=$system_check ;;
  *) echo "usage: packages.sh run|test|lint|bench|native|deb-check|system-check" >&2; exit 2 ;;
esac

if ! command -v dotnet >/dev/null; then
  echo "error: the .NET 10 SDK is needed: install it and put dotnet on the PATH" >&2
  exit 1
fi

if ! command -v dpkg-query >/dev/null; then
  printf "note: this is not Debian; what follows must be here, under its names of your system: %s\n" "$wanted" >&2
  exit 0
fi

missing=""
for package in $wanted; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  sudo="sudo"
  command -v sudo >/dev/null || { echo "error: as root, install:$missing" >&2; exit 1; }
fi

echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# One word a package is what is wanted here.
# shellcheck disable=SC2086
{
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

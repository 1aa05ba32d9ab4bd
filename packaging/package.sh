#!/bin/bash
# Makes sernetd_VERSION_{amd64,arm64}.deb, or sernetd-VERSION-linux-{x64,arm64}.tar.gz, of what `make build` has built.
# Needs no root. The same commit gives the same bytes: every time stamp is SOURCE_DATE_EPOCH, the commit's own unless set.
#
#   packaging/package.sh deb|tarball [--out DIR] [--configuration Release] [--version VERSION] [--fast yes]
#
# --fast yes packs quickly rather than small, for tests.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC
root=$(cd "$(dirname "$0")/.." && pwd)

kind=${1:-}
[ $# -eq 0 ] || shift
configuration=Release
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$root/Directory.Build.props")
out=$root/artifacts
level=6
while [ $# -gt 0 ]; do
  case "$1" in
    --configuration) configuration=$2 ;;
    --fast) level=0 ;;
    --out) mkdir -p "$2" && out=$(cd "$2" && pwd) ;;
    --version) version=$2 ;;
    *) kind="" ;;
  esac
  shift 2 || kind=""
done
case "$kind" in
  deb | tarball) ;;
  *) echo "usage: package.sh deb|tarball [--out DIR] [--configuration C] [--version V] [--fast yes]" >&2; exit 2 ;;
esac

epoch=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CHANGELOG.md")}
export SOURCE_DATE_EPOCH=$epoch
maintainer="${DEBFULLNAME:-The SernetStream authors} <${DEBEMAIL:-maintainers@sernetstream.invalid}>"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The portable build with its plugins, once; the processors differ in native libraries alone.
publish() {
  dotnet publish "$1" -c "$configuration" --no-build --no-self-contained -o "$2" -v quiet -clp:NoSummary \
    -p:UseAppHost=false >&2
}

publish "$root/src/SernetStream.Daemon/SernetStream.Daemon.csproj" "$work/app"
for plugin in "$root"/plugins/*/*.csproj; do
  [ -e "$plugin" ] || continue
  publish "$plugin" "$work/app/plugins/$(basename "$plugin" .csproj)"
done
dotnet "$work/app/sernetd.dll" manual >"$work/sernetd.1"
dotnet "$work/app/sernetd.dll" completion bash >"$work/completion"
rm -f "$work/app/sernetd" "$work/app/sernetd.staticwebassets.endpoints.json"
find "$work/app" \( -name '*.xml' -o -name 'web.config' \) -delete

# NuGet copies no licence into a build; the package's folder has it, and those of what is linked into the native library.
onnxruntime=$(dotnet msbuild "$root/src/SernetStream.Inference/SernetStream.Inference.csproj" -getProperty:PkgMicrosoft_ML_OnnxRuntime)

# PREFIX/{bin,lib,share}: what both kinds of package hold.
#   stage PREFIX RUNTIME
stage() {
  local prefix=$1 runtime=$2
  mkdir -p "$prefix/bin" "$prefix/lib" "$prefix/share/man/man1" "$prefix/share/doc/sernetd" "$prefix/share/sernetd" \
    "$prefix/share/bash-completion/completions"
  install -m 755 "$root/packaging/sernetd" "$prefix/bin/sernetd"
  cp -r "$work/app" "$prefix/lib/sernetd"
  mkdir -p "$prefix/lib/sernetd/plugins"
  find "$prefix/lib/sernetd/runtimes" -mindepth 1 -maxdepth 1 ! -name "$runtime" -exec rm -r {} +
  gzip -9n <"$work/sernetd.1" >"$prefix/share/man/man1/sernetd.1.gz"
  cp "$work/completion" "$prefix/share/bash-completion/completions/sernetd"
  cp "$root/configs/sernetd.schema.json" "$prefix/share/sernetd/"
  cp "$root/docs/raspberry-pi.md" "$root/docs/privacy.md" "$root/docs/security.md" "$root/docs/configuration.md" \
    "$prefix/share/doc/sernetd/"
  install -m 644 "$onnxruntime/LICENSE" "$prefix/share/doc/sernetd/ONNXRUNTIME-LICENSE"
  gzip -9n <"$onnxruntime/ThirdPartyNotices.txt" >"$prefix/share/doc/sernetd/ONNXRUNTIME-NOTICES.gz"
}

# One owner, one time, and modes that do not depend on whose checkout this is.
settle() {
  chmod -R u=rwX,go=rX "$1"
  find "$1" -type f ! -path '*/bin/*' ! -path '*/DEBIAN/*' -exec chmod 644 {} +
  find "$1" -exec touch -h -d "@$epoch" {} +
}

make_deb() {
  local architecture=$1 runtime=$2 tree=$work/$1
  stage "$tree/usr" "$runtime"
  local doc=$tree/usr/share/doc/sernetd
  mkdir -p "$tree/DEBIAN" "$tree/etc/sernetd" "$tree/usr/lib/systemd/system"
  sed "1s|\$schema=.*|\$schema=file:///usr/share/sernetd/sernetd.schema.json|" "$root/configs/sernetd.yaml" \
    >"$tree/etc/sernetd/sernetd.yaml"
  cp "$root/packaging/systemd/sernetd.service" "$tree/usr/lib/systemd/system/"
  cp "$root/packaging/debian/copyright" "$root/packaging/debian/README.Debian" "$doc/"
  gzip -9n <"$root/CHANGELOG.md" >"$doc/NEWS.md.gz"
  printf 'sernetd (%s) stable; urgency=medium\n\n  * What changed is told in NEWS.md.gz.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(date -u -R -d "@$epoch")" | gzip -9n >"$doc/changelog.gz"
  if [ -e "$root/packaging/debian/lintian-overrides" ]; then
    mkdir -p "$tree/usr/share/lintian/overrides"
    cp "$root/packaging/debian/lintian-overrides" "$tree/usr/share/lintian/overrides/sernetd"
  fi

  echo /etc/sernetd/sernetd.yaml >"$tree/DEBIAN/conffiles"
  install -m 755 "$root"/packaging/debian/{postinst,prerm,postrm} "$tree/DEBIAN/"
  (cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  local size
  size=$(find "$tree/usr" "$tree/etc" -type f -printf '%s\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')
  sed -e "s|@VERSION@|$version|" -e "s|@ARCHITECTURE@|$architecture|" -e "s|@MAINTAINER@|$maintainer|" \
    -e "s|@INSTALLED_SIZE@|$size|" "$root/packaging/debian/control.in" >"$tree/DEBIAN/control"
  settle "$tree"
  dpkg-deb --root-owner-group -Zxz "-z$level" --build "$tree" "$out/sernetd_${version}_$architecture.deb" >/dev/null
  echo "$out/sernetd_${version}_$architecture.deb"
}

make_tarball() {
  local runtime=$1 name=sernetd-$version-$1 tree=$work/tarball-$1
  stage "$tree/$name" "$runtime"
  mkdir -p "$tree/$name/etc" "$tree/$name/lib/systemd"
  cp "$root/configs/sernetd.yaml" "$root/configs/sernetd.schema.json" "$tree/$name/etc/"
  cp "$root/packaging/systemd/sernetd.service" "$tree/$name/lib/systemd/"
  cp "$root/packaging/INSTALL" "$root/CHANGELOG.md" "$root/LICENSE" "$tree/$name/"
  settle "$tree"
  tar -C "$tree" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$name" | gzip "-$((level + 1))n" >"$out/$name.tar.gz"
  echo "$out/$name.tar.gz"
}

if [ "$kind" = deb ]; then
  make_deb amd64 linux-x64
  make_deb arm64 linux-arm64
else
  make_tarball linux-x64
  make_tarball linux-arm64
fi

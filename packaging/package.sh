#!/bin/bash
# Makes the Debian packages sernetd, sernetd-plugin-host, sernetd-cluster and sernetd-dbgsym, or archives for other systems, for amd64 and
# arm64, each with a bill of materials (CycloneDX) beside it. The daemon is native code (build/native.sh); the host of plugins
# and the silo of a cluster bring their .NET. Needs no root. The same commit gives the same bytes: every time stamp is SOURCE_DATE_EPOCH, the commit's
# own unless set.
#
#   packaging/package.sh deb|tarball [--out DIR] [--configuration Release] [--version VERSION] [--fast yes]
#                                    [--architectures "amd64 arm64"] [--native DIR]
#
# --fast yes packs quickly rather than small, for tests. --native takes what build/native.sh put into DIR/amd64 and DIR/arm64.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC
root=$(cd "$(dirname "$0")/.." && pwd)

kind=${1:-}
[ $# -eq 0 ] || shift
configuration=Release
architectures="amd64 arm64"
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$root/Directory.Build.props")
out=$root/artifacts
level=6
native=""
while [ $# -gt 0 ]; do
  case "$1" in
    --configuration) configuration=$2 ;;
    --architectures) architectures=$2 ;;
    --fast) level=0 ;;
    --native) native=$(cd "$2" && pwd) ;;
    --out) mkdir -p "$2" && out=$(cd "$2" && pwd) ;;
    --version) version=$2 ;;
    *) kind="" ;;
  esac
  shift 2 || kind=""
done
case "$kind" in
  deb | tarball) ;;
  *) echo "usage: package.sh deb|tarball [--out DIR] [--configuration C] [--version V] [--fast yes] [--architectures A] [--native DIR]" >&2; exit 2 ;;
esac

epoch=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CHANGELOG.md")}
export SOURCE_DATE_EPOCH=$epoch
maintainer="${DEBFULLNAME:-The SernetStream authors} <${DEBEMAIL:-maintainers@sernetstream.invalid}>"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The native library's licence and those of what is linked into it: NuGet copies none into a build.
licences=$(dotnet msbuild "$root/src/SernetStream.Models/SernetStream.Models.csproj" -getProperty:PkgMicrosoft_ML_OnnxRuntime)

runtime_of() { if [ "$1" = amd64 ]; then echo linux-x64; else echo linux-arm64; fi; }

for architecture in $architectures; do
  if [ -n "$native" ]; then
    cp -a "$native/$architecture" "$work/$architecture"
  else
    "$root/build/native.sh" "$(runtime_of "$architecture")" "$work/$architecture" "$configuration"
  fi
done

# What the program says of itself is the same on both; it is asked where it can run.
here=$work/$(dpkg --print-architecture 2>/dev/null || uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')/sernetd/sernetd
if [ ! -x "$here" ]; then
  echo "package.sh: the program for this machine is needed too, to make its manual: --architectures \"amd64 arm64\"" >&2
  exit 2
fi
"$here" manual >"$work/sernetd.1"
"$here" completion bash >"$work/completion"
silo=${here%/sernetd/sernetd}/cluster/sernet-cluster
"$silo" manual >"$work/sernetd-cluster.1"
"$silo" completion bash >"$work/completion-cluster"

bill() { # NAME ARCHITECTURE PROJECT [LOCK]: the bill of materials of a package
  python3 "$root/packaging/sbom.py" "$1" "$version" "$(runtime_of "$2")" "$work/$2/assets/$3.json" "${@:4}"
}

# PREFIX/{bin,lib,share}: what both kinds of package hold.
#   stage PREFIX ARCHITECTURE
stage() {
  local prefix=$1 architecture=$2
  local doc=$prefix/share/doc/sernetd
  mkdir -p "$prefix/bin" "$prefix/lib/sernetd/plugins" "$prefix/share/man/man1" "$doc" "$prefix/share/sernetd" \
    "$prefix/share/bash-completion/completions"
  install -m 755 "$root/packaging/sernetd" "$prefix/bin/sernetd"
  cp "$work/$architecture/sernetd/sernetd" "$work/$architecture/sernetd/libonnxruntime.so" "$prefix/lib/sernetd/"
  gzip -9n <"$work/sernetd.1" >"$prefix/share/man/man1/sernetd.1.gz"
  cp "$work/completion" "$prefix/share/bash-completion/completions/sernetd"
  cp "$root/configs/sernetd.schema.json" "$prefix/share/sernetd/"
  cp "$root/docs/user/raspberry-pi.md" "$root/docs/user/privacy.md" "$root/docs/user/security.md" "$root/docs/user/configuration.md" "$doc/"
  cp "$licences/LICENSE" "$doc/ONNXRUNTIME-LICENSE"
  gzip -9n <"$licences/ThirdPartyNotices.txt" >"$doc/ONNXRUNTIME-NOTICES.gz"
}

# One owner, one time, and modes that do not depend on whose checkout this is.
settle() {
  chmod -R u=rwX,go=rX "$1"
  find "$1" -type f ! -path '*/bin/*' ! -path '*/DEBIAN/*' ! -name sernetd ! -name sernet-plugin-host ! -path '*/cluster/sernet-cluster' ! -name install.sh -exec chmod 644 {} +
  # Secrets lie there.
  [ ! -d "$1/etc/sernetd/cluster" ] || chmod 700 "$1/etc/sernetd/cluster"
  find "$1" -exec touch -h -d "@$epoch" {} +
}

changelog() { # PACKAGE
  printf '%s (%s) stable; urgency=medium\n\n  * What changed is told in NEWS.md.gz of sernetd.\n\n -- %s  %s\n' \
    "$1" "$version" "$maintainer" "$(date -u -R -d "@$epoch")" | gzip -9n
}

# Packs a tree whose control file is packaging/debian/PACKAGE.control.in.
#   pack PACKAGE ARCHITECTURE TREE
pack() {
  local package=$1 architecture=$2 tree=$3 size
  local doc=$tree/usr/share/doc/$package
  mkdir -p "$tree/DEBIAN" "$doc"
  cp "$root/packaging/debian/copyright" "$doc/"
  changelog "$package" >"$doc/changelog.gz"
  if [ -e "$root/packaging/debian/$package.lintian-overrides" ]; then
    mkdir -p "$tree/usr/share/lintian/overrides"
    cp "$root/packaging/debian/$package.lintian-overrides" "$tree/usr/share/lintian/overrides/$package"
  fi
  (cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  size=$(find "$tree" -path "$tree/DEBIAN" -prune -o -type f -printf '%s\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')
  sed -e "s|@VERSION@|$version|" -e "s|@ARCHITECTURE@|$architecture|" -e "s|@MAINTAINER@|$maintainer|" \
    -e "s|@INSTALLED_SIZE@|$size|" "$root/packaging/debian/$package.control.in" >"$tree/DEBIAN/control"
  settle "$tree"
  dpkg-deb --root-owner-group -Zxz "-z$level" --build "$tree" "$out/${package}_${version}_$architecture.deb" >/dev/null
  echo "$out/${package}_${version}_$architecture.deb"
}

deb_daemon() {
  local architecture=$1 tree=$work/deb-$1
  stage "$tree/usr" "$architecture"
  local doc=$tree/usr/share/doc/sernetd
  mkdir -p "$tree/DEBIAN" "$tree/etc/sernetd" "$tree/usr/lib/systemd/system"
  sed "1s|\$schema=.*|\$schema=file:///usr/share/sernetd/sernetd.schema.json|" "$root/configs/sernetd.yaml" \
    >"$tree/etc/sernetd/sernetd.yaml"
  cp "$root/packaging/systemd/sernetd.service" "$tree/usr/lib/systemd/system/"
  cp "$root/packaging/debian/README.Debian" "$doc/"
  gzip -9n <"$root/CHANGELOG.md" >"$doc/NEWS.md.gz"
  echo /etc/sernetd/sernetd.yaml >"$tree/DEBIAN/conffiles"
  install -m 755 "$root"/packaging/debian/{postinst,prerm,postrm} "$tree/DEBIAN/"
  pack sernetd "$architecture" "$tree"
  bill sernetd "$architecture" SernetStream.Daemon "$root/package-lock.json" >"$out/sernetd_${version}_$architecture.cdx.json"
}

deb_plugin_host() {
  local architecture=$1 tree=$work/deb-host-$1
  mkdir -p "$tree/usr/lib/sernetd"
  cp -r "$work/$architecture/plugin-host" "$tree/usr/lib/sernetd/"
  pack sernetd-plugin-host "$architecture" "$tree"
  bill sernetd-plugin-host "$architecture" SernetStream.PluginHost >"$out/sernetd-plugin-host_${version}_$architecture.cdx.json"
}

# The silo of a cluster, without the native library that it shares with sernetd.
#   stage_cluster PREFIX ARCHITECTURE
stage_cluster() {
  mkdir -p "$1/lib/sernetd" "$1/share/man/man1" "$1/share/bash-completion/completions"
  cp -r "$work/$2/cluster" "$1/lib/sernetd/"
  ln -sf ../libonnxruntime.so "$1/lib/sernetd/cluster/libonnxruntime.so"
  gzip -9n <"$work/sernetd-cluster.1" >"$1/share/man/man1/sernetd-cluster.1.gz"
  ln -s sernetd-cluster.1.gz "$1/share/man/man1/sernet-cluster.1.gz"
  cp "$work/completion-cluster" "$1/share/bash-completion/completions/sernet-cluster"
}

deb_cluster() {
  local architecture=$1 tree=$work/deb-cluster-$1
  local doc=$tree/usr/share/doc/sernetd-cluster configs=$root/configs/cluster
  mkdir -p "$tree/DEBIAN" "$tree/etc/sernetd/cluster" "$tree/usr/lib/systemd/system" "$doc/examples"
  stage_cluster "$tree/usr" "$architecture"
  cp "$configs/sernet-silo@.service" "$tree/usr/lib/systemd/system/"
  cp "$configs/silo-1.env" "$tree/etc/sernetd/cluster/"
  # The rooms of the example are nobody's.
  { grep '^ *//' "$configs/rooms.json"; printf '[]\n'; } >"$tree/etc/sernetd/cluster/rooms.json"
  cp "$configs/redis.conf" "$configs/rooms.json" "$configs"/silo-?.env "$doc/examples/"
  cp "$root/docs/user/cluster.md" "$doc/"
  cp "$root/packaging/debian/sernetd-cluster.README.Debian" "$doc/README.Debian"
  printf '/etc/sernetd/cluster/%s\n' rooms.json silo-1.env >"$tree/DEBIAN/conffiles"
  for script in postinst prerm postrm; do
    install -m 755 "$root/packaging/debian/sernetd-cluster.$script" "$tree/DEBIAN/$script"
  done
  pack sernetd-cluster "$architecture" "$tree"
  bill sernetd-cluster "$architecture" SernetStream.Cluster >"$out/sernetd-cluster_${version}_$architecture.cdx.json"
}

# Where gdb looks for what the program was stripped of.
deb_symbols() {
  local architecture=$1 tree=$work/deb-symbols-$1
  mkdir -p "$tree/usr/lib/debug/usr/lib/sernetd"
  cp "$work/$architecture/symbols/sernetd.dbg" "$tree/usr/lib/debug/usr/lib/sernetd/"
  pack sernetd-dbgsym "$architecture" "$tree"
}

tarball() { # NAME TREE: packs TREE/NAME
  settle "$2"
  tar -C "$2" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$1" | gzip "-$((level + 1))n" >"$out/$1.tar.gz"
  echo "$out/$1.tar.gz"
}

make_tarballs() {
  local architecture=$1 runtime
  runtime=$(runtime_of "$architecture")
  local name=sernetd-$version-$runtime tree=$work/tarball-$runtime
  stage "$tree/$name" "$architecture"
  mkdir -p "$tree/$name/etc" "$tree/$name/lib/systemd"
  cp "$root/configs/sernetd.yaml" "$root/configs/sernetd.schema.json" "$tree/$name/etc/"
  cp "$root/packaging/systemd/sernetd.service" "$tree/$name/lib/systemd/"
  cp "$root/packaging/INSTALL" "$root/CHANGELOG.md" "$root/LICENSE" "$tree/$name/"
  install -m 755 "$root/packaging/install.sh" "$tree/$name/"
  bill sernetd "$architecture" SernetStream.Daemon "$root/package-lock.json" >"$out/$name.cdx.json"
  tarball "$name" "$tree"

  local host=sernetd-plugin-host-$version-$runtime
  mkdir -p "$work/tarball-host-$runtime/$host/lib/sernetd"
  cp -r "$work/$architecture/plugin-host" "$work/tarball-host-$runtime/$host/lib/sernetd/"
  bill sernetd-plugin-host "$architecture" SernetStream.PluginHost >"$out/$host.cdx.json"
  tarball "$host" "$work/tarball-host-$runtime"

  local silo=sernetd-cluster-$version-$runtime
  stage_cluster "$work/tarball-cluster-$runtime/$silo" "$architecture"
  cp -r "$root/configs/cluster" "$work/tarball-cluster-$runtime/$silo/etc"
  bill sernetd-cluster "$architecture" SernetStream.Cluster >"$out/$silo.cdx.json"
  tarball "$silo" "$work/tarball-cluster-$runtime"
}

for architecture in $architectures; do
  if [ "$kind" = deb ]; then
    deb_daemon "$architecture"
    deb_plugin_host "$architecture"
    deb_cluster "$architecture"
    deb_symbols "$architecture"
  else
    make_tarballs "$architecture"
  fi
done

#!/bin/bash
# Publishes the daemon as native code, and the host of plugins and the silo of a cluster with their runtime, for a processor.
#
#   build/native.sh linux-x64|linux-arm64 DIR [CONFIGURATION]
#
# DIR gets sernetd/ (program, libonnxruntime.so), symbols/ (sernetd.dbg), plugin-host/, cluster/, and assets/ (which packages each was built
# from; the next build overwrites NuGet's own file of it). Another processor's program is
# linked by clang and lld against the libraries of Debian's cross compiler; or against the tree that SYSROOT names.
set -euo pipefail
cd "$(dirname "$0")/.."
runtime=${1:?linux-x64 or linux-arm64} out=${2:?a folder} configuration=${3:-Release}
artifacts=artifacts/native
case "$runtime" in
  linux-x64) machine=x86_64 triplet=x86_64-linux-gnu ;;
  linux-arm64) machine=aarch64 triplet=aarch64-linux-gnu ;;
  *) echo "native.sh: there is no build for $runtime" >&2; exit 2 ;;
esac

linking=()
if [ "$(uname -m)" != "$machine" ]; then
  linking=(-p:LinkerFlavor=lld "-p:ObjCopyName=$triplet-objcopy")
  [ -z "${SYSROOT:-}" ] || linking+=("-p:SysRoot=$SYSROOT")
fi

mkdir -p "$out/symbols" "$out/assets" "$artifacts"
# The build of the solution runs the analyzers; once is enough.
common=(-c "$configuration" -r "$runtime" -p:RunAnalyzers=false --artifacts-path "$artifacts" -v quiet -clp:NoSummary)
# Two builds at once would write the same files. (The compilers' processes outlive a build; they do not get the lock.)
exec 9>"$artifacts/.lock"
flock 9
dotnet publish src/SernetStream.Daemon/SernetStream.Daemon.csproj "${common[@]}" -p:PublishAot=true -o "$out/sernetd" "${linking[@]}" >&2 9>&-
dotnet publish src/SernetStream.PluginHost/SernetStream.PluginHost.csproj "${common[@]}" --self-contained -o "$out/plugin-host" >&2 9>&-
dotnet publish src/SernetStream.Cluster/SernetStream.Cluster.csproj "${common[@]}" --self-contained -o "$out/cluster" >&2 9>&-
for project in SernetStream.Daemon SernetStream.PluginHost SernetStream.Cluster; do
  cp "$artifacts/obj/$project/project.assets.json" "$out/assets/$project.json"
done
mv -f "$out/sernetd/sernetd.dbg" "$out/symbols/"
find "$out" \( -name '*.xml' -o -name '*.pdb' -o -name 'web.config' -o -name '*.staticwebassets.endpoints.json' -o -name createdump \
  -o -name libcoreclrtraceptprovider.so -o -name libmscordbi.so -o -name libmscordaccore.so \) -delete

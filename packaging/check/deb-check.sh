#!/bin/bash
# Installs, uses, upgrades, removes and purges the Debian packages in a fresh bookworm tree without .NET, on the worst machines
# too; then runs those for Arm by emulation (arm-check.sh). Says what is wrong. Needs root, the network (the Debian mirror that
# this machine's apt uses) and debootstrap; about a quarter of an hour.
#
#   packaging/check/deb-check.sh [--keep DIR] [--packages DIR]
#
# --keep: DIR keeps the trees, and is used again as their fresh state. --packages: DIR holds what `make deb` made of this
# commit; without it they are built.
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

keep="" packages=""
while [ $# -gt 0 ]; do
  case "$1" in
    --keep) keep=${2:?a folder} ;;
    --packages) packages=${2:?a folder} ;;
    *) echo "usage: deb-check.sh [--keep DIR] [--packages DIR]" >&2; exit 2 ;;
  esac
  shift 2
done

work=$(mktemp -d)
broker="" daemon="" redis=""
cleanup() {
  [ -z "$redis" ] || kill "$redis" 2>/dev/null || true
  [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
  [ -z "$broker" ] || kill "$broker" 2>/dev/null || true
  for mounted in tree/usr/share/doc tree/proc tree; do
    ! mountpoint -q "$work/$mounted" || umount "$work/$mounted"
  done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
base=${keep:-$work}/base
[ -z "$keep" ] || mkdir -p "$keep"

step() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
holds() { grep -qF -- "$1" <<<"$2" || fail "'$1' is not in: $2"; }
# shellcheck source=packaging/check/outlets.sh
. "$root/packaging/check/outlets.sh"

# ---- packages: the version under test, the next, and one whose configuration file is another

step "packages"
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$root/Directory.Build.props")
if [ -n "$packages" ]; then cp "$packages"/*.deb "$packages"/*.cdx.json "$work"; else "$root/packaging/package.sh" deb --out "$work" >/dev/null; fi
deb=$work/sernetd_${version}_amd64.deb
for architecture in amd64 arm64; do
  packed=$(stat -c %s "$work/sernetd_${version}_$architecture.deb")
  unpacked=$(dpkg-deb -f "$work/sernetd_${version}_$architecture.deb" Installed-Size)
  printf '  sernetd for %s: %s.%s MB packed, %s MB unpacked\n' "$architecture" $((packed / 1000000)) $((packed / 100000 % 10)) $((unpacked / 1024))
  [ "$packed" -le 25000000 ] || fail "more than 25 MB packed"
  [ "$unpacked" -le $((70 * 1024)) ] || fail "more than 70 MB unpacked"
  [ -s "$work/sernetd_${version}_$architecture.cdx.json" ] || fail "no bill of materials"
done
for architecture in amd64 arm64; do
  packed=$(stat -c %s "$work/sernetd-cluster_${version}_$architecture.deb")
  printf '  sernetd-cluster for %s: %s.%s MB packed, %s MB unpacked\n' "$architecture" $((packed / 1000000)) $((packed / 100000 % 10)) \
    $(($(dpkg-deb -f "$work/sernetd-cluster_${version}_$architecture.deb" Installed-Size) / 1024))
  [ "$packed" -le 50000000 ] || fail "more than 50 MB packed"
done
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
  rm -rf "$base.part"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$base.part" "$mirror" >"$work/log" 2>&1 ||
    { tail -20 "$work/log"; fail "debootstrap"; }
  depends=$(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
  # shellcheck disable=SC2086  # a word a package
  chroot "$base.part" apt-get install -y -qq --no-install-recommends $depends >"$work/log" 2>&1 ||
    { tail -20 "$work/log"; fail "the tree cannot have: $depends"; }
  mv "$base.part" "$base"
fi

step "tree"
tree=$work/tree
cp -a "$base" "$tree"
mount -t proc proc "$tree/proc"
chroot "$tree" useradd --no-create-home --shell /bin/sh visitor
mkdir "$tree/packages"
cp "$work"/sernetd_"$version"*.deb "$work"/sernetd-plugin-host_*_amd64.deb "$work"/sernetd-cluster_*_amd64.deb "$root/samples/spoken.flac" "$tree/packages/"

# Everything but what dpkg, apt and the log write for every package.
snapshot() {
  chroot "$tree" find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /packages \
    -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache -o -path /var/log \
    -o -path '/etc/*-' \) -prune -o -printf '%p %y %m %u %g\n' | sort
  chroot "$tree" sh -c 'sha256sum /etc/passwd /etc/group /etc/shadow /etc/gshadow'
}
install_deb() {
  chroot "$tree" apt-get install -y -qq --no-install-recommends "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "install $*"; }
}
unharmed() { # all of its files are as they were packed, but for the configuration
  ! chroot "$tree" dpkg --verify sernetd | grep -v ' c /etc/sernetd/sernetd.yaml$' || fail "the files above are not as they were packed"
}
as() { (become "$@"); }
become() { # USER COMMAND...: this shell goes on as it: no home, no privileges, nothing of the caller's environment
  local user=$1
  shift
  exec chroot "$tree" setpriv --reuid="$user" --regid="$user" --init-groups env -i PATH=/usr/bin:/bin HOME=/nonexistent "$@"
}

chroot "$tree" deb-systemd-helper update-state nothing.service >/dev/null 2>&1 || true
snapshot >"$work/before"

step "install"
install_deb "/packages/$(basename "$deb")"
unharmed
holds audio "$(chroot "$tree" id -Gn sernet)"
[ "$(chroot "$tree" getent passwd sernet | cut -d: -f6,7)" = /nonexistent:/usr/sbin/nologin ] || fail "the user sernet can log in"
[ ! -e "$tree/etc/systemd/system/multi-user.target.wants/sernetd.service" ] || fail "installing enabled the service"

step "without PortAudio, libsndfile and ffmpeg it says what to install"
for try in "--device http://127.0.0.1:9/room|ffmpeg" "classify /packages/spoken.flac|libsndfile1" "--device hw:0|libportaudio2"; do
  # shellcheck disable=SC2086  # words of a command
  said=$(as visitor sernetd ${try%|*} 2>&1) && code=0 || code=$?
  [ "$code" -eq 5 ] || fail "sernetd ${try%|*} without ${try#*|} ended with $code: $said"
  holds "${try#*|}" "$said"
  ! grep -q '   at ' <<<"$said" || fail "not a sentence: $said"
done
holds "libsndfile1" "$(as visitor sernetd doctor 2>&1 || true)"
install_deb libportaudio2 libsndfile1

step "the package of another processor is refused, and nothing is lost"
chroot "$tree" dpkg -i "/packages/sernetd_${version}_arm64.deb" >"$work/log" 2>&1 && fail "arm64 is installed on amd64"
holds "does not match system" "$(cat "$work/log")"
holds "$version" "$(as visitor sernetd --version)"

step "use, as the service's user and as anybody"
for user in sernet visitor; do
  holds "runs." "$(as $user sernetd models verify light-sernet-emodb-int8)"
  line=$(as $user sernetd classify --format json /packages/spoken.flac)
  holds '"emotion":"' "$line"
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

step "MQTT to a real broker, a shipped plugin, and the dashboard's page"
outlets "$tree" /packages/spoken.flac as sernet sernetd

step "a diary: without SQLite it says what to install, and hears on"
keeps() { as visitor env XDG_STATE_HOME=/tmp/state sernetd "$@" --node attic; }
said=$(keeps --device file:/packages/spoken.flac --speed max --output json --set diary.keep=true 2>"$work/log") || { cat "$work/log"; fail "run without SQLite"; }
[ "$(grep -c '"kind":"final"' <<<"$said")" -eq 6 ] || fail "run without SQLite heard something else"
holds "libsqlite3-0" "$(cat "$work/log")"
install_deb libsqlite3-0
keeps --device file:/packages/spoken.flac --speed max --output none --set diary.keep=true 2>"$work/log" || { cat "$work/log"; fail "run with a diary"; }
[ "$(keeps history --format json | grep -c '"kind":"final"')" -eq 6 ] || fail "the diary does not hold the 6 utterances"
holds "Deleted" "$(keeps history --delete --yes)"

step "a plugin of somebody else, in its host"
mkdir -p "$work/Counts"
dpkg-deb -x "$work/sernetd-plugin-host_${version}_amd64.deb" "$work/host"
cat >"$work/Counts/Counts.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><EnableDynamicLoading>true</EnableDynamicLoading></PropertyGroup>
  <ItemGroup><Reference Include="$work/host/usr/lib/sernetd/plugin-host/SernetStream.Abstractions.dll" Private="false" /></ItemGroup>
</Project>
END
cat >"$work/Counts/Counts.cs" <<'END'
using SernetStream.Plugins;
public sealed class Counts : IEmotionPlugin
{
    private PluginContext _context;
    public Task StartAsync(PluginContext context, CancellationToken stop) { _context = context; return Task.CompletedTask; }
    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        var count = 0;
        await foreach (var heard in events.WithCancellation(stop)) count++;
        _context.Log.Information($"heard something: {count > 0}");
    }
}
END
dotnet build "$work/Counts" -c Release -o "$tree/usr/lib/sernetd/plugins/Counts" -v quiet -clp:NoSummary >"$work/log" 2>&1 ||
  { cat "$work/log"; fail "the plugin does not build"; }
said=$(as visitor sernetd --device file:/packages/spoken.flac --plugin Counts 2>&1) && fail "a plugin runs without its host"
holds "install the package sernetd-plugin-host" "$said"
install_deb "/packages/sernetd-plugin-host_${version}_amd64.deb"
said=$(as visitor sernetd --device file:/packages/spoken.flac --speed max --output none --plugin Counts 2>&1) || fail "$said"
holds "Counts: heard something: True" "$said"
chroot "$tree" apt-get purge -y -qq sernetd-plugin-host >"$work/log" 2>&1 || fail "purge of the host"
rm -r "$tree/usr/lib/sernetd/plugins/Counts"

step "a silo of a cluster"
said=$(as visitor sernetd cluster 2>&1) && fail "a silo runs without its package"
holds "install the package sernetd-cluster" "$said"
install_deb "/packages/sernetd-cluster_${version}_amd64.deb"
! chroot "$tree" dpkg --verify sernetd-cluster | grep . || fail "the files above are not as they were packed"
[ "$(stat -c %a "$tree/etc/sernetd/cluster")" = 700 ] || fail "everybody can look into the folder of secrets"
port=$(free_port)
redis-server --port "$port" --bind 127.0.0.1 --dir "$work" --save "" >"$work/redis.log" 2>&1 &
redis=$!
install -m 600 /dev/stdin "$tree/tmp/secret" <<<"a secret that thirty-two and more characters make"
chroot "$tree" chown visitor /tmp/secret
echo '[{ "name": "attic", "source": "file:/packages/spoken.flac" }]' >"$tree/tmp/rooms.json"
: >"$work/silo.out"
# Not `as`: what is asked to end must be the silo, not a shell that waits for it.
become visitor sernetd cluster --redis "127.0.0.1:$port" --secret-file /tmp/secret --rooms /tmp/rooms.json --silo "127.0.0.1:$(free_port)" \
  --listen "127.0.0.1:$(free_port)" >"$work/silo.out" 2>"$work/log" &
daemon=$!
for _ in $(seq 90); do
  ! grep -q '"node":"attic".*"kind":"final"' "$work/silo.out" || break
  kill -0 $daemon 2>/dev/null || { cat "$work/log"; fail "the silo ended"; }
  sleep 1
done
holds '"kind":"final"' "$(cat "$work/silo.out")"
holds "has joined" "$(cat "$work/log")"
kill $daemon
wait $daemon || { cat "$work/log"; fail "the silo did not leave as it should"; }
daemon=""
kill $redis
wait $redis || true
redis=""
rm "$tree/tmp/secret" "$tree/tmp/rooms.json"
install -m 600 /dev/stdin "$tree/etc/sernetd/cluster/secret" <<<secret
chroot "$tree" apt-get remove -y -qq sernetd-cluster >"$work/log" 2>&1 || fail "removal of the silo"
holds secret "$(cat "$tree/etc/sernetd/cluster/secret")"
chroot "$tree" apt-get purge -y -qq sernetd-cluster >"$work/log" 2>&1 || fail "purge of the silo"
[ ! -e "$tree/etc/sernetd/cluster" ] || fail "purge left secrets"
[ -e "$tree/etc/sernetd/sernetd.yaml" ] || fail "purge of the silo took the configuration of sernetd"

step "a root that is read-only"
mount --rbind "$tree" "$tree" && mount -o remount,bind,ro "$tree"
heard=$(as visitor sernetd --device file:/packages/spoken.flac --speed max --output json 2>"$work/log" | grep -c '"kind":"final"')
[ "$heard" -eq 6 ] || { cat "$work/log"; fail "run on a read-only root heard $heard of 6 utterances"; }
chroot "$tree" dpkg --install "/packages/sernetd_$version+1.deb" >"$work/log" 2>&1 && fail "an upgrade on a read-only root succeeds"
holds "ead-only file system" "$(cat "$work/log")"
umount -R "$tree"
holds "install ok installed" "$(chroot "$tree" dpkg -s sernetd)"

step "a full disk: the upgrade fails, and what was there works"
mount -t tmpfs -o size=16k none "$tree/usr/share/doc"
chroot "$tree" dpkg --unpack --force-depends "/packages/sernetd_$version+1.deb" >"$work/log" 2>&1 && fail "an upgrade on a full disk succeeds"
umount "$tree/usr/share/doc"
holds "No space left on device" "$(cat "$work/log")"
holds "$version" "$(as visitor sernetd --version)"
unharmed
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"

step "upgrade keeps an edited configuration file"
install_deb "/packages/sernetd_$version+1.deb"
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"
install_deb -o Dpkg::Options::=--force-confold "/packages/sernetd_$version+2.deb"
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"
[ "$(as visitor sernetd --version | cut -d+ -f1)" = "$version" ] || fail "the version after the upgrade"

step "downgrade keeps it too"
install_deb --allow-downgrades -o Dpkg::Options::=--force-confold "/packages/$(basename "$deb")"
holds "node: attic" "$(tail -1 "$tree/etc/sernetd/sernetd.yaml")"
holds "6" "$(as visitor sernetd --device file:/packages/spoken.flac --speed max --output json 2>/dev/null | grep -c '"kind":"final"')"
install_deb -o Dpkg::Options::=--force-confold "/packages/sernetd_$version+2.deb"

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
chroot "$tree" apt-get purge -y -qq --autoremove sernetd libportaudio2 libsndfile1 libsqlite3-0 >"$work/log" 2>&1 || fail "purge"
snapshot >"$work/after"
diff "$work/before" "$work/after" || fail "purge left what is shown above"

# ---- the service, under a systemd of its own

if command -v systemd-nspawn >/dev/null; then
  step "the service, in a booted system"
  install_deb systemd systemd-sysv libsndfile1 redis-server
  install_deb "/packages/$(basename "$deb")" "/packages/sernetd-cluster_${version}_amd64.deb"
  umount "$tree/proc"
  install -m 644 "$root/samples/spoken.flac" "$tree/srv/spoken.flac"
  sed -i 's|^#device: .*|device: file:/srv/spoken.flac|' "$tree/etc/sernetd/sernetd.yaml"
  install "$root/packaging/check/booted-trial.sh" "$tree/srv/trial"
  cat >"$tree/etc/systemd/system/trial.service" <<'END'
[Unit]
After=redis-server.service

[Service]
Type=oneshot
ExecStart=/srv/trial
ExecStopPost=systemctl poweroff
END
  chroot "$tree" systemctl set-default multi-user.target >/dev/null
  mkdir -p "$tree/etc/systemd/system/multi-user.target.wants"
  ln -s ../trial.service "$tree/etc/systemd/system/multi-user.target.wants/"
  timeout 180 systemd-nspawn --boot -D "$tree" --register=no --keep-unit --private-network --console=read-only >"$work/log" 2>&1 </dev/null ||
    { tail -20 "$work/log"; fail "the tree does not boot, or the service does not end"; }
  holds "6 utterances" "$(cat "$tree/trial")"
  holds "Result=success" "$(cat "$tree/trial")"
  ! grep -q '"emotion"' "$tree/trial" || fail "events are in the journal"
  step "a silo, as a service"
  holds "Assertion failed" "$(cat "$tree/trial.without")"
  holds "refuses this silo's password" "$(cat "$tree/trial.refused")"
  holds "ExecMainStatus=2" "$(cat "$tree/trial.refused")"
  holds "ActiveState=failed" "$(cat "$tree/trial.refused")"
  holds "has joined" "$(cat "$tree/trial.silo")"
  holds "Result=success" "$(cat "$tree/trial.silo")"
else
  step "the service is not tried: needs systemd-nspawn"
fi

step "the package for the other processor holds the same"
for architecture in amd64 arm64; do
  mkdir "$work/$architecture"
  dpkg-deb -x "$work/sernetd_${version}_$architecture.deb" "$work/$architecture"
  (cd "$work/$architecture" && find . -type f ! -name libonnxruntime.so ! -path ./usr/lib/sernetd/sernetd -printf '%m ' -exec sha256sum {} \; | sort -k3) >"$work/$architecture.sums"
done
diff "$work/amd64.sums" "$work/arm64.sums" || fail "the packages differ in more than native code"

"$root/packaging/check/arm-check.sh" "$work" ${keep:+"$keep/arm64"}

step "all is well"

#!/bin/sh
# Measures the MQTT publisher of two revisions side by side: compare.sh ROUNDS [OLD] [NEW]. The first is by default the last
# with libmosquitto (which must be installed). Each round interleaves them at 1, 50 and 500 events a second, without and with TLS.
set -eu
rounds=$1
old=${2:-2dccf46}
new=${3:-HEAD}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
broker=
trap 'kill $broker 2>/dev/null || true; rm -rf "$work"' EXIT

build() {
  mkdir -p "$work/$1/client"
  git -C "$(git -C "$here" rev-parse --show-toplevel)" archive --format=tar "$2" src Directory.Build.props Directory.Packages.props \
    global.json .editorconfig build | tar -x -C "$work/$1"
  # The publisher was part of another project before it had its own.
  if [ -d "$work/$1/src/SernetStream.Mqtt" ]; then project=SernetStream.Mqtt names=SernetStream.Mqtt
  else project=SernetStream.Publishing names=SernetStream.Publishing.Mqtt; fi
  cat > "$work/$1/client/client.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <TreatWarningsAsErrors>false</TreatWarningsAsErrors>
    <EnforceCodeStyleInBuild>false</EnforceCodeStyleInBuild>
    <RunAnalyzers>false</RunAnalyzers>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="$here/Client.cs" />
    <ProjectReference Include="../src/$project/$project.csproj" />
    <Using Include="$names" />
  </ItemGroup>
</Project>
XML
  dotnet build "$work/$1/client" -c Release -v quiet -clp:NoSummary
}

certificates() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout "$work/ca.key" -out "$work/ca.pem"
  openssl req -newkey rsa:2048 -nodes -subj /CN=broker -keyout "$work/key.pem" -out "$work/request.pem"
  echo subjectAltName=IP:127.0.0.1 > "$work/extensions"
  openssl x509 -req -in "$work/request.pem" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
    -extfile "$work/extensions" -out "$work/certificate.pem"
}

measure() { # revision, events a second, port, authorities
  stdbuf -oL mosquitto_sub -h 127.0.0.1 -p 28830 -t sernet/kitchen/event -F '%U %p' > "$work/came.txt" &
  subscriber=$!
  seconds=12
  [ "$2" -gt 1 ] || seconds=30
  costs=$(dotnet "$work/$1/client/bin/Release/net10.0/client.dll" "$3" "$2" "$seconds" "$4" 2>&1 >"$work/sent.txt")
  sleep 0.3
  kill "$subscriber"
  echo "$1, $2 a second, TLS $4: $(python3 "$here/latency.py" "$work/sent.txt" "$work/came.txt"), $costs"
}

build old "$old"
build new "$new"
certificates 2> "$work/openssl.log"
cat > "$work/mosquitto.conf" <<CONF
listener 28830 127.0.0.1
listener 28831 127.0.0.1
certfile $work/certificate.pem
keyfile $work/key.pem
allow_anonymous true
log_type none
user $(id -un)
CONF
PATH=$PATH:/usr/sbin mosquitto -c "$work/mosquitto.conf" &
broker=$!
sleep 1
for _ in $(seq "$rounds"); do
  for rate in 1 50 500; do
    for authorities in - "$work/ca.pem"; do
      port=28830
      [ "$authorities" = - ] || port=28831
      measure old "$rate" "$port" "$authorities"
      measure new "$rate" "$port" "$authorities"
    done
  done
done

#!/bin/bash
# Runs every test project and the Python tests, as many at once as there are cores (at most four; LANES=1: one after the other),
# and ends with one line of totals. Most tests wait for something real: audio, a broker, a browser.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
configuration=${1:-Release}
lanes=${LANES:-$(nproc)}
[ "$lanes" -le 4 ] || lanes=4

dotnet build SernetStream.sln -c "$configuration" -v quiet -clp:NoSummary || {
  echo "the build failed, so no test was run"
  exit 1
}

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
training=training
# The longest first, so that none of them is left for the end.
longest="SernetStream.EndToEnd.Tests $training SernetStream.Packaging.Tests SernetStream.Mqtt.Tests SernetStream.Plugins.Tests"
names="$longest $(for project in tests/*.Tests/; do basename "$project"; done | grep -vxF "$(tr ' ' '\n' <<<"$longest")")"

# Runs the tests of one name; leaves "passed failed skipped" in a file.
run() {
  local name=$1 log=$logs/$1 broken=0
  if [ "$name" = $training ]; then
    (cd training && /usr/bin/python3 -m unittest -b) >"$log" 2>&1 || broken=1
    count() { grep -oE "$1=[0-9]+" "$log" | tail -1 | tr -dc 0-9; }
    local ran bad out
    ran=$(grep -oE '^Ran [0-9]+' "$log" | tr -dc 0-9)
    bad=$(( $(count failures || echo 0) + 0 + $(count errors || echo 0) + 0 ))
    out=$(( $(count skipped || echo 0) + 0 ))
    [ -z "$ran" ] || totals="$((ran - bad - out)) $bad $out"
  else
    rm -f "tests/$name/bin/$configuration"/*/unobserved.txt
    dotnet test "tests/$name" -c "$configuration" --no-build --logger "console;verbosity=minimal" >"$log" 2>&1 || broken=1
    totals=$(sed -nE 's/.*Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+).*/\2 \1 \3/p' "$log" | tail -1)
  fi
  if [ -z "${totals:-}" ]; then
    echo "$name did not finish" >>"$log"
    totals="0 1 0"
  elif [ "$broken" -ne 0 ] && [ "$(cut -d' ' -f2 <<<"$totals")" -eq 0 ]; then
    echo "$name ended with an error after its tests" >>"$log"
    cat "tests/$name/bin/$configuration"/*/unobserved.txt >>"$log" 2>/dev/null || true
    totals=$(awk '{ print $1, 1, $3 }' <<<"$totals")
  fi
  { echo "== $name"; grep -vE '^(Test run for|VSTest version|Starting test|A total of|$)' "$log"; }
  echo "$totals" >"$log.totals"
}

running=0
for name in $names; do
  if [ "$running" -ge "$lanes" ]; then
    wait -n
    running=$((running - 1))
  fi
  run "$name" &
  running=$((running + 1))
done
wait

echo
cat "$logs"/*.totals | awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }'

#!/bin/bash
# Runs test projects and the Python tests, as many at once as there are cores (at most four; LANES=1: one after the other), and ends
# with one line of totals.
#
#   build/test.sh [CONFIGURATION] [all|fast|coverage]
#
# all       everything. Most tests wait for something real: audio, a broker, a browser
# fast      projects that start nothing, without the tests of the categories "slow" and "real-parts"
# coverage  the C# projects, with a table of what they covered
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
configuration=${1:-Release}
kind=${2:-all}
lanes=${LANES:-$(nproc)}
[ "$lanes" -le 4 ] || lanes=4

training=training
projects() { for project in tests/*.Tests/; do basename "$project"; done; }
# What starts brokers, browsers, sound servers, plugins' hosts, emulators or the daemon itself; the longest first, so that none is left for the end.
real="SernetStream.Packaging.Tests SernetStream.EndToEnd.Tests SernetStream.Plugins.Tests SernetStream.Mqtt.Tests SernetStream.Browser.Tests"
without() { grep -vxF "$(tr ' ' '\n' <<<"$1")"; }
arguments=()
case "$kind" in
  all) names="SernetStream.Packaging.Tests SernetStream.EndToEnd.Tests $training $(projects | without "SernetStream.Packaging.Tests SernetStream.EndToEnd.Tests")" ;;
  fast) names=$(projects | without "$real"); arguments=(--filter 'Category!=slow&Category!=real-parts') ;;
  coverage) names="$real $(projects | without "$real")" ;;
  *) echo "usage: test.sh [CONFIGURATION] [all|fast|coverage]" >&2; exit 2 ;;
esac

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
[ "$kind" != coverage ] || arguments=(--collect "XPlat Code Coverage" --settings tests/coverage.runsettings --results-directory "$logs/coverage")

dotnet build SernetStream.sln -c "$configuration" -v quiet -clp:NoSummary || {
  echo "the build failed, so no test was run"
  exit 1
}

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
    dotnet test "tests/$name" -c "$configuration" --no-build --logger "console;verbosity=minimal" "${arguments[@]}" >"$log" 2>&1 || broken=1
    totals=$(sed -nE 's/.*Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+).*/\2 \1 \3/p' "$log" | tail -1)
  fi
  if [ -z "${totals:-}" ]; then
    if [ "$broken" -eq 0 ] && grep -q 'No test matches the given testcase filter' "$log"; then
      totals="0 0 0"
    else
      echo "$name did not finish" >>"$log"
      totals="0 1 0"
    fi
  elif [ "$broken" -ne 0 ] && [ "$(cut -d' ' -f2 <<<"$totals")" -eq 0 ]; then
    echo "$name ended with an error after its tests" >>"$log"
    cat "tests/$name/bin/$configuration"/*/unobserved.txt >>"$log" 2>/dev/null || true
    totals=$(awk '{ print $1, 1, $3 }' <<<"$totals")
  fi
  { echo "== $name"; grep -vE '^(Test run for|VSTest version|Starting test|A total of|Attachments:|  .*coverage\.cobertura\.xml$|$)' "$log"; }
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
[ "$kind" != coverage ] || { build/coverage.py "$logs/coverage" && echo; }
cat "$logs"/*.totals | awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }'

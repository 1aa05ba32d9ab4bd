#!/bin/bash
# Runs test projects and the Python tests, one more at once than there are cores (at most four; LANES=1: one after the other), as they
# wait for audio and brokers much of their time. Ends with one line of totals. MINUTES (60 by default) after the build, what still
# runs is ended and counts as failed, so that its log is seen.
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
lanes=${LANES:-$(($(nproc) + 1))}
[ "$lanes" -le 4 ] || lanes=4
minutes=${MINUTES:-60}

training=training
projects() { for project in tests/*.Tests/; do basename "$project"; done; }
# What starts brokers, browsers, sound servers, plugins' hosts, emulators or the daemon itself; the longest first, so that none is left for the end.
real="SernetStream.Packaging.Tests SernetStream.EndToEnd.Tests SernetStream.Plugins.Tests SernetStream.Mqtt.Tests SernetStream.Cluster.Tests SernetStream.Browser.Tests"
without() { grep -vxF "$(tr ' ' '\n' <<<"$1")"; }
arguments=()
case "$kind" in
  all) names="SernetStream.Packaging.Tests SernetStream.EndToEnd.Tests $training $(projects | without "SernetStream.Packaging.Tests SernetStream.EndToEnd.Tests")" ;;
  fast) names=$(projects | without "$real"); arguments=(-trait- Category=slow -trait- Category=real-parts) ;;
  coverage) names="$real $(projects | without "$real")" ;;
  *) echo "usage: test.sh [CONFIGURATION] [all|fast|coverage]" >&2; exit 2 ;;
esac

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
within() { timeout --foreground -k 30 $((deadline > SECONDS ? deadline - SECONDS : 1)) "$@"; }
# A test project is a program that runs its own tests: that costs a third of what "dotnet test" does where they are quick. Only that counts
# coverage, though.
tests() {
  if [ "$kind" = coverage ]; then
    within dotnet test "tests/$1" -c "$configuration" --no-build --logger "console;verbosity=minimal" --collect "XPlat Code Coverage" \
      --settings tests/coverage.runsettings --results-directory "$logs/coverage"
  else
    within dotnet "tests/$1/bin/$configuration/net10.0/$1.dll" -noColor -noLogo -longRunning 300 "${arguments[@]}"
  fi
}

# For "fast" a part of the solution: those projects, and what they reference.
solution=SernetStream.sln
if [ "$kind" = fast ]; then
  solution=$logs/fast.slnf
  for name in $names; do printf '"tests\\\\%s\\\\%s.csproj"\n' "$name" "$name"; done | paste -sd, |
    { read -r list && echo "{\"solution\":{\"path\":\"$PWD/SernetStream.sln\",\"projects\":[$list]}}"; } >"$solution"
fi

# Without the analyzers, which take a third of a build: "make lint" runs them.
dotnet build "$solution" -c "$configuration" -p:RunAnalyzers=false -v quiet -clp:NoSummary || {
  echo "the build failed, so no test was run"
  exit 1
}

deadline=$((SECONDS + minutes * 60))
# Runs the tests of one name; leaves "passed failed skipped" in a file.
run() {
  local name=$1 log=$logs/$1 broken=0 start=$SECONDS
  if [ "$name" = $training ]; then
    (cd training && within /usr/bin/python3 -m unittest -v -b) >"$log" 2>&1 || broken=1
    count() { grep -oE "$1=[0-9]+" "$log" | tail -1 | tr -dc 0-9; }
    local ran bad out
    ran=$(grep -oE '^Ran [0-9]+' "$log" | tr -dc 0-9)
    bad=$(( $(count failures || echo 0) + 0 + $(count errors || echo 0) + 0 ))
    out=$(( $(count skipped || echo 0) + 0 ))
    [ -z "$ran" ] || totals="$((ran - bad - out)) $bad $out"
  else
    tests "$name" >"$log" 2>&1 || broken=1
    # "Total: 9, Errors: 0, Failed: 1, Skipped: 0, …" is what the program says, "Failed: 1, Passed: 8, Skipped: 0, …" dotnet test.
    totals=$(sed -nE -e 's/.* Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+),.*/\1 \2 \3 \4/p' "$log" | tail -1 |
      awk '{ print $1 - $3 - $4, $2 + $3, $4 }')
    [ -n "$totals" ] || totals=$(sed -nE 's/.*Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+).*/\2 \1 \3/p' "$log" | tail -1)
  fi
  if [ -z "${totals:-}" ]; then
    echo "$name did not finish in $(((SECONDS - start) / 60)) minutes" >>"$log"
    totals="0 1 0"
  elif [ "$broken" -ne 0 ] && [ "$(cut -d' ' -f2 <<<"$totals")" -eq 0 ]; then
    echo "$name ended with an error after its tests" >>"$log"
    totals=$(awk '{ print $1, 1, $3 }' <<<"$totals")
  fi
  { echo "== $name, $((SECONDS - start)) s"; grep -vE '^(Test run for|VSTest version|Starting test|A total of|Attachments:|  .*coverage\.cobertura\.xml$|$|=== TEST EXECUTION|  (Discovering|Discovered|Starting|Finished): |.* \.\.\. ok$)' "$log"; }
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

# What failed once more, at the end: the rest may be thousands of lines further up.
failures() {
  local log
  for log in "$logs"/*.totals; do
    [ "$(cut -d' ' -f2 "$log")" -ne 0 ] || continue
    log=${log%.totals}
    echo "== ${log##*/}: what failed"
    grep -E -A 14 '\[FAIL\]|^(FAIL|ERROR): ' "$log" || tail -n 14 "$log"
  done
}

echo
failures
[ "$kind" != coverage ] || { build/coverage.py "$logs/coverage" && echo; }
cat "$logs"/*.totals | awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }'

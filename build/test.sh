#!/bin/bash
# Runs every test project and the Python tests, one after the other, and ends with one line of totals.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
configuration=${1:-Release}

passed=0 failed=0 skipped=0 broken=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

dotnet build SernetStream.sln -c "$configuration" -v quiet -clp:NoSummary || {
  echo "the build failed, so no test was run"
  exit 1
}

for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "== $name"
  dotnet test "$project" -c "$configuration" --no-build --logger "console;verbosity=minimal" >"$log" 2>&1 || broken=1
  grep -vE '^(Test run for|VSTest version|Starting test|A total of|$)' "$log"
  totals=$(grep -oE 'Failed: +[0-9]+, Passed: +[0-9]+, Skipped: +[0-9]+' "$log" | tail -1 | tr -dc '0-9,')
  if [ -z "$totals" ]; then
    echo "$name did not finish"
    failed=$((failed + 1))
    continue
  fi
  IFS=, read -r f p s <<<"$totals"
  failed=$((failed + f)) passed=$((passed + p)) skipped=$((skipped + s))
done

echo "== training"
(cd training && /usr/bin/python3 -m unittest -b) >"$log" 2>&1 || broken=1
cat "$log"
count() { grep -oE "$1=[0-9]+" "$log" | tail -1 | tr -dc 0-9; }
ran=$(grep -oE '^Ran [0-9]+' "$log" | tr -dc 0-9)
bad=$(( $(count failures || echo 0) + 0 + $(count errors || echo 0) + 0 ))
out=$(( $(count skipped || echo 0) + 0 ))
if [ -z "$ran" ]; then
  echo "the Python tests did not run"
  ran=1 bad=1
fi
failed=$((failed + bad)) skipped=$((skipped + out)) passed=$((passed + ran - bad - out))

if [ "$broken" -ne 0 ] && [ "$failed" -eq 0 ]; then
  failed=1
fi
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

#!/bin/bash
# Installs the packages of package-lock.json into node_modules, once, whoever else is building.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v npm >/dev/null; then
  echo "error: npm is needed to fetch the speech detector and the charts; install Node.js 18 or newer (Debian: apt-get install nodejs npm)" >&2
  exit 1
fi
exec 9>.npm-ci.lock
flock 9
if [ node_modules/.package-lock.json -nt package-lock.json ]; then
  exit 0
fi
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
touch node_modules/.package-lock.json

#!/bin/bash
# Formatting, code style and analyzers of C#; unused and undefined names in Python; shell scripts.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet format SernetStream.sln --verify-no-changes --exclude node_modules
/usr/bin/python3 -m pyflakes training packaging build samples
shellcheck build/*.sh training/*.sh findings/*.sh tests/*/*.sh samples/*.sh .ci/run packaging/*.sh packaging/check/*.sh packaging/home-assistant-addon/*.sh packaging/sernetd packaging/debian/{,sernetd-cluster.}{postinst,prerm,postrm}
echo "lint: clean"

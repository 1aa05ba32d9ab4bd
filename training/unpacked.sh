# shellcheck shell=sh
# Unpacks Debian packages for prompts.sh and readers.sh, which read it with the folder that they were given.
#   unpacked PACKAGE…      downloads them, in a folder that is removed at the end and is the current one then; $into is where to put what is made
unpacked() {
  into=$(cd "$into" && pwd)
  here=$(mktemp -d)
  trap 'rm -rf "$here"' EXIT
  cd "$here" || exit
  apt-get download -qq "$@"
  for package in *.deb; do
    dpkg-deb -x "$package" .
  done
}

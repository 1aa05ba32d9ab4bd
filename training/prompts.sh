#!/bin/sh
# Ordinary speech of six announcers: telephone prompts from Debian's packages, 45 of each voice, between 1.5 and 8 seconds.
#   prompts.sh DIR      puts them there
set -eu

packages="asterisk-core-sounds-en-wav asterisk-core-sounds-es-wav asterisk-core-sounds-fr-wav asterisk-core-sounds-it-wav
  asterisk-core-sounds-ru-wav asterisk-prompt-it-menardi-wav"
each=45
least=24000   # bytes: 8,000 samples a second of two bytes
most=128000

[ $# -eq 1 ] || { echo "usage: prompts.sh DIR" >&2; exit 2; }
mkdir -p "$1"
into=$1
# shellcheck source=training/unpacked.sh
. "$(dirname "$0")/unpacked.sh"
# One word a package is what is wanted here.
# shellcheck disable=SC2086
unpacked $packages

for voice in usr/share/asterisk/sounds/*/; do
  find "$voice" -maxdepth 1 -type f -name '*.wav' -size +${least}c -size -${most}c | LC_ALL=C sort > list
  # Evenly from the whole list: neighbours by name often say nearly the same.
  awk -v each=$each 'NR == FNR { total++; next } int(FNR * each / total) > int((FNR - 1) * each / total)' list list |
    while read -r file; do
      cp "$file" "$into/$(basename "$voice")-$(basename "$file")"
    done
done

#!/bin/sh
# Ordinary speech of some thirty people, who read words and sentences at their own microphones, from Debian's packages: at most 60
# recordings of each voice, between 1.5 and 8 seconds, as FLAC of 16 kHz. No voice of prompts.sh is among them.
#   readers.sh DIR      puts them there
# It needs ffmpeg and python3-soundfile.
set -eu

packages="tuxpaint-stamps-default ktuberling-data asterisk-prompt-fr-armelle asterisk-prompt-es-co"
each=60

[ $# -eq 1 ] || { echo "usage: readers.sh DIR" >&2; exit 2; }
mkdir -p "$1"
into=$1
# shellcheck source=training/unpacked.sh
. "$(dirname "$0")/unpacked.sh"
# One word a package is what is wanted here.
# shellcheck disable=SC2086
unpacked $packages

# A list for each voice. Tux Paint has a recording as often as it has its picture.
mkdir lists wav
find usr/share/tuxpaint -type f -name '*_desc_[a-z]*.ogg' -exec md5sum {} + | LC_ALL=C sort -k 2 |
  awk '!seen[$1]++ { voice = $2; sub(/.*_desc_/, "", voice); sub(/\.ogg$/, "", voice); print $2 > "lists/tuxpaint-" voice }'
for voice in usr/share/ktuberling/sounds/*/; do
  find "$voice" -type f -name '*.ogg' -o -type f -name '*.wav' > "lists/ktuberling-$(basename "$voice")"
done
for voice in usr/share/asterisk/sounds/*/; do
  for file in "$voice"*.gsm; do
    wav=wav/$(basename "$voice")-$(basename "$file" .gsm).wav
    # One of them is damaged.
    if ffmpeg -nostdin -loglevel quiet -i "$file" "$wav"; then
      echo "$wav" >> "lists/asterisk-$(basename "$voice")"
    fi
  done
done

long='import sys, soundfile
for name in sorted(sys.stdin.read().splitlines()):
    if 1.5 <= soundfile.info(name).duration <= 8:
        print(name)'
for voice in lists/*; do
  python3 -c "$long" < "$voice" > list
  # Evenly from the whole list: neighbours by name often say nearly the same.
  awk -v each=$each 'NR == FNR { total++; next } total <= each || int(FNR * each / total) > int((FNR - 1) * each / total)' list list |
    while read -r file; do
      number=$((${number:-0} + 1))
      ffmpeg -nostdin -loglevel error -y -i "$file" -ac 1 -ar 16000 "$into/$(basename "$voice")-$number.flac"
    done
done

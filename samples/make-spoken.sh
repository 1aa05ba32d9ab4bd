#!/usr/bin/env bash
# Makes spoken.flac: six sentences in several speaking styles, each followed by a pause long
# enough for a voice activity detector to close the utterance. Needs espeak-ng and sox.
#
#   samples/make-spoken.sh [FILE]        (default: spoken.flac beside this script)
set -euo pipefail

out=${1:-$(dirname "$0")/spoken.flac}
for tool in espeak-ng sox; do
  command -v "$tool" > /dev/null || { echo "error: $tool is missing; install it with: apt-get install $tool" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# utterance PAUSE VOICE WORDS-PER-MINUTE PITCH AMPLITUDE TEXT: appends a sentence, then PAUSE seconds.
parts=()
utterance() {
  local part
  part=$(printf '%s/%02d.wav' "$work" "${#parts[@]}")
  espeak-ng -v "$2" -s "$3" -p "$4" -a "$5" -w "$work/raw.wav" "$6"
  sox -R -D "$work/raw.wav" -r 16000 -c 1 -b 16 "$part" gain -3 silence 1 0.01 0.1% reverse silence 1 0.01 0.1% reverse pad 0 "$1"
  parts+=("$part")
}

utterance 1.6 en-gb          115  15  60 "I walked home alone, and nobody was there."              # slow and low
utterance 1.5 en-us+f3       215  85 110 "You will not believe it, we have won the first prize!"   # fast and high
utterance 1.8 en-gb+m3       200  60 190 "Stop it! I told you not to touch that!"                  # loud, agitated
utterance 1.4 en-us          160  35  90 "The train to the airport leaves at seven."               # even
utterance 1.7 de             150  50 100 "Der Lappen liegt auf dem Eisschrank."                    # German, even
utterance 2.0 en-gb+f2       185  70  80 "Quiet, please, somebody is at the door."                 # hurried, high

# A noise floor of about -70 dB below full scale: a room is never digitally silent.
sox -R -D "${parts[@]}" "$work/speech.wav" pad 0.8
length=$(sox --i -D "$work/speech.wav")
sox -R -D -n -r 16000 -c 1 -b 16 "$work/room.wav" synth "$length" brownnoise vol 0.0006
sox -R -D -m -v 1 "$work/speech.wav" -v 1 "$work/room.wav" -b 16 -C 8 "$out"

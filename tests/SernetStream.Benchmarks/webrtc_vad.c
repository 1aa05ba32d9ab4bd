// What WebRTC's voice activity detector costs on one thread.
//
//   webrtc_vad FILE     raw s16le at 16 kHz; prints microseconds for 32 ms, the best of 200 runs
//
// It judges 10, 20 or 30 ms at once; 30 is the cheapest. webrtc_vad.sh compiles this.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "webrtc/common_audio/vad/include/webrtc_vad.h"

enum { RATE = 16000, FRAME = 480, MOST = 60 * RATE };

// What its checks call; the package has it in C++.
void rtc_FatalMessage(const char *file, int line, const char *message) {
  fprintf(stderr, "%s:%d: %s\n", file, line, message);
  abort();
}

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
  static int16_t samples[MOST];
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  size_t frames = file ? fread(samples, sizeof *samples, MOST, file) / FRAME : 0;
  VadInst *detector = WebRtcVad_Create();
  if (!frames || !detector || WebRtcVad_Init(detector) || WebRtcVad_set_mode(detector, 2)) return 1;

  double best = 1e9;
  int speech = 0;
  for (int run = 0; run < 200; run++) {
    double began = microseconds();
    for (size_t i = 0; i < frames; i++) speech += WebRtcVad_Process(detector, RATE, samples + i * FRAME, FRAME);
    double each = (microseconds() - began) / frames;
    best = each < best ? each : best;
  }
  // Nothing is compared with a detector that hears no speech in a recording of it.
  if (speech <= 0) return 1;
  printf("%f\n", best * 32 / 30);
}

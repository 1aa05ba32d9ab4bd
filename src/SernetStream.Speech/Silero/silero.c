// The speech detector's inner loops once more, as those of the built-in models (SernetStream.Models/LightSernet/Kernels).
#include "lanes.h"

enum { BLOCK = 64, FRAMES = 4, MOST_PAIRS = 256 }; // as LevelShape, FourFrames and PairSum say

// PairSum.Add
void NAME(sernet_add_pairs)(const int32_t *inputs, int length, const int16_t *weights, int step, int outputs, int32_t *sums) {
  int32_t pairs[MOST_PAIRS];
  int count = 0;
  for (int i = 0; i < length; i++) {
    pairs[count] = i;
    count += inputs[i] != 0;
  }
  for (; outputs > 0; outputs -= BLOCK, weights += step, sums += BLOCK) {
    ints sum[BLOCK / LANES];
    memcpy(sum, sums, sizeof sum);
    for (int i = 0; i < count; i++) {
      shorts two = (shorts)all(inputs[pairs[i]]);
      const int16_t *weight = weights + pairs[i] * 2 * BLOCK;
      for (int lane = 0; lane < BLOCK / LANES; lane++) sum[lane] = with_products(sum[lane], at(weight + lane * 2 * LANES), two);
    }
    memcpy(sums, sum, sizeof sum);
  }
}

// Adds what a tap gives to the frames from one on, of as many frames.
static inline const int16_t *add_tap(const int16_t *weight, const int32_t *image, int pairs, ints sum[FRAMES][2], int first, int count) {
  for (int pair = 0; pair < pairs; pair++, weight += 2 * BLOCK) {
    shorts w0 = at(weight), w1 = at(weight + 2 * LANES);
    for (int frame = 0; frame < count; frame++) {
      shorts two = (shorts)all(image[frame * pairs + pair]);
      sum[first + frame][0] = with_products(sum[first + frame][0], w0, two);
      sum[first + frame][1] = with_products(sum[first + frame][1], w1, two);
    }
  }
  return weight;
}

// FourFrames.Sum
void NAME(sernet_four_frames)(const int16_t *levels, int pairs, const int16_t *weights, int outputs, int32_t *sums) {
  const int32_t *image = (const int32_t *)levels;
  for (int output = 0; output < outputs; output += 2 * LANES) {
    ints sum[FRAMES][2] = {0};
    const int16_t *weight = weights + (output / BLOCK * BLOCK) * 3 * 2 * pairs + output % BLOCK * 2;
    weight = add_tap(weight, image, pairs, sum, 1, 3);
    weight = add_tap(weight, image, pairs, sum, 0, 4);
    add_tap(weight, image + pairs, pairs, sum, 0, 3);
    for (int frame = 0; frame < FRAMES; frame++) {
      int32_t *to = sums + frame * outputs + output;
      *(ints *)to = sum[frame][0];
      *(ints *)(to + LANES) = sum[frame][1];
    }
  }
}

// Levels.Round
void NAME(sernet_round)(const float *values, int count, float each, int16_t *levels) {
  const float whole = 12582912;
  int n = 0;
  for (; n + LANES <= count; n += LANES)
    *(half_shorts *)(levels + n) = __builtin_convertvector(
        (ints)(floats_at(values + n) * all_floats(each) + all_floats(whole)) - (ints)all_floats(whole), half_shorts);
  for (; n < count; n++) levels[n] = (int16_t)(values[n] * each + whole - whole);
}

// LevelMatrix.Finish
void NAME(sernet_finish)(const int32_t *sums, const float *units, float unit, const float *before, float least, float *results,
                         int count) {
  for (int n = 0; n < count; n += LANES) {
    floats values = __builtin_convertvector(*(const ints *)(sums + n), floats) * (floats_at(units + n) * all_floats(unit));
    *(floats *)(results + n) = larger(all_floats(least), floats_at(before + n) + values);
  }
}

// Sigmoid.Of
static inline floats sigmoid(floats value) {
  floats x = smaller(all_floats(60), larger(all_floats(-60), -value));
  floats n = __builtin_elementwise_floor(x * all_floats(1.44269504f) + all_floats(0.5f));
  floats r = (x - n * all_floats(0.693359375f)) - n * all_floats(-2.12194440e-4f);
  floats p = all_floats(0.000198756912f) * r + all_floats(0.00139819994f);
  p = p * r + all_floats(0.00833345205f);
  p = p * r + all_floats(0.0416657962f);
  p = p * r + all_floats(0.166666657f);
  p = p * r + all_floats(0.5f);
  floats power = (floats)((__builtin_convertvector(n, ints) + all(127)) << 23), one = all_floats(1);
  return one / (one + (p * (r * r) + r + one) * power);
}

// Sigmoid.Tanh
static inline floats tangent(floats x) {
  floats half = sigmoid(x + x);
  return (half + half) - all_floats(1);
}

// The last loop of MemoryCell.Step
void NAME(sernet_remember)(const float *gates, float *remembered, float *output, int size) {
  for (int n = 0; n < size; n += LANES) {
    const float *gate = gates + n;
    floats admit = sigmoid(floats_at(gate)), keep = sigmoid(floats_at(gate + size));
    floats news = tangent(floats_at(gate + 2 * size)), show = sigmoid(floats_at(gate + 3 * size));
    floats now = keep * floats_at(remembered + n) + admit * news;
    *(floats *)(remembered + n) = now;
    *(floats *)(output + n) = show * tangent(now);
  }
}

// The inner loops of the network once more, for vectors wider than those of a NativeAOT program: compiled several times, each
// for more of a processor (LEVEL, and LANES numbers of 32 bits a vector). The loops in C# beside it are the same, and what they
// compute is the same to the bit: integers in any order, floats in that order, no product and sum rounded at once.
#include "lanes.h"

enum { COLUMNS = 4, PATCH = 6, MOST_TILE_ROWS = 4, MOST_ROWS = 6, BLOCK = 32 };

// Rounding.ToLevels
static inline ints to_levels(floats values) {
  floats whole = all_floats(8388608);
  return (ints)(smaller(larger(values, (floats){0}), all_floats(255)) + whole) - (ints)whole;
}

// Some rows of a product, two vectors of columns.
static inline __attribute__((always_inline)) void multiply_rows(int rows, const int16_t *left, const int16_t *right, int columns, int inner,
                                                                int32_t *sums) {
  ints sum[MOST_ROWS][2] = {0};
  for (int pair = 0; pair < inner / 2; pair++, right += 2 * BLOCK) {
    shorts r0 = at(right), r1 = at(right + 2 * LANES);
    for (int i = 0; i < rows; i++) {
      int32_t two;
      memcpy(&two, left + i * inner + 2 * pair, sizeof two);
      shorts l = (shorts)all(two);
      sum[i][0] = with_products(sum[i][0], l, r0);
      sum[i][1] = with_products(sum[i][1], l, r1);
    }
  }
  for (int i = 0; i < rows; i++) {
    *(ints *)(sums + i * columns) = sum[i][0];
    *(ints *)(sums + i * columns + LANES) = sum[i][1];
  }
}

// PairProduct.Multiply, for several pairs of matrices: four rows at a time, and of what is left no more than need be.
void NAME(sernet_multiply)(int count, const int16_t *left, int left_step, int rows, const int16_t *right, int right_step, int columns,
                           int inner, int32_t *sums, int sums_step) {
  for (; count > 0; count--, left += left_step, right += right_step, sums += sums_step)
    for (int column = 0; column < columns; column += 2 * LANES) {
      // PairProduct.PlaceOf
      const int16_t *of_columns = right + column / BLOCK * BLOCK * inner + column % BLOCK * 2;
      for (int row = 0, step; row < rows; row += step) {
        int rest = rows - row;
        step = rest > 2 && (rest < 5 || rest > 7) ? 4 : rest > 2 ? MOST_ROWS : 2;
#define SOME(n) \
  if (step == n) multiply_rows(n, left + row * inner, of_columns, columns, inner, sums + row * columns + column);
        SOME(2) SOME(4) SOME(MOST_ROWS)
      }
    }
}

// TileTransform.Forward
static inline void forward(shorts a, shorts b, shorts c, shorts d, shorts e, shorts f, shorts *to, int step) {
  shorts outer = e - c, inner = (d - b) << 1;
  to[0] = (a << 2) - (c << 2) + outer;
  to[step] = d + e - ((b + c) << 2);
  to[2 * step] = e - d + ((b - c) << 2);
  to[3 * step] = outer + inner;
  to[4 * step] = outer - inner;
  to[5 * step] = ((b - d) << 2) - d + f;
}

// TileTransform.ForwardDown
static inline __attribute__((always_inline)) void forward_down(int rows, const int16_t *top, int pitch, shorts *to) {
  shorts a = at(top), b = at(top + pitch), c = at(top + 2 * pitch);
  if (rows == 1) {
    to[0] = a, to[PATCH] = b, to[2 * PATCH] = c;
    return;
  }
  shorts d = at(top + 3 * pitch);
  if (rows == 2)
    to[0] = a - c, to[PATCH] = b + c, to[2 * PATCH] = c - b, to[3 * PATCH] = b - d;
  else
    forward(a, b, c, d, at(top + 4 * pitch), at(top + 5 * pitch), to, PATCH);
}

static inline __attribute__((always_inline)) void inputs_of(int rows, const int16_t *patch, int pitch, int channels, int16_t *points, int step) {
  for (int channel = 0; channel < channels; channel += 2 * LANES) {
    shorts half[PATCH * PATCH], whole[PATCH];
    for (int column = 0; column < PATCH; column++) forward_down(rows, patch + channel + column * channels, pitch, half + column);
    int16_t *to = points + channel;
    for (int row = 0; row < rows + 2; row++) {
      shorts *line = half + row * PATCH;
      forward(line[0], line[1], line[2], line[3], line[4], line[5], whole, 1);
      for (int column = 0; column < PATCH; column++, to += step) *(shorts *)to = whole[column];
    }
  }
}

// TileTransform.OfInputs, for all channels of a tile of so many rows.
void NAME(sernet_inputs)(int rows, const int16_t *patch, int pitch, int channels, int16_t *points, int step) {
  if (rows == 1)
    inputs_of(1, patch, pitch, channels, points, step);
  else if (rows == 2)
    inputs_of(2, patch, pitch, channels, points, step);
  else
    inputs_of(MOST_TILE_ROWS, patch, pitch, channels, points, step);
}

// TileTransform.Back
static inline void back(ints a, ints b, ints c, ints d, ints e, ints f, ints *to, int step) {
  ints sum = b + c, difference = b - c, far_sum = d + e, far = d - e;
  to[0] = a + sum + far_sum;
  to[step] = difference + far + far;
  to[2 * step] = sum + (far_sum << 2);
  to[3 * step] = difference + (far << 3) + f + f;
}

// TileTransform.BackDown
static inline __attribute__((always_inline)) void back_down(int rows, const int32_t *top, int pitch, ints *to) {
#define POINT(row) (*(const ints *)(top + (row) * pitch))
  if (rows == 1)
    to[0] = POINT(0) + POINT(1) + POINT(2);
  else if (rows == 2)
    to[0] = POINT(0) + POINT(1) + POINT(2), to[PATCH] = POINT(1) - POINT(2) - POINT(3);
  else
    back(POINT(0), POINT(1), POINT(2), POINT(3), POINT(4), POINT(5), to, PATCH);
}

// The results of some channels, in products of levels: what they are multiplied by is 9 or 3, whose inverse modulo 2^32 this has, and a power of two.
static inline __attribute__((always_inline)) void results_of(int rows, const int32_t *products, int step, ints *results) {
  ints half[MOST_TILE_ROWS * PATCH];
  for (int column = 0; column < PATCH; column++) back_down(rows, products + column * step, PATCH * step, half + column);
  for (int row = 0; row < rows; row++) {
    ints *line = half + row * PATCH, *result = results + row * COLUMNS;
    back(line[0], line[1], line[2], line[3], line[4], line[5], result, 1);
    for (int column = 0; column < COLUMNS; column++)
      result[column] = rows == 1   ? (result[column] * all(-1431655765)) >> 3
                       : rows == 2 ? (result[column] * all(-1431655765)) >> 4
                                   : (result[column] * all(954437177)) >> 6;
  }
}

// TileTransform.ToResults, the levels of a tile, and their pools (TileConvolution.Finish).
void NAME(sernet_results)(int tile_rows, const int32_t *products, int step, int outputs, const int32_t *bias, const float *factors, int rows,
                          int columns, int pool_columns, int pool_weight, float pool_all, float pool_half, int16_t *to, int to_pitch) {
  for (int output = 0; output < outputs; output += LANES) {
    ints level[MOST_TILE_ROWS * COLUMNS];
    if (tile_rows == 1)
      results_of(1, products + output, step, level);
    else if (tile_rows == 2)
      results_of(2, products + output, step, level);
    else
      results_of(MOST_TILE_ROWS, products + output, step, level);
    ints less = *(const ints *)(bias + output);
    floats factor = floats_at(factors + output);
    for (int place = 0; place < tile_rows * COLUMNS; place++)
      level[place] = to_levels(__builtin_convertvector(level[place] + less, floats) * factor);
    for (int row = 0; row < rows; row += 2) {
      int is_half = row + 1 == rows;
      for (int column = 0; column < columns; column++) {
        const ints *place = level + row * COLUMNS + column * pool_columns;
        ints sum = place[0];
        if (!is_half) sum += place[COLUMNS];
        if (pool_columns == 2) sum += place[1];
        if (pool_columns == 2 && !is_half) sum += place[COLUMNS + 1];
        ints pooled = to_levels(__builtin_convertvector(sum * all(pool_weight), floats) * all_floats(is_half ? pool_half : pool_all));
        *(half_shorts *)(to + row / 2 * to_pitch + column * outputs + output) = __builtin_convertvector(pooled, half_shorts);
      }
    }
  }
}

// FirstPaths.Sum and what becomes of it, for a path and the places of a row that have a column beside them.
void NAME(sernet_path)(const float *input, int pitch, int has_below, const int32_t *offsets, int taps, const float *weights, const float *bias,
                       int filters, int places, float factor, int16_t *to, int to_step) {
  for (; places > 0; places--, input += 2, to += to_step)
    for (int filter = 0; filter < filters; filter += 2 * LANES) {
      floats b0 = floats_at(bias + filter), b1 = floats_at(bias + filter + LANES);
      floats sum[4][2] = {{b0, b1}, {b0, b1}, {b0, b1}, {b0, b1}};
      const float *weight = weights + filter;
      for (int tap = 0; tap < taps; tap++, weight += filters) {
        floats w0 = floats_at(weight), w1 = floats_at(weight + LANES);
        const float *here = input + offsets[tap];
        for (int i = 0; i < 4; i++) {
          floats value = all_floats(here[i / 2 * pitch + i % 2]);
          sum[i][0] += value * w0;
          sum[i][1] += value * w1;
        }
      }
      for (int i = 0; i < 2; i++) {
        floats zero = {0}, below = larger(sum[2][i], zero) + larger(sum[3][i], zero);
        floats all_four = (larger(sum[0][i], zero) + larger(sum[1][i], zero)) + (has_below ? below : zero);
        *(half_shorts *)(to + filter + i * LANES) = __builtin_convertvector(to_levels(all_four * all_floats(factor)), half_shorts);
      }
    }
}

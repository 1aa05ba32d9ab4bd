// What the inner loops in C share: vectors of LANES numbers of 32 bits, and names by LEVEL, the instructions that they are compiled for.
#pragma once
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define JOINED(name, level) name##_##level
#define JOIN(name, level) JOINED(name, level)
#define NAME(name) JOIN(name, LEVEL)

// Vectors at any address.
typedef int32_t ints __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int16_t shorts __attribute__((vector_size(4 * LANES), aligned(2)));
typedef float floats __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int16_t half_shorts __attribute__((vector_size(2 * LANES), aligned(2)));

static inline shorts at(const int16_t *p) { return *(const shorts *)p; }
static inline floats floats_at(const float *p) { return *(const floats *)p; }
static inline ints all(int32_t value) { return value - (ints){0}; }
static inline floats all_floats(float value) { return value - (floats){0}; }

// The products of lanes, each pair of neighbours added, then added to a sum.
static inline ints with_products(ints sum, shorts a, shorts b) {
#if LANES == 16
  return (ints)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
#else
  return sum + (ints)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#endif
}

// The second one, if one is no number.
static inline floats larger(floats a, floats b) {
#if LANES == 16
  return (floats)_mm512_max_ps((__m512)a, (__m512)b);
#else
  return (floats)_mm256_max_ps((__m256)a, (__m256)b);
#endif
}

static inline floats smaller(floats a, floats b) {
#if LANES == 16
  return (floats)_mm512_min_ps((__m512)a, (__m512)b);
#else
  return (floats)_mm256_min_ps((__m256)a, (__m256)b);
#endif
}

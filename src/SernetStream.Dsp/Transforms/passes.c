// The passes of the front end's Fourier transform once more, four frames a vector: see LaneFft.cs, LanePasses.cs and LaneEights.cs beside
// this, which compute the same to the bit (no product and sum are rounded at once).
#include "lanes.h"

enum { WIDTH = 4 };

typedef double doubles __attribute__((vector_size(8 * WIDTH), aligned(8)));
typedef float narrow __attribute__((vector_size(4 * WIDTH), aligned(4)));
typedef struct { doubles first, second; } sums;

static inline doubles load(const double *p) { return *(const doubles *)p; }
static inline void store(double *p, doubles value) { *(doubles *)p = value; }
static inline doubles every(double value) { return value - (doubles){0}; }

static inline void store_power(float *power, doubles re, doubles im) {
  *(narrow *)power = __builtin_convertvector((re * re) + ((im * im) + every(1e-37)), narrow);
}

// LaneFft.Split of four numbers.
static inline sums split(doubles a, doubles b, doubles c, doubles d, const double *turn, double *re, double *im) {
  doubles y = a - c, y2 = b - d, cosine = every(turn[0]), sine = every(turn[1]);
  store(re, (y * cosine) + (y2 * sine));
  store(im, (y * sine) - (y2 * cosine));
  return (sums){a + c, b + d};
}

// LaneFft.SplitSamples.
void NAME(sernet_split_samples)(const float *samples, const int32_t *place, const double *taper, const double *turn, int eighth, double *work,
                                double *re, double *im, double *re2, double *im2) {
#define SAMPLE(n) (__builtin_convertvector(*(const narrow *)(samples + place[n]), doubles) * every(taper[n]))
  for (int n = 0; n < eighth * WIDTH; n += WIDTH, place += 8, taper += 8, turn += 6) {
    sums even = split(SAMPLE(0), SAMPLE(2), SAMPLE(4), SAMPLE(6), turn, re + n, im + n);
    sums odd = split(SAMPLE(1), SAMPLE(3), SAMPLE(5), SAMPLE(7), turn + 2, re + n + eighth * WIDTH, im + n + eighth * WIDTH);
    sums all = split(even.first, odd.first, even.second, odd.second, turn + 4, re2 + n, im2 + n);
    store(work + n, all.first);
    store(work + n + eighth * WIDTH, all.second);
  }
}

// LaneFft.Split of a level.
void NAME(sernet_split)(double *work, int quarter, const double *turn, double *re, double *im) {
  for (int n = 0; n < quarter * WIDTH; n += WIDTH, turn += 2) {
    double *to = work + n;
    int step = quarter * WIDTH;
    sums all = split(load(to), load(to + step), load(to + 2 * step), load(to + 3 * step), turn, re + n, im + n);
    store(to, all.first);
    store(to + step, all.second);
  }
}

static inline void store_turned(double *re, double *im, doubles x, doubles y, const double *turn) {
  doubles cosine = every(turn[0]), sine = every(turn[1]);
  store(re, (cosine * x) - (sine * y));
  store(im, (cosine * y) + (sine * x));
}

// LanePasses.RunFours.
void NAME(sernet_fours)(double *re, double *im, int size, int length, const double *turn) {
  int quarter = length / 4 * WIDTH;
  for (int n = 0; n < quarter; n += WIDTH, turn += 6)
    for (int place = n; place < size * WIDTH; place += length * WIDTH) {
      double *x = re + place, *y = im + place;
      doubles a_re = load(x), b_re = load(x + quarter), c_re = load(x + 2 * quarter), d_re = load(x + 3 * quarter);
      doubles a_im = load(y), b_im = load(y + quarter), c_im = load(y + 2 * quarter), d_im = load(y + 3 * quarter);
      doubles sum_re = a_re + c_re, sum_im = a_im + c_im, difference_re = a_re - c_re, difference_im = a_im - c_im;
      doubles sum2_re = b_re + d_re, sum2_im = b_im + d_im, turned_re = b_im - d_im, turned_im = d_re - b_re;
      store(x, sum_re + sum2_re);
      store(y, sum_im + sum2_im);
      store_turned(x + quarter, y + quarter, difference_re + turned_re, difference_im + turned_im, turn);
      store_turned(x + 2 * quarter, y + 2 * quarter, sum_re - sum2_re, sum_im - sum2_im, turn + 2);
      store_turned(x + 3 * quarter, y + 3 * quarter, difference_re - turned_re, difference_im - turned_im, turn + 4);
    }
}

// LaneEights.OfEight.
static inline void of_eight(double *x, double *y, int eighth, const double *turn) {
#define RE(n) load(x + n * eighth)
#define IM(n) load(y + n * eighth)
#define TURNED(n, re, im) store_turned(x + n * eighth, y + n * eighth, re, im, turn + 2 * (n - 1))
  doubles sum0_re = RE(0) + RE(4), sum0_im = IM(0) + IM(4), turned0_re = RE(0) - RE(4), turned0_im = IM(0) - IM(4);
  doubles sum2_re = RE(2) + RE(6), sum2_im = IM(2) + IM(6), turned2_re = IM(2) - IM(6), turned2_im = RE(6) - RE(2);
  doubles sum1_re = RE(1) + RE(5), sum1_im = IM(1) + IM(5), difference1_re = RE(1) - RE(5), difference1_im = IM(1) - IM(5);
  doubles sum3_re = RE(3) + RE(7), sum3_im = IM(3) + IM(7), difference3_re = RE(3) - RE(7), difference3_im = IM(3) - IM(7);

  doubles p = sum0_re + sum2_re, q = sum0_im + sum2_im, r = sum1_re + sum3_re, s = sum1_im + sum3_im;
  store(x, p + r);
  store(y, q + s);
  TURNED(4, p - r, q - s);
  p = sum0_re - sum2_re, q = sum0_im - sum2_im, r = sum1_im - sum3_im, s = sum3_re - sum1_re;
  TURNED(2, p + r, q + s);
  TURNED(6, p - r, q - s);

  doubles half = every(0.70710678118654752440);
  doubles turned1_re = half * (difference1_re + difference1_im), turned1_im = half * (difference1_im - difference1_re);
  doubles turned3_re = half * (difference3_im - difference3_re), turned3_im = half * (difference3_re + difference3_im);
  p = turned0_re + turned2_re, q = turned0_im + turned2_im, r = turned1_re + turned3_re, s = turned1_im - turned3_im;
  TURNED(1, p + r, q + s);
  TURNED(5, p - r, q - s);
  p = turned0_re - turned2_re, q = turned0_im - turned2_im, r = turned1_im + turned3_im, s = turned3_re - turned1_re;
  TURNED(3, p + r, q + s);
  TURNED(7, p - r, q - s);
}

// LaneEights.Run.
void NAME(sernet_eights)(double *re, double *im, int size, int length, const double *turn) {
  int eighth = length / 8 * WIDTH;
  for (int n = 0; n < eighth; n += WIDTH, turn += 14)
    for (int place = n; place < size * WIDTH; place += length * WIDTH) of_eight(re + place, im + place, eighth, turn);
}

// LanePasses.FinishTwos and FinishFours.
void NAME(sernet_powers)(int radix, const double *x, const double *y, const int32_t *place, int count, float *power) {
  for (const int32_t *end = place + count; place < end; place += radix, x += radix * WIDTH, y += radix * WIDTH) {
    doubles a_re = load(x), b_re = load(x + WIDTH), a_im = load(y), b_im = load(y + WIDTH);
    if (radix == 2) {
      store_power(power + place[0], a_re + b_re, a_im + b_im);
      store_power(power + place[1], a_re - b_re, a_im - b_im);
      continue;
    }
    doubles c_re = load(x + 2 * WIDTH), d_re = load(x + 3 * WIDTH), c_im = load(y + 2 * WIDTH), d_im = load(y + 3 * WIDTH);
    doubles sum_re = a_re + c_re, sum_im = a_im + c_im, difference_re = a_re - c_re, difference_im = a_im - c_im;
    doubles sum2_re = b_re + d_re, sum2_im = b_im + d_im, turned_re = b_im - d_im, turned_im = d_re - b_re;
    store_power(power + place[0], sum_re + sum2_re, sum_im + sum2_im);
    store_power(power + place[1], difference_re + turned_re, difference_im + turned_im);
    store_power(power + place[2], sum_re - sum2_re, sum_im - sum2_im);
    store_power(power + place[3], difference_re - turned_re, difference_im - turned_im);
  }
}

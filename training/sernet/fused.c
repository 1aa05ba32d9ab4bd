/* Batch normalisation, ReLU and average pooling of an image in one go, forward and backward; and the
   same behind a convolution of an image of one channel, which is computed anew where it is needed: it
   takes less time than to write its many channels and to read them.

   As separate layers they read and write the whole image a dozen times, which takes three quarters
   of a training step of Light-SERNet; here each direction reads it twice. Images are bfloat16
   [batch, height, width, channels]; sums and parameters are float. Pools are "same": the last of a
   row averages the elements that are there. Channels come in vectors of LANES, whose sums
   and parameters stay in registers along a row. */

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LANES = 16, MOST_CHANNELS = 1024 };

/* `rectified` is 0 where the ReLU is left out. */
typedef struct { int32_t batch, height, width, channels, pool_height, pool_width, rectified; } Shape;

typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef uint32_t Bits __attribute__((vector_size(4 * LANES)));
typedef uint16_t Halves __attribute__((vector_size(2 * LANES)));

static inline Floats loaded(const float *from)
{
    Floats values;
    memcpy(&values, from, sizeof values);
    return values;
}

static inline Floats widened(const uint16_t *from)
{
    Halves halves;
    memcpy(&halves, from, sizeof halves);
    return (Floats)(__builtin_convertvector(halves, Bits) << 16);
}

/* Rounded to nearest, ties to even. */
static inline void narrowed(Floats values, uint16_t *to)
{
    Bits bits = (Bits)values;
    Halves halves = __builtin_convertvector((bits + 0x7fff + (bits >> 16 & 1)) >> 16, Halves);
    memcpy(to, &halves, sizeof halves);
}

/* values where sign is above zero, else 0; all of them if there is no ReLU. */
static inline Floats where(int32_t rectified, Floats sign, Floats values)
{
    return rectified ? (Floats)((Bits)values & (Bits)(sign > 0)) : values;
}

static inline void added(double *sums, Floats values)
{
    for (int32_t c = 0; c < LANES; c++)
        sums[c] += values[c];
}

static inline int32_t least(int32_t one, int32_t other) { return one < other ? one : other; }

static inline int32_t pools(int32_t length, int32_t pool) { return (length + pool - 1) / pool; }

/* Mean and variance of each channel from the sums of its values and of their squares. */
static void averaged(const Shape *shape, const double *sums, const double *squares, float *restrict mean,
                     float *restrict variance)
{
    const double count = (double)shape->batch * shape->height * shape->width;
    for (int32_t c = 0; c < shape->channels; c++) {
        double centre = sums[c] / count;
        mean[c] = (float)centre;
        variance[c] = (float)fmax(0, squares[c] / count - centre * centre);
    }
}

/* Mean and variance, divided by the count, of each channel of an image. */
void moments(const Shape *shape, const uint16_t *restrict image, float *restrict mean,
             float *restrict variance)
{
    const int32_t channels = shape->channels, width = shape->width;
    const int64_t rows = (int64_t)shape->batch * shape->height;
    double sums[MOST_CHANNELS] = {0}, squares[MOST_CHANNELS] = {0};
    for (int64_t r = 0; r < rows; r++)
        for (int32_t b = 0; b < channels; b += LANES) {
            const uint16_t *place = image + r * width * channels + b;
            Floats sum = {0}, square = {0};
            for (int32_t x = 0; x < width; x++, place += channels) {
                Floats value = widened(place);
                sum += value;
                square += value * value;
            }
            added(sums + b, sum);
            added(squares + b, square);
        }
    averaged(shape, sums, squares, mean, variance);
}

/* pooled = average over each pool of image * scale + shift, no less than 0 if rectified. */
void forward(const Shape *shape, const uint16_t *restrict image, const float *restrict scale,
             const float *restrict shift, uint16_t *restrict pooled)
{
    const int32_t channels = shape->channels, height = shape->height, width = shape->width;
    const int32_t down = pools(height, shape->pool_height), across = pools(width, shape->pool_width);
    for (int32_t n = 0; n < shape->batch; n++)
        for (int32_t i = 0; i < down; i++)
            for (int32_t b = 0; b < channels; b += LANES) {
                const Floats gain = loaded(scale + b), offset = loaded(shift + b);
                const int32_t top = i * shape->pool_height, bottom = least(top + shape->pool_height, height);
                for (int32_t j = 0; j < across; j++) {
                    const int32_t left = j * shape->pool_width, right = least(left + shape->pool_width, width);
                    Floats sum = {0};
                    for (int32_t y = top; y < bottom; y++)
                        for (int32_t x = left; x < right; x++) {
                            const int64_t place = ((int64_t)n * height + y) * width + x;
                            Floats value = widened(image + place * channels + b) * gain + offset;
                            sum += where(shape->rectified, value, value);
                        }
                    const float share = 1.0f / (float)((bottom - top) * (right - left));
                    narrowed(sum * share, pooled + (((int64_t)n * down + i) * across + j) * channels + b);
                }
            }
}

/* The gradient of the image, and of gain and offset of the normalisation, from the gradient of what
   was pooled. `inverse` is 1 / standard deviation, and scale = gain * inverse. */
void backward(const Shape *shape, const uint16_t *restrict image, const float *restrict scale,
              const float *restrict shift, const float *restrict mean, const float *restrict inverse,
              const uint16_t *restrict pooled, float *restrict gain_gradient,
              float *restrict offset_gradient, uint16_t *restrict gradient)
{
    const int32_t channels = shape->channels, height = shape->height, width = shape->width;
    const int32_t down = pools(height, shape->pool_height), across = pools(width, shape->pool_width);
    double by_image[MOST_CHANNELS] = {0}, plain[MOST_CHANNELS] = {0};
    for (int32_t n = 0; n < shape->batch; n++)
        for (int32_t y = 0; y < height; y++) {
            const int32_t i = y / shape->pool_height;
            const int32_t high = least(shape->pool_height, height - i * shape->pool_height);
            for (int32_t b = 0; b < channels; b += LANES) {
                const uint16_t *told = pooled + ((int64_t)n * down + i) * across * channels + b;
                const uint16_t *place = image + ((int64_t)n * height + y) * width * channels + b;
                const Floats gain = loaded(scale + b), offset = loaded(shift + b);
                Floats row_by_image = {0}, row_plain = {0};
                for (int32_t left = 0; left < width; left += shape->pool_width, told += channels) {
                    const int32_t wide = least(shape->pool_width, width - left);
                    const float share = 1.0f / (float)(high * wide);
                    const Floats even = widened(told) * share;
                    for (int32_t x = 0; x < wide; x++, place += channels) {
                        Floats value = widened(place), slope = where(shape->rectified, value * gain + offset, even);
                        row_plain += slope;
                        row_by_image += slope * value;
                    }
                }
                added(plain + b, row_plain);
                added(by_image + b, row_by_image);
            }
        }

    /* gradient = scale * (slope - mean of slope - normalised image * mean of slope * normalised image),
       as slope * scale + image * by_value + constant. */
    const double count = (double)shape->batch * height * width;
    float by_value[MOST_CHANNELS], constant[MOST_CHANNELS];
    for (int32_t c = 0; c < channels; c++) {
        const double normal = (by_image[c] - plain[c] * mean[c]) * inverse[c];
        gain_gradient[c] = (float)normal;
        offset_gradient[c] = (float)plain[c];
        by_value[c] = (float)(-scale[c] * inverse[c] * normal / count);
        constant[c] = (float)(-scale[c] * plain[c] / count - by_value[c] * (double)mean[c]);
    }
    for (int32_t n = 0; n < shape->batch; n++)
        for (int32_t y = 0; y < height; y++) {
            const int32_t i = y / shape->pool_height;
            const int32_t high = least(shape->pool_height, height - i * shape->pool_height);
            for (int32_t b = 0; b < channels; b += LANES) {
                const uint16_t *told = pooled + ((int64_t)n * down + i) * across * channels + b;
                const int64_t at = ((int64_t)n * height + y) * width * channels + b;
                const uint16_t *place = image + at;
                uint16_t *out = gradient + at;
                const Floats gain = loaded(scale + b), offset = loaded(shift + b);
                const Floats slant = loaded(by_value + b), level = loaded(constant + b);
                for (int32_t left = 0; left < width; left += shape->pool_width, told += channels) {
                    const int32_t wide = least(shape->pool_width, width - left);
                    const float share = 1.0f / (float)(high * wide);
                    const Floats even = widened(told) * share;
                    for (int32_t x = 0; x < wide; x++, place += channels, out += channels) {
                        Floats value = widened(place), slope = where(shape->rectified, value * gain + offset, even);
                        narrowed(slope * gain + value * slant + level, out);
                    }
                }
            }
        }
}

/* A convolution of one channel: padded images [batch, height + (taps down - 1), pitch], weights
   [taps][channels], and for each tap where it is from the top left one. `shape` is of its result. */
typedef struct { Shape shape; int32_t taps, pitch, image; const int32_t *places; } Taps;

enum { MOST_TAPS = 32, MOST_WIDTH = 1024, TOGETHER = 4 };

/* One row of the convolution for LANES channels. */
static inline void convolved(const Taps *taps, const float *restrict row, const float *restrict weights,
                             Floats *restrict values)
{
    const int32_t width = taps->shape.width, channels = taps->shape.channels;
    int32_t x = 0;
    for (; x + TOGETHER <= width; x += TOGETHER) {
        Floats sums[TOGETHER] = {{0}};
        for (int32_t k = 0; k < taps->taps; k++) {
            const Floats weight = loaded(weights + k * channels);
            const float *place = row + taps->places[k] + x;
            for (int32_t i = 0; i < TOGETHER; i++)
                sums[i] += weight * place[i];
        }
        for (int32_t i = 0; i < TOGETHER; i++)
            values[x + i] = sums[i];
    }
    for (; x < width; x++) {
        values[x] = (Floats){0};
        for (int32_t k = 0; k < taps->taps; k++)
            values[x] += loaded(weights + k * channels) * row[taps->places[k] + x];
    }
}

static inline const float *row_of(const Taps *taps, const float *images, int32_t n, int32_t y)
{
    return images + (int64_t)n * taps->image + (int64_t)y * taps->pitch;
}

/* As `moments`, of the convolution. */
void taps_moments(const Taps *taps, const float *restrict images, const float *restrict weights,
                  float *restrict mean, float *restrict variance)
{
    const Shape *shape = &taps->shape;
    double sums[MOST_CHANNELS] = {0}, squares[MOST_CHANNELS] = {0};
    Floats values[MOST_WIDTH];
    for (int32_t n = 0; n < shape->batch; n++)
        for (int32_t y = 0; y < shape->height; y++)
            for (int32_t b = 0; b < shape->channels; b += LANES) {
                convolved(taps, row_of(taps, images, n, y), weights + b, values);
                Floats sum = {0}, square = {0};
                for (int32_t x = 0; x < shape->width; x++) {
                    sum += values[x];
                    square += values[x] * values[x];
                }
                added(sums + b, sum);
                added(squares + b, square);
            }
    averaged(shape, sums, squares, mean, variance);
}

/* As `forward`, of the convolution. */
void taps_forward(const Taps *taps, const float *restrict images, const float *restrict weights,
                  const float *restrict scale, const float *restrict shift, uint16_t *restrict pooled)
{
    const Shape *shape = &taps->shape;
    const int32_t channels = shape->channels, width = shape->width;
    const int32_t down = pools(shape->height, shape->pool_height), across = pools(width, shape->pool_width);
    Floats values[MOST_WIDTH], sums[MOST_WIDTH];
    for (int32_t n = 0; n < shape->batch; n++)
        for (int32_t i = 0; i < down; i++)
            for (int32_t b = 0; b < channels; b += LANES) {
                const Floats gain = loaded(scale + b), offset = loaded(shift + b);
                const int32_t top = i * shape->pool_height, bottom = least(top + shape->pool_height, shape->height);
                memset(sums, 0, across * sizeof *sums);
                for (int32_t y = top; y < bottom; y++) {
                    convolved(taps, row_of(taps, images, n, y), weights + b, values);
                    for (int32_t j = 0, x = 0; j < across; j++)
                        for (const int32_t right = least(x + shape->pool_width, width); x < right; x++) {
                            Floats value = values[x] * gain + offset;
                            sums[j] += where(shape->rectified, value, value);
                        }
                }
                for (int32_t j = 0; j < across; j++) {
                    const int32_t wide = least(shape->pool_width, width - j * shape->pool_width);
                    narrowed(sums[j] * (1.0f / (float)((bottom - top) * wide)),
                             pooled + (((int64_t)n * down + i) * across + j) * channels + b);
                }
            }
}

/* The gradients of the weights, [taps][channels], and of gain and offset. The images have none; `tap` is
   the sum of all that each tap reads. */
void taps_backward(const Taps *taps, const float *restrict images, const float *restrict weights,
                   const float *restrict scale, const float *restrict shift, const float *restrict mean,
                   const float *restrict inverse, const double *restrict tap, const uint16_t *restrict pooled,
                   float *restrict gain_gradient, float *restrict offset_gradient, float *restrict weight_gradient)
{
    const Shape *shape = &taps->shape;
    const int32_t channels = shape->channels, width = shape->width;
    const int32_t down = pools(shape->height, shape->pool_height), across = pools(width, shape->pool_width);
    const double count = (double)shape->batch * shape->height * width;
    for (int32_t b = 0; b < channels; b += LANES) {
        const Floats gain = loaded(scale + b), offset = loaded(shift + b);
        double plain[LANES] = {0}, by_value[LANES] = {0};
        double slope_by_tap[MOST_TAPS][LANES] = {{0}}, value_by_tap[MOST_TAPS][LANES] = {{0}};
        for (int32_t n = 0; n < shape->batch; n++)
            for (int32_t y = 0; y < shape->height; y++) {
                const float *row = row_of(taps, images, n, y);
                const int32_t i = y / shape->pool_height;
                const int32_t high = least(shape->pool_height, shape->height - i * shape->pool_height);
                const uint16_t *told = pooled + ((int64_t)n * down + i) * across * channels + b;
                Floats values[MOST_WIDTH], slopes[MOST_WIDTH], row_plain = {0}, row_by_value = {0};
                convolved(taps, row, weights + b, values);
                for (int32_t x = 0; x < width; told += channels) {
                    const int32_t wide = least(shape->pool_width, width - x);
                    const Floats even = widened(told) * (1.0f / (float)(high * wide));
                    for (const int32_t right = x + wide; x < right; x++) {
                        slopes[x] = where(shape->rectified, values[x] * gain + offset, even);
                        row_plain += slopes[x];
                        row_by_value += slopes[x] * values[x];
                    }
                }
                added(plain, row_plain);
                added(by_value, row_by_value);
                // Taps past the last one read what the last one does, and are not used.
                for (int32_t k = 0; k < taps->taps; k += TOGETHER) {
                    const float *places[TOGETHER];
                    Floats slope[TOGETHER] = {{0}}, value[TOGETHER] = {{0}};
                    for (int32_t i = 0; i < TOGETHER; i++)
                        places[i] = row + taps->places[least(k + i, taps->taps - 1)];
                    for (int32_t x = 0; x < width; x++)
                        for (int32_t i = 0; i < TOGETHER; i++) {
                            slope[i] += slopes[x] * places[i][x];
                            value[i] += values[x] * places[i][x];
                        }
                    for (int32_t i = 0; i < least(TOGETHER, taps->taps - k); i++) {
                        added(slope_by_tap[k + i], slope[i]);
                        added(value_by_tap[k + i], value[i]);
                    }
                }
            }
        for (int32_t c = 0; c < LANES; c++) {
            const double normal = (by_value[c] - plain[c] * mean[b + c]) * inverse[b + c];
            gain_gradient[b + c] = (float)normal;
            offset_gradient[b + c] = (float)plain[c];
            for (int32_t k = 0; k < taps->taps; k++) {
                const double centred = (value_by_tap[k][c] - mean[b + c] * tap[k]) * inverse[b + c];
                weight_gradient[k * channels + b + c] = (float)(
                    scale[b + c] * (slope_by_tap[k][c] - plain[c] / count * tap[k] - normal / count * centred));
            }
        }
    }
}

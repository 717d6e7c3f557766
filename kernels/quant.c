/* Blocks of quantized numbers.  A block is a scale (IEEE half, little endian) and small integers;
 * the K kinds have 256 numbers in sub-blocks with 6- or 8-bit scales of their own:
 *
 *   Q8_0  d | 32 x i8                                        x = d q
 *   Q4_0  d | 16 bytes: low nibbles 0-15, high 16-31         x = d (q - 8)
 *   Q4_K  d dmin | 12 bytes: 8 scales, 8 mins | 128 bytes    x = d sc q - dmin m
 *   Q5_K  d dmin | 12 bytes | 32 bytes: 5th bits | 128       x = d sc q - dmin m
 *   Q6_K  128 bytes: low 4 bits | 64: high 2 | 16 x i8 | d   x = d sc (q - 32)
 *
 * Inner loops run over 16 or 32 numbers of one scale without a branch, which is what lets the
 * compiler do them four or more at a time.
 * Source: https://github.com/ggml-org/ggml, src/ggml-common.h (layouts). */
#include "kernels/quant.h"
#include "kernels/dtype.h"

enum { SMALL = 32, LARGE = 256, N_SCALES = 8 };

static float half_at(const uint8_t *p)
{
    return recto_dtype_f16((uint16_t)(p[0] | p[1] << 8));
}

void recto_quant_q8_0(float *restrict dst, const uint8_t *restrict src, size_t n_blocks)
{
    for (size_t b = 0; b < n_blocks; b++, src += 34, dst += SMALL) {
        const float d = half_at(src);
        const int8_t *q = (const int8_t *)(src + 2);
        for (int i = 0; i < SMALL; i++)
            dst[i] = (float)q[i] * d;
    }
}

void recto_quant_q4_0(float *restrict dst, const uint8_t *restrict src, size_t n_blocks)
{
    for (size_t b = 0; b < n_blocks; b++, src += 18, dst += SMALL) {
        const float d = half_at(src);
        const uint8_t *q = src + 2;
        for (int i = 0; i < SMALL / 2; i++)
            dst[i] = d * (float)((q[i] & 15) - 8);
        for (int i = 0; i < SMALL / 2; i++)
            dst[i + SMALL / 2] = d * (float)((q[i] >> 4) - 8);
    }
}

/* The 6-bit scales and mins of Q4_K and Q5_K, times d and dmin: four in the low bits of s[0..3] and
 * s[4..7], four with their low nibbles in s[8..11] and their top bits in the others' top bits. */
static void scales_6bit(float scale[N_SCALES], float min[N_SCALES], const uint8_t *block)
{
    const float d = half_at(block);
    const float dmin = half_at(block + 2);
    const uint8_t *s = block + 4;
    for (int j = 0; j < 4; j++) {
        scale[j] = d * (float)(s[j] & 63);
        min[j] = dmin * (float)(s[j + 4] & 63);
        scale[j + 4] = d * (float)((s[j + 8] & 15) | (s[j] >> 6) << 4);
        min[j + 4] = dmin * (float)((s[j + 8] >> 4) | (s[j + 4] >> 6) << 4);
    }
}

void recto_quant_q4_k(float *restrict dst, const uint8_t *restrict src, size_t n_blocks)
{
    float scale[N_SCALES];
    float min[N_SCALES];
    for (size_t b = 0; b < n_blocks; b++, src += 144) {
        scales_6bit(scale, min, src);
        const uint8_t *q = src + 16;
        for (int j = 0; j < N_SCALES; j += 2, q += 32, dst += 64) {
            for (int i = 0; i < 32; i++)
                dst[i] = scale[j] * (float)(q[i] & 15) - min[j];
            for (int i = 0; i < 32; i++)
                dst[i + 32] = scale[j + 1] * (float)(q[i] >> 4) - min[j + 1];
        }
    }
}

void recto_quant_q5_k(float *restrict dst, const uint8_t *restrict src, size_t n_blocks)
{
    float scale[N_SCALES];
    float min[N_SCALES];
    for (size_t b = 0; b < n_blocks; b++, src += 176) {
        scales_6bit(scale, min, src);
        const uint8_t *high = src + 16; /* bit j of byte i: of number i of sub-block j */
        const uint8_t *q = src + 48;
        for (int j = 0; j < N_SCALES; j += 2, q += 32, dst += 64) {
            for (int i = 0; i < 32; i++)
                dst[i] = scale[j] * (float)((q[i] & 15) | (high[i] >> j & 1) << 4) - min[j];
            for (int i = 0; i < 32; i++)
                dst[i + 32] =
                    scale[j + 1] * (float)(q[i] >> 4 | (high[i] >> (j + 1) & 1) << 4) - min[j + 1];
        }
    }
}

/* 16 numbers of one scale: low and high hold their bits at those shifts. */
static inline void q6_run(float *restrict dst, const uint8_t *low, int low_shift,
                          const uint8_t *high, int high_shift, float scale)
{
    for (int i = 0; i < 16; i++)
        dst[i] =
            scale * (float)(((low[i] >> low_shift & 15) | (high[i] >> high_shift & 3) << 4) - 32);
}

void recto_quant_q6_k(float *restrict dst, const uint8_t *restrict src, size_t n_blocks)
{
    for (size_t b = 0; b < n_blocks; b++, src += 210) {
        const int8_t *scale = (const int8_t *)(src + 192);
        const float d = half_at(src + 208);
        for (int run = 0; run < LARGE / 16; run++, dst += 16) {
            const int half = run / 8;        /* 128 numbers each */
            const int quarter = run / 2 % 4; /* 32 numbers of a half share their bits' place */
            const uint8_t *low = src + 64 * half + 32 * (quarter & 1) + 16 * (run & 1);
            const uint8_t *high = src + 128 + 32 * half + 16 * (run & 1);
            q6_run(dst, low, quarter < 2 ? 0 : 4, high, 2 * quarter, d * (float)scale[run]);
        }
    }
}

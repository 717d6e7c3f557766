#include "kernels/dtype.h"

#include <string.h>

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [RECTO_DTYPE_NONE] = {"?", 0},  [RECTO_DTYPE_F32] = {"F32", 4},
    [RECTO_DTYPE_F16] = {"F16", 2}, [RECTO_DTYPE_BF16] = {"BF16", 2},
    [RECTO_DTYPE_I8] = {"I8", 1},   [RECTO_DTYPE_U8] = {"U8", 1},
    [RECTO_DTYPE_I32] = {"I32", 4}, [RECTO_DTYPE_I64] = {"I64", 8},
};
enum { N_DTYPES = sizeof dtypes / sizeof dtypes[0] };

size_t recto_dtype_size(recto_dtype t)
{
    return (size_t)t < N_DTYPES ? dtypes[t].size : 0;
}

const char *recto_dtype_name(recto_dtype t)
{
    return (size_t)t < N_DTYPES ? dtypes[t].name : dtypes[0].name;
}

recto_dtype recto_dtype_parse(const char *name)
{
    for (int t = RECTO_DTYPE_NONE + 1; t < N_DTYPES; t++)
        if (strcmp(name, dtypes[t].name) == 0)
            return (recto_dtype)t;
    return RECTO_DTYPE_NONE;
}

static float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

float recto_dtype_f16(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
    uint32_t exponent = (h >> 10) & 31u;
    uint32_t mantissa = h & 1023u;

    if (exponent == 31) /* infinity and NaN keep their mantissa */
        return from_bits(sign | 0x7f800000u | mantissa << 13);
    if (exponent == 0) { /* zero and subnormals: mantissa * 2^-24 */
        float f = (float)mantissa * 0x1p-24f;
        return sign ? -f : f;
    }
    return from_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

float recto_dtype_bf16(uint16_t b)
{
    return from_bits((uint32_t)b << 16);
}

static uint16_t load16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

int recto_dtype_widen(float *dst, const void *src, recto_dtype type, size_t n)
{
    const uint8_t *p = src;

    switch (type) {
    case RECTO_DTYPE_F32:
        memcpy(dst, src, n * sizeof *dst);
        return 1;
    case RECTO_DTYPE_F16:
        for (size_t i = 0; i < n; i++)
            dst[i] = recto_dtype_f16(load16(p + 2 * i));
        return 1;
    case RECTO_DTYPE_BF16:
        for (size_t i = 0; i < n; i++)
            dst[i] = recto_dtype_bf16(load16(p + 2 * i));
        return 1;
    case RECTO_DTYPE_I8:
        for (size_t i = 0; i < n; i++)
            dst[i] = (float)(int8_t)p[i];
        return 1;
    case RECTO_DTYPE_U8:
        for (size_t i = 0; i < n; i++)
            dst[i] = (float)p[i];
        return 1;
    default:
        return 0;
    }
}

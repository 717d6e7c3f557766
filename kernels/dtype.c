/* The plain formats; the blocks are in quant.c. */
#include "kernels/dtype.h"
#include "kernels/quant.h"

#include <string.h>

static const struct {
    const char *name;
    size_t size;  /* bytes of a block */
    size_t block; /* numbers in it */
} dtypes[] = {
    [RECTO_DTYPE_NONE] = {"?", 0, 0},        [RECTO_DTYPE_F32] = {"F32", 4, 1},
    [RECTO_DTYPE_F16] = {"F16", 2, 1},       [RECTO_DTYPE_BF16] = {"BF16", 2, 1},
    [RECTO_DTYPE_I8] = {"I8", 1, 1},         [RECTO_DTYPE_U8] = {"U8", 1, 1},
    [RECTO_DTYPE_I32] = {"I32", 4, 1},       [RECTO_DTYPE_I64] = {"I64", 8, 1},
    [RECTO_DTYPE_Q8_0] = {"Q8_0", 34, 32},   [RECTO_DTYPE_Q4_0] = {"Q4_0", 18, 32},
    [RECTO_DTYPE_Q4_K] = {"Q4_K", 144, 256}, [RECTO_DTYPE_Q5_K] = {"Q5_K", 176, 256},
    [RECTO_DTYPE_Q6_K] = {"Q6_K", 210, 256},
};
enum { N_DTYPES = sizeof dtypes / sizeof dtypes[0] };

size_t recto_dtype_size(recto_dtype t)
{
    return (size_t)t < N_DTYPES ? dtypes[t].size : 0;
}

bool recto_dtype_is_float(recto_dtype t)
{
    switch (t) {
    case RECTO_DTYPE_NONE:
    case RECTO_DTYPE_I8:
    case RECTO_DTYPE_U8:
    case RECTO_DTYPE_I32:
    case RECTO_DTYPE_I64:
        return false;
    default:
        return true;
    }
}

size_t recto_dtype_block(recto_dtype t)
{
    return (size_t)t < N_DTYPES ? dtypes[t].block : 0;
}

const char *recto_dtype_name(recto_dtype t)
{
    return (size_t)t < N_DTYPES ? dtypes[t].name : dtypes[0].name;
}

recto_dtype recto_dtype_parse(const char *name)
{
    for (int t = RECTO_DTYPE_NONE + 1; t < N_DTYPES; t++)
        if (dtypes[t].block == 1 && strcmp(name, dtypes[t].name) == 0)
            return (recto_dtype)t;
    return RECTO_DTYPE_NONE;
}

static float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint32_t to_bits(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* Without a branch, so that loops over it vectorise: the three kinds of half (normal; zero and
 * subnormal; infinity and NaN) are all computed and one is picked by masks. */
static inline float widen_f16(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
    const uint32_t rest = (uint32_t)(h & 0x7fffu) << 13; /* exponent and mantissa in place */
    const uint32_t rebias = (127u - 15u) << 23;
    /* an exponent of 0 means mantissa * 2^-24: read it as 2^-14 (1 + m) and take 2^-14 away */
    const uint32_t tiny = to_bits(from_bits(rest + (113u << 23)) - 0x1p-14f);
    const uint32_t is_tiny = 0u - (uint32_t)(rest < 1u << 23);
    const uint32_t is_special = 0u - (uint32_t)(rest >= 31u << 23); /* mantissa kept */
    const uint32_t large = rest + rebias + (is_special & rebias);
    return from_bits(sign | (tiny & is_tiny) | (large & ~is_tiny));
}

float recto_dtype_f16(uint16_t h)
{
    return widen_f16(h);
}

float recto_dtype_bf16(uint16_t b)
{
    return from_bits((uint32_t)b << 16);
}

static uint16_t load16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static void widen_halves(float *restrict dst, const uint8_t *restrict p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = widen_f16(load16(p + 2 * i));
}

static void widen_bfloats(float *restrict dst, const uint8_t *restrict p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = from_bits((uint32_t)load16(p + 2 * i) << 16);
}

int recto_dtype_widen(float *dst, const void *src, recto_dtype type, size_t n)
{
    const uint8_t *p = src;
    const size_t block = recto_dtype_block(type);
    const size_t n_blocks = block == 0 ? 0 : n / block;

    if (block == 0 || n % block != 0)
        return 0;
    switch (type) {
    case RECTO_DTYPE_F32:
        if (n > 0)
            memcpy(dst, src, n * sizeof *dst);
        return 1;
    case RECTO_DTYPE_F16:
        widen_halves(dst, p, n);
        return 1;
    case RECTO_DTYPE_BF16:
        widen_bfloats(dst, p, n);
        return 1;
    case RECTO_DTYPE_I8:
        for (size_t i = 0; i < n; i++)
            dst[i] = (float)(int8_t)p[i];
        return 1;
    case RECTO_DTYPE_U8:
        for (size_t i = 0; i < n; i++)
            dst[i] = (float)p[i];
        return 1;
    case RECTO_DTYPE_Q8_0:
        recto_quant_q8_0(dst, p, n_blocks);
        return 1;
    case RECTO_DTYPE_Q4_0:
        recto_quant_q4_0(dst, p, n_blocks);
        return 1;
    case RECTO_DTYPE_Q4_K:
        recto_quant_q4_k(dst, p, n_blocks);
        return 1;
    case RECTO_DTYPE_Q5_K:
        recto_quant_q5_k(dst, p, n_blocks);
        return 1;
    case RECTO_DTYPE_Q6_K:
        recto_quant_q6_k(dst, p, n_blocks);
        return 1;
    default:
        return 0;
    }
}

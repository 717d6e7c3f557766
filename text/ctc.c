/* Best path.  Nearly all the time goes into the classes of each token, so that both loops over them
 * run in LANES independent chains, which compilers turn into vectors (and do not once they have
 * unrolled them, hence the pragmas); the softmax is worked out only where a character is. */
#include "text/ctc.h"
#include "text/ctc_row.h"

#include <math.h>
#include <string.h>

enum { LANES = 16 };

int recto_ctc_strongest(const float *row, int n, int blank)
{
    float top[LANES];
    float best = -INFINITY;
    int c = 0;

    for (int i = 0; i < LANES; i++)
        top[i] = -INFINITY;
    for (; c + LANES <= n; c += LANES)
#pragma GCC unroll 1
        for (int i = 0; i < LANES; i++)
            top[i] = row[c + i] > top[i] ? row[c + i] : top[i];
    for (; c < n; c++)
        best = row[c] > best ? row[c] : best;
    for (int i = 0; i < LANES; i++)
        best = top[i] > best ? top[i] : best;
    if (row[blank] == best)
        return blank;
    for (c = 0; c < n; c++)
        if (row[c] == best)
            return c;
    return 0;
}

/* sum += e^(row - top) for LANES classes, row <= top, relative error 1e-5.  Without a call, in
 * loops that become vectors: 2^whole by the exponent bits, 2^fraction by a polynomial on 0..1. */
static void add_exponentials(float *restrict sum, const float *restrict row, float top)
{
    int32_t bits[LANES];
    float fraction[LANES];
    float scale[LANES];

#pragma GCC unroll 1
    for (int i = 0; i < LANES; i++) {
        const float x = row[i] - top;
        const float power = (x > -87.0f ? x : -87.0f) * 1.44269504f + 127.0f;
        const int32_t whole = (int32_t)power;
        fraction[i] = power - (float)whole;
        bits[i] = whole << 23;
    }
    memcpy(scale, bits, sizeof scale);
#pragma GCC unroll 1
    for (int i = 0; i < LANES; i++) {
        const float f = fraction[i];
        float p = 0.00187758f;
        p = 0.00898934f + f * p;
        p = 0.05582631f + f * p;
        p = 0.24015361f + f * p;
        p = 0.69315307f + f * p;
        p = 0.99999925f + f * p;
        sum[i] += scale[i] * p;
    }
}

float recto_ctc_prob(const float *row, int n, int best, int cls)
{
    float sum[LANES] = {0};
    float rest[LANES];
    float total = 0.0f;
    int c = 0;

    for (; c + LANES <= n; c += LANES)
        add_exponentials(sum, row + c, row[best]);
    for (int i = 0; i < LANES; i++)
        rest[i] = c + i < n ? row[c + i] : -INFINITY;
    add_exponentials(sum, rest, row[best]);
    for (int i = 0; i < LANES; i++)
        total += sum[i];
    if (!(fabsf(row[best]) <= INFINITY)) /* not a number */
        return 0.0f;
    const float top = total > 1.0f ? 1.0f / total : 1.0f;
    return cls == best ? top : top * expf(row[cls] - row[best]);
}

recto_status recto_ctc_greedy(recto_ctc_char **out, int *n_out, const float *logits, int n_tokens,
                              int n_classes, int blank, recto_arena *keep, recto_error *err)
{
    int n = 0;
    int last = blank;

    *out = NULL;
    *n_out = 0;
    if (n_tokens < 0 || n_classes < 1 || blank < 0 || blank >= n_classes ||
        (logits == NULL && n_tokens > 0))
        return recto_error_set(err, RECTO_ERR_ARG, "ctc: bad shape");
    recto_ctc_char *chars =
        recto_arena_array(keep, n_tokens > 0 ? (size_t)n_tokens : 1, sizeof *chars);
    if (chars == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "ctc: out of memory");
    for (int t = 0; t < n_tokens; t++) {
        const float *row = logits + (size_t)t * (size_t)n_classes;
        const int cls = recto_ctc_strongest(row, n_classes, blank);
        if (cls != blank && cls != last)
            chars[n++] = (recto_ctc_char){.cls = cls, .first = t, .last = t};
        if (cls != blank) {
            const float prob = recto_ctc_prob(row, n_classes, cls, cls);
            chars[n - 1].last = t;
            if (prob > chars[n - 1].prob)
                chars[n - 1].prob = prob;
        }
        last = cls;
    }
    *out = chars;
    *n_out = n;
    return RECTO_OK;
}

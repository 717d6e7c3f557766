#include "text/ctc.h"

#include <math.h>

/* Strongest class of one token (the first of equals). */
static int strongest(const float *row, int n)
{
    int best = 0;
    for (int c = 1; c < n; c++)
        if (row[c] > row[best])
            best = c;
    return best;
}

/* Softmax probability of the class that is the strongest of its row. */
static float peak_prob(const float *row, int n, int best)
{
    float sum = 0.0f;
    for (int c = 0; c < n; c++)
        sum += expf(row[c] - row[best]);
    return sum >= 1.0f ? 1.0f / sum : 0.0f; /* NaN logits give 0 */
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
        const int cls = strongest(row, n_classes);
        if (cls != blank && cls != last)
            chars[n++] = (recto_ctc_char){.cls = cls, .first = t, .last = t};
        if (cls != blank) {
            const float prob = peak_prob(row, n_classes, cls);
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

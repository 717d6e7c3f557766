/* Loop detection: see generate.h for what counts as a loop and why.
 *
 * For every period up to 1024 the length of its run is kept and extended or dropped with each
 * token.  That is a thousand comparisons of integers, under a microsecond, against tens of
 * milliseconds that a token of the model costs; nothing cleverer is needed. */
#include "text/generate.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PERIOD = 1024,
    ROOM = 4 * MAX_PERIOD,
    FEW = 16, /* kinds of tokens that layout is made of; text has more */
    /* lengths of runs, tokens */
    ONE_KIND = 512,
    CELLS = 1024,
    ROWS = 2048,
    TEXT = 768,
    COPIES = 5,
};

struct recto_loop {
    int32_t tokens[ROOM]; /* newest first, from `at` on: tokens[at + p] is p tokens back */
    int at;
    int n;                    /* shown so far */
    int runs[MAX_PERIOD + 1]; /* last tokens that equal the one a period before */
};

recto_loop *recto_loop_new(void)
{
    recto_loop *l = calloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    l->at = ROOM - MAX_PERIOD; /* so that a whole period lies behind the first token */
    for (int i = 0; i < ROOM; i++)
        l->tokens[i] = INT32_MIN; /* equals no token */
    return l;
}

void recto_loop_free(recto_loop *l)
{
    free(l);
}

/* Different tokens in one period, counted up to FEW + 1. */
static int kinds(const int32_t *tokens, int period)
{
    int32_t seen[FEW + 1];
    int n = 0;

    for (int i = 0; i < period && n <= FEW; i++) {
        int k = 0;
        while (k < n && seen[k] != tokens[i])
            k++;
        if (k == n)
            seen[n++] = tokens[i];
    }
    return n;
}

/* Length at which a run of that period is a loop. */
static int needed(const int32_t *tokens, int period)
{
    const int copies = COPIES * period;
    const int n = kinds(tokens, period);
    int least = TEXT;

    if (n == 1)
        least = ONE_KIND;
    else if (n <= FEW)
        least = period <= FEW ? CELLS : ROWS;
    return copies > least ? copies : least;
}

/* Put a token in front of those kept. */
static const int32_t *push(recto_loop *l, int32_t id)
{
    if (l->at == 0) {
        l->at = ROOM - MAX_PERIOD;
        memmove(l->tokens + l->at, l->tokens, MAX_PERIOD * sizeof *l->tokens);
    }
    l->tokens[--l->at] = id;
    l->n++;
    return l->tokens + l->at;
}

bool recto_loop_add(recto_loop *l, int32_t id, int *from_out)
{
    const int32_t *tokens = push(l, id);
    int n_long = 0;
    int smallest = 0;

    for (int p = 1; p <= MAX_PERIOD; p++) {
        const int least = COPIES * p > ONE_KIND ? COPIES * p : ONE_KIND;
        l->runs[p] = tokens[p] == id ? l->runs[p] + 1 : 0;
        n_long += l->runs[p] + p >= least;
    }
    for (int p = 1; p <= MAX_PERIOD && n_long > 0; p++) {
        const int length = l->runs[p] + p;
        if (length < (COPIES * p > ONE_KIND ? COPIES * p : ONE_KIND))
            continue;
        n_long--;
        if (smallest > 0 && p % smallest == 0) /* the same run, which needs no less */
            continue;
        if (smallest == 0)
            smallest = p;
        if (length >= needed(tokens, p)) {
            *from_out = l->n - l->runs[p];
            return true;
        }
    }
    return false;
}

/* Prefix beam search with a prior, and the way back from its text to the tokens.
 *
 * A prefix is a node of a tree (its last character and its parent).  Each entry of the beam is a
 * prefix with the probability that the tokens so far spell it and end in a blank, or in its last
 * character.  Probabilities are plain doubles, scaled after each token by the strongest of them:
 * no logarithm in the loop; a prior's ln p becomes a factor once, when a character is added.
 *
 * Most tokens of a line are a sure blank: they only move probability from one place to the other.
 */
#include "text/ctc.h"
#include "text/ctc_row.h"

#include <math.h>
#include <string.h>

enum {
    WIDTH = 8,        /* prefixes kept */
    MAX_CLASSES = 12, /* classes of a token that may extend a prefix */
    MAX_OFFERS = WIDTH * (MAX_CLASSES + 1),
};
static const float CUT = 5.0f; /* in logits, below the strongest class of the token */

typedef struct node {
    int parent; /* -1: the empty prefix */
    int cls;
} node;

/* A prefix of the beam, or one that is offered to it. */
typedef struct entry {
    int node;           /* -1: not made yet, it is `cls` after `parent` */
    int parent;         /* node */
    int cls;            /* last character, 0 if the prefix is empty */
    double blank, last; /* probability of ending in a blank, in the last character */
    double prior;
    recto_prior_context context;
} entry;

typedef struct beam {
    const recto_prior *prior;
    int n_classes;
    node *nodes;
    int n_nodes, cap_nodes;
    entry entries[WIDTH];
    int n;
    entry offers[MAX_OFFERS];
    int n_offers;
    recto_arena *tmp;
} beam;

static double rank(const entry *e)
{
    return (e->blank + e->last) * e->prior;
}

/* The offer of `cls` after prefix e (or of e itself), if there is one. */
static entry *offered(beam *b, int parent, int cls)
{
    for (int i = 0; i < b->n_offers; i++)
        if (b->offers[i].parent == parent && b->offers[i].cls == cls)
            return &b->offers[i];
    return NULL;
}

/* The classes of a token that are worth a thought, the strongest first, the blank not among them.
 */
static int candidates(int out[MAX_CLASSES], const float *row, int n_classes, float top)
{
    int n = 0;

    for (int c = 1; c < n_classes; c++) {
        if (!(row[c] > top - CUT))
            continue;
        int at = n;
        while (at > 0 && row[out[at - 1]] < row[c])
            at--;
        if (at == MAX_CLASSES)
            continue;
        n = n < MAX_CLASSES ? n + 1 : n;
        memmove(&out[at + 1], &out[at], (size_t)(n - 1 - at) * sizeof *out);
        out[at] = c;
    }
    return n;
}

static void extend(beam *b, const entry *e, const recto_prior_place *place, int cls, double p)
{
    const double from = e->cls == cls ? e->blank : e->blank + e->last;
    entry *to = offered(b, e->node, cls);

    if (!(from > 0.0))
        return;
    if (to != NULL) {
        to->last += from * p;
        return;
    }
    const float ln = recto_prior_weight(b->prior) * recto_prior_log(b->prior, place, cls) +
                     recto_prior_bonus(b->prior);
    b->offers[b->n_offers++] = (entry){.node = -1,
                                       .parent = e->node,
                                       .cls = cls,
                                       .last = from * p,
                                       .prior = e->prior * (double)expf(ln),
                                       .context = recto_prior_next(e->context, cls)};
}

/* Offer every prefix as it is, and with each candidate after it. */
static void offer(beam *b, const float *row, float top, const int *classes, int n_classes)
{
    const double blank = (double)expf(row[0] - top);

    b->n_offers = 0;
    for (int i = 0; i < b->n; i++) {
        entry e = b->entries[i];
        e.last *= e.cls == 0 ? 0.0 : (double)expf(row[e.cls] - top);
        e.blank = (b->entries[i].blank + b->entries[i].last) * blank;
        b->offers[b->n_offers++] = e;
    }
    for (int i = 0; i < b->n && n_classes > 0; i++) {
        const recto_prior_place place = recto_prior_find(b->prior, b->entries[i].context);
        for (int k = 0; k < n_classes; k++)
            extend(b, &b->entries[i], &place, classes[k], (double)expf(row[classes[k]] - top));
    }
}

static recto_status make_node(beam *b, entry *e, recto_error *err)
{
    if (b->n_nodes == b->cap_nodes) {
        const int cap = b->cap_nodes * 2;
        b->nodes =
            recto_arena_grow(b->tmp, b->nodes, (size_t)b->cap_nodes, (size_t)cap, sizeof *b->nodes);
        if (b->nodes == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "ctc: out of memory");
        b->cap_nodes = cap;
    }
    b->nodes[b->n_nodes] = (node){e->parent, e->cls};
    e->node = b->n_nodes++;
    return RECTO_OK;
}

/* The best offers become the beam, scaled so that the best of them is 1. */
static recto_status keep_best(beam *b, recto_error *err)
{
    const int n = b->n_offers < WIDTH ? b->n_offers : WIDTH;
    double top = 0.0;
    double top_prior = 0.0;

    for (int i = 0; i < n; i++) { /* selection: the first of equals, whatever the machine */
        int best = i;
        for (int k = i + 1; k < b->n_offers; k++)
            if (rank(&b->offers[k]) > rank(&b->offers[best]))
                best = k;
        entry e = b->offers[best];
        /* the others keep their order */
        memmove(&b->offers[i + 1], &b->offers[i], (size_t)(best - i) * sizeof e);
        b->offers[i] = e;
        if (e.node < 0) {
            recto_status status = make_node(b, &e, err);
            if (status != RECTO_OK)
                return status;
        }
        b->entries[i] = e;
        top = fmax(top, e.blank + e.last);
        top_prior = fmax(top_prior, e.prior);
    }
    b->n = n;
    for (int i = 0; i < n && top > 0.0 && top_prior > 0.0; i++) {
        b->entries[i].blank /= top;
        b->entries[i].last /= top;
        b->entries[i].prior /= top_prior;
    }
    return RECTO_OK;
}

static recto_status search(beam *b, const float *logits, int n_tokens, recto_error *err)
{
    recto_status status = RECTO_OK;

    b->entries[0] = (entry){.node = 0, .parent = -1, .blank = 1.0, .prior = 1.0};
    b->n = 1;
    b->nodes[0] = (node){-1, 0};
    b->n_nodes = 1;
    for (int t = 0; t < n_tokens && status == RECTO_OK; t++) {
        const float *row = logits + (size_t)t * (size_t)b->n_classes;
        const float top = row[recto_ctc_strongest(row, b->n_classes, 0)];
        int classes[MAX_CLASSES] = {0};
        const int n = candidates(classes, row, b->n_classes, top);
        if (n == 0) { /* a sure blank */
            for (int i = 0; i < b->n; i++) {
                b->entries[i].blank += b->entries[i].last;
                b->entries[i].last = 0.0;
            }
            continue;
        }
        offer(b, row, top, classes, n);
        status = keep_best(b, err);
    }
    return status;
}

/* The node of the best prefix, its end of the line weighed in. */
static int best_node(const beam *b)
{
    double top = -1.0;
    int best = 0;

    for (int i = 0; i < b->n; i++) {
        const recto_prior_place place = recto_prior_find(b->prior, b->entries[i].context);
        const float end = recto_prior_weight(b->prior) * recto_prior_log(b->prior, &place, 0);
        const double score = rank(&b->entries[i]) * (double)expf(end);
        if (score > top) {
            top = score;
            best = b->entries[i].node;
        }
    }
    return best;
}

/* --- the text along the tokens ---------------------------------------------------------------- */

/* States of the alignment: blank, 1st character, blank, 2nd character, ..., blank. */
static int state_class(const recto_ctc_char *chars, int s)
{
    return s % 2 == 0 ? 0 : chars[s / 2].cls;
}

/* Best score of each state at token t from those at t-1; step[s] says how far back it came from. */
static void advance(float *now, uint8_t *step, const float *before, const recto_ctc_char *chars,
                    int n_states, const float *row)
{
    for (int s = 0; s < n_states; s++) {
        const int cls = state_class(chars, s);
        int back = 0;
        if (s > 0 && before[s - 1] > before[s])
            back = 1;
        if (s > 1 && cls != 0 && cls != state_class(chars, s - 2) &&
            before[s - 2] > before[s - back])
            back = 2;
        now[s] = before[s - back] + row[cls];
        step[s] = (uint8_t)back;
    }
}

/* Fill in first, last and prob of the n characters. */
static recto_status align(recto_ctc_char *chars, int n, const float *logits, int n_tokens,
                          int n_classes, recto_arena *tmp, recto_error *err)
{
    const int n_states = 2 * n + 1;
    const size_t S = (size_t)n_states;
    float *scores = recto_arena_array(tmp, 2 * S, sizeof *scores);
    uint8_t *steps = recto_arena_array(tmp, S, (size_t)n_tokens);

    if (scores == NULL || steps == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "ctc: out of memory");
    for (int s = 0; s < n_states; s++)
        scores[s] = s < 2 ? logits[state_class(chars, s)] : -1e30f;
    for (int t = 1; t < n_tokens; t++)
        advance(scores + (size_t)(t % 2) * S, steps + (size_t)t * S,
                scores + (size_t)((t + 1) % 2) * S, chars, n_states,
                logits + (size_t)t * (size_t)n_classes);
    const float *end = scores + (size_t)((n_tokens - 1) % 2) * S;
    int s = n_states > 1 && end[n_states - 2] > end[n_states - 1] ? n_states - 2 : n_states - 1;
    for (int i = 0; i < n; i++)
        chars[i].last = -1;
    for (int t = n_tokens - 1; t >= 0; t--) {
        if (s % 2 == 1) {
            const float *row = logits + (size_t)t * (size_t)n_classes;
            recto_ctc_char *c = &chars[s / 2];
            const int best = recto_ctc_strongest(row, n_classes, 0);
            const float prob = recto_ctc_prob(row, n_classes, best, c->cls);
            c->prob = prob > c->prob ? prob : c->prob;
            c->first = t;
            c->last = c->last < 0 ? t : c->last;
        }
        if (t > 0)
            s -= steps[(size_t)t * S + (size_t)s];
    }
    return RECTO_OK;
}

/* The characters of a node, first to last, in `keep`. */
static recto_ctc_char *spell(const beam *b, int at, int *n_out, recto_arena *keep)
{
    int n = 0;

    for (int i = at; b->nodes[i].parent >= 0; i = b->nodes[i].parent)
        n++;
    recto_ctc_char *chars = recto_arena_array(keep, n > 0 ? (size_t)n : 1, sizeof *chars);
    *n_out = n;
    for (int i = at; chars != NULL && b->nodes[i].parent >= 0; i = b->nodes[i].parent)
        chars[--n].cls = b->nodes[i].cls;
    return chars;
}

recto_status recto_ctc_beam(recto_ctc_char **out, int *n_out, const float *logits, int n_tokens,
                            int n_classes, int blank, const recto_prior *prior, recto_arena *keep,
                            recto_arena *tmp, recto_error *err)
{
    const recto_arena_mark mark = recto_arena_here(tmp);

    *out = NULL;
    *n_out = 0;
    if (prior == NULL || n_tokens < 1)
        return recto_ctc_greedy(out, n_out, logits, n_tokens, n_classes, blank, keep, err);
    if (logits == NULL || n_classes < 1 || blank != 0 || keep == tmp)
        return recto_error_set(err, RECTO_ERR_ARG, "ctc: bad shape");
    beam *b = recto_arena_alloc(tmp, sizeof *b);
    node *nodes = recto_arena_array(tmp, 1024, sizeof *nodes);
    recto_status status = RECTO_OK;
    if (b == NULL || nodes == NULL)
        status = recto_error_set(err, RECTO_ERR_NOMEM, "ctc: out of memory");
    if (status == RECTO_OK) {
        b->prior = prior;
        b->n_classes = n_classes;
        b->nodes = nodes;
        b->cap_nodes = 1024;
        b->tmp = tmp;
        status = search(b, logits, n_tokens, err);
    }
    if (status == RECTO_OK) {
        *out = spell(b, best_node(b), n_out, keep);
        status = *out == NULL ? recto_error_set(err, RECTO_ERR_NOMEM, "ctc: out of memory")
                              : align(*out, *n_out, logits, n_tokens, n_classes, tmp, err);
    }
    recto_arena_reset(tmp, mark);
    if (status != RECTO_OK) {
        *out = NULL;
        *n_out = 0;
    }
    return status;
}

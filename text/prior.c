/* Backed-off n-grams in sorted tables.
 *
 * A context's characters that were met often enough have their probability stored (already mixed
 * with those of the shorter contexts when it was trained); for the others the next shorter context
 * is asked and its backoff cost is added.  Tables are read where they lie; costs are bytes. */
#include "text/prior.h"

#include "kernels/weights.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float COST = -1.0f / 16.0f; /* ln p of one cost unit */

typedef struct table {
    const uint8_t *key, *start; /* I32 little endian, may be unaligned */
    const uint8_t *cls, *cost;  /* [m] */
    const uint8_t *backoff;     /* [n] */
    uint32_t n, m;
} table;

struct recto_prior {
    table tables[RECTO_PRIOR_ORDERS];
    float weight, bonus;
};

static uint32_t number(const uint8_t *p, size_t i)
{
    p += 4 * i;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* --- loading ---------------------------------------------------------------------------------- */

static recto_status bad(recto_error *err, int order, const char *what)
{
    return recto_error_set(err, RECTO_ERR_MODEL, "prior: contexts of %d: %s", order, what);
}

static const recto_tensor *tensor(const recto_weights *w, const char *name, int order,
                                  recto_dtype type)
{
    char full[32];
    snprintf(full, sizeof full, "%s.%d", name, order);
    const recto_tensor *t = recto_weights_lookup(w, full);
    return t != NULL && t->dtype == type && t->n_dims == 1 && t->n_elements < INT32_MAX ? t : NULL;
}

/* Are keys rising, starts rising within m, and the classes of each context rising and known? */
static recto_status check(const table *t, int order, int n_classes, recto_error *err)
{
    if (order == 0 && (t->n != 1 || number(t->key, 0) != 0))
        return bad(err, order, "there must be one");
    if (number(t->start, 0) != 0 || number(t->start, t->n) != t->m)
        return bad(err, order, "starts do not cover the characters");
    for (uint32_t i = 0; i < t->n; i++) {
        const uint32_t from = number(t->start, i);
        const uint32_t to = number(t->start, i + 1);
        if (to < from || to > t->m)
            return bad(err, order, "starts do not rise");
        if (i > 0 && number(t->key, i) <= number(t->key, i - 1))
            return bad(err, order, "keys do not rise");
        for (uint32_t k = from; k < to; k++)
            if (t->cls[k] >= n_classes || (k > from && t->cls[k] <= t->cls[k - 1]))
                return bad(err, order, "classes do not rise or are unknown");
    }
    return RECTO_OK;
}

static recto_status read_table(table *t, const recto_weights *w, int order, int n_classes,
                               recto_error *err)
{
    const recto_tensor *key = tensor(w, "key", order, RECTO_DTYPE_I32);
    const recto_tensor *start = tensor(w, "start", order, RECTO_DTYPE_I32);
    const recto_tensor *cls = tensor(w, "class", order, RECTO_DTYPE_U8);
    const recto_tensor *cost = tensor(w, "cost", order, RECTO_DTYPE_U8);
    const recto_tensor *backoff = tensor(w, "backoff", order, RECTO_DTYPE_U8);

    if (key == NULL || start == NULL || cls == NULL || cost == NULL || backoff == NULL)
        return bad(err, order, "a table is missing or of another type");
    if (start->n_elements != key->n_elements + 1 || backoff->n_elements != key->n_elements ||
        cls->n_elements != cost->n_elements)
        return bad(err, order, "tables differ in length");
    *t = (table){key->data,
                 start->data,
                 cls->data,
                 cost->data,
                 backoff->data,
                 (uint32_t)key->n_elements,
                 (uint32_t)cls->n_elements};
    return check(t, order, n_classes, err);
}

static float meta_number(const recto_weights *w, const char *key, float fallback)
{
    const char *text = recto_weights_meta(w, key);
    const float v = text == NULL ? fallback : strtof(text, NULL);
    return v >= 0.0f && v <= 10.0f ? v : fallback;
}

recto_status recto_prior_load(recto_prior **out, const void *bytes, size_t size, int n_classes,
                              recto_error *err)
{
    recto_weights *w = recto_weights_new();
    recto_prior *p = calloc(1, sizeof *p);
    recto_status status = RECTO_OK;

    *out = NULL;
    if (w == NULL || p == NULL)
        status = recto_error_set(err, RECTO_ERR_NOMEM, "prior: out of memory");
    else
        status = recto_weights_add_safetensors(w, bytes, size, err);
    for (int i = 0; i < RECTO_PRIOR_ORDERS && status == RECTO_OK; i++)
        status = read_table(&p->tables[i], w, i, n_classes, err);
    if (status == RECTO_OK) {
        p->weight = meta_number(w, "weight", 0.3f);
        p->bonus = meta_number(w, "bonus", 0.6f);
        *out = p;
    } else {
        free(p);
    }
    recto_weights_free(w);
    return status;
}

void recto_prior_free(recto_prior *p)
{
    free(p);
}

float recto_prior_weight(const recto_prior *p)
{
    return p->weight;
}

float recto_prior_bonus(const recto_prior *p)
{
    return p->bonus;
}

/* --- looking up ------------------------------------------------------------------------------- */

recto_prior_place recto_prior_find(const recto_prior *p, recto_prior_context c)
{
    recto_prior_place place = {{0, -1, -1, -1}};

    for (int order = 1; order < RECTO_PRIOR_ORDERS; order++) {
        const table *t = &p->tables[order];
        const uint32_t key = c & ((1u << 8 * order) - 1u);
        uint32_t low = 0;
        uint32_t high = t->n;
        while (low < high) {
            const uint32_t middle = low + (high - low) / 2;
            if (number(t->key, middle) < key)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == t->n || number(t->key, low) != key)
            break;
        place.at[order] = (int32_t)low;
    }
    return place;
}

float recto_prior_log(const recto_prior *p, const recto_prior_place *place, int cls)
{
    int cost = 0;

    for (int order = RECTO_PRIOR_ORDERS - 1; order >= 0; order--) {
        const table *t = &p->tables[order];
        const int32_t at = place->at[order];
        if (at < 0)
            continue;
        uint32_t low = number(t->start, (size_t)at);
        uint32_t high = number(t->start, (size_t)at + 1);
        const uint32_t end = high;
        while (low < high) {
            const uint32_t middle = low + (high - low) / 2;
            if (t->cls[middle] < cls)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < end && t->cls[low] == cls)
            return COST * (float)(cost + t->cost[low]);
        cost += t->backoff[at];
    }
    return COST * (float)cost - 5.3f; /* never met at all: one of some 200 classes */
}

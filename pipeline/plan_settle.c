/* From what was found to the plan: every document once, every key once, a place for the outputs,
 * and with --dedupe the first document of the same bytes. */
#include "pipeline/plan_parts.h"

#include "core/hash.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char NOTE_SHARED[] = "another document has this key: told apart by a hash of the path";
static const char NOTE_CLASH[] = "another document has this place: a hash of the key instead";

static recto_status out_of_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

/* --- once ------------------------------------------------------------------------------------- */

static int by_number(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Documents of one file together, the one to be taken first. */
static int by_file(const void *pa, const void *pb)
{
    const recto_plan_draft *a = pa, *b = pb;
    int c = by_number(a->dev, b->dev);
    if (c == 0)
        c = by_number(a->ino, b->ino);
    if (c == 0)
        c = a->by_link - b->by_link;
    if (c == 0)
        c = a->input - b->input;
    return c != 0 ? c : strcmp(a->item.key, b->item.key);
}

static int by_key(const void *pa, const void *pb)
{
    const recto_plan_draft *a = pa, *b = pb;
    int c = strcmp(a->item.key, b->item.key);
    if (c == 0)
        c = a->input - b->input;
    return c != 0 ? c : strcmp(a->item.path, b->item.path);
}

static bool same_file(const recto_plan_draft *a, const recto_plan_draft *b)
{
    return a->item.status == RECTO_OK && b->item.status == RECTO_OK && a->dev == b->dev &&
           a->ino == b->ino;
}

/* Leave out links to files that are there under another name, and files named twice.  Hard links
 * are names of equal right, so each of them stays. */
static void drop_repeated_files(recto_plan_build *b)
{
    size_t kept = 0;
    qsort(b->drafts, b->n, sizeof *b->drafts, by_file);
    for (size_t i = 0; i < b->n; i++) {
        const recto_plan_draft *d = &b->drafts[i];
        bool again =
            kept > 0 && same_file(&b->drafts[kept - 1], d) && (d->by_link || !d->many_names);
        if (again)
            b->plan->n_repeated++;
        else
            b->drafts[kept++] = *d;
    }
    b->n = kept;
}

/* One pass over documents that share a key: the same one again is left out, another one gets a hash
 * behind its key.  *n_renamed_out: how many, so that the order is to be made again. */
static recto_status split_shared_keys(size_t *n_renamed_out, recto_plan_build *b, recto_error *err)
{
    size_t kept = 0;
    recto_buf key = RECTO_BUF_INIT;
    recto_status st = RECTO_OK;
    *n_renamed_out = 0;
    qsort(b->drafts, b->n, sizeof *b->drafts, by_key);
    const char *last = NULL;
    for (size_t i = 0; i < b->n && st == RECTO_OK; i++) {
        recto_plan_draft d = b->drafts[i];
        if (last != NULL && strcmp(last, d.item.key) == 0) {
            const recto_plan_draft *before = &b->drafts[kept - 1];
            if (same_file(before, &d) || strcmp(before->item.path, d.item.path) == 0) {
                b->plan->n_repeated++;
                continue;
            }
            char hash[RECTO_PLAN_HASH + 1];
            recto_plan_hash(hash, d.item.path, strlen(d.item.path));
            recto_buf_clear(&key);
            recto_buf_printf(&key, "%s~%s", d.item.key, hash);
            st = recto_buf_status(&key, err);
            d.item.key =
                st == RECTO_OK ? recto_arena_text(b->plan->arena, key.data, key.len) : NULL;
            if (st == RECTO_OK && d.item.key == NULL)
                st = out_of_memory(err);
            d.item.note = NOTE_SHARED;
            ++*n_renamed_out;
        } else {
            last = d.item.key;
        }
        b->drafts[kept++] = d;
    }
    b->n = kept;
    recto_buf_free(&key);
    return st;
}

/* --- outputs ---------------------------------------------------------------------------------- */

static int by_output(const void *pa, const void *pb)
{
    const recto_plan_draft *const *a = pa, *const *b = pb;
    int c = strcmp((*a)->item.output, (*b)->item.output);
    return c != 0 ? c : strcmp((*a)->item.key, (*b)->item.key);
}

/* The whole hash of the key is the place; nobody makes two keys of one SHA-256. */
static recto_status move_away(recto_plan_draft *d, recto_arena *arena, recto_error *err)
{
    char name[1 + RECTO_SHA256_HEX] = "~";
    recto_sha256(name + 1, d->item.key, strlen(d->item.key));
    d->item.output = recto_arena_text(arena, name, strlen(name));
    d->item.note = NOTE_CLASH;
    return d->item.output != NULL ? RECTO_OK : out_of_memory(err);
}

/* Places differ where keys do, but for the short hashes in long names, which somebody may have
 * taken pains to make equal. */
static recto_status part_outputs(recto_plan_build *b, recto_error *err)
{
    size_t n = 0;
    recto_status st = RECTO_OK;
    recto_plan_draft **moved = malloc((b->n + 1) * sizeof *moved);
    if (moved == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < b->n; i++)
        if (b->drafts[i].item.output != b->drafts[i].item.key)
            moved[n++] = &b->drafts[i];
    qsort(moved, n, sizeof *moved, by_output);
    for (size_t i = 0, end; i < n && st == RECTO_OK; i = end) {
        for (end = i + 1; end < n; end++)
            if (strcmp(moved[i]->item.output, moved[end]->item.output) != 0)
                break;
        for (size_t k = i; end - i > 1 && k < end && st == RECTO_OK; k++)
            st = move_away(moved[k], b->plan->arena, err);
    }
    free(moved);
    return st;
}

/* Outputs must not fall among the inputs: the next run would take them for documents. */
static recto_status check_place(const recto_plan_build *b, const char *output, recto_error *err)
{
    for (size_t i = 0; i < b->n_inside; i++) {
        size_t n = strlen(b->inside[i]);
        if (strncmp(output, b->inside[i], n) == 0 && output[n] == '/')
            return recto_error_set(err, RECTO_ERR_ARG,
                                   "the output folder holds the input folder '%s', and outputs "
                                   "would fall into it: choose another output folder",
                                   b->inside[i]);
    }
    return RECTO_OK;
}

recto_status recto_plan_settle(recto_plan_build *b, recto_error *err)
{
    size_t n_renamed = 0;
    recto_status st;
    if (b->n == 0)
        return RECTO_OK;
    drop_repeated_files(b);
    do
        st = split_shared_keys(&n_renamed, b, err);
    while (st == RECTO_OK && n_renamed > 0);
    for (size_t i = 0; i < b->n && st == RECTO_OK; i++) {
        recto_plan_item *item = &b->drafts[i].item;
        const char *note = NULL;
        st = recto_plan_output(&item->output, &note, item->key, b->opt->flat, b->plan->arena, err);
        if (note != NULL)
            item->note = note;
        if (st == RECTO_OK)
            st = check_place(b, item->output, err);
    }
    return st == RECTO_OK ? part_outputs(b, err) : st;
}

/* --- the same bytes --------------------------------------------------------------------------- */

typedef struct twin {
    recto_plan_draft *draft;
    char sha256[RECTO_SHA256_HEX]; /* "" if it cannot be read: no twin of any other */
} twin;

static int by_size(const void *pa, const void *pb)
{
    const recto_plan_draft *const *a = pa, *const *b = pb;
    int c = by_number((*a)->item.size, (*b)->item.size);
    return c != 0 ? c : strcmp((*a)->item.key, (*b)->item.key);
}

static int by_hash(const void *pa, const void *pb)
{
    const twin *a = pa, *b = pb;
    int c = strcmp(a->sha256, b->sha256);
    return c != 0 ? c : strcmp(a->draft->item.key, b->draft->item.key);
}

static recto_status hash_file(twin *t, const recto_plan_options *opt, recto_error *err)
{
    uint64_t size = 0;
    recto_error why = {0};
    t->sha256[0] = '\0';
    int fd = open(t->draft->item.path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return RECTO_OK;
    recto_status st = recto_sha256_fd(t->sha256, &size, fd, 0, opt->stop, opt->user, &why);
    close(fd);
    if (st == RECTO_ERR_NOMEM || st == RECTO_ERR_CANCELLED)
        return recto_error_set(err, st, "%s", why.msg);
    if (st != RECTO_OK || size != t->draft->item.size)
        t->sha256[0] = '\0';
    return RECTO_OK;
}

/* n documents of one size, by key. */
static recto_status pair(recto_plan_draft **same_size, size_t n, const recto_plan_options *opt,
                         recto_error *err)
{
    twin *twins = calloc(n, sizeof *twins);
    if (twins == NULL)
        return out_of_memory(err);
    recto_status st = RECTO_OK;
    for (size_t i = 0; i < n && st == RECTO_OK; i++) {
        twins[i].draft = same_size[i];
        st = hash_file(&twins[i], opt, err);
    }
    if (st == RECTO_OK) {
        qsort(twins, n, sizeof *twins, by_hash);
        const twin *first = &twins[0];
        for (size_t i = 1; i < n; i++) {
            if (twins[i].sha256[0] != '\0' && strcmp(twins[i].sha256, first->sha256) == 0)
                twins[i].draft->item.original = first->draft->item.key;
            else
                first = &twins[i];
        }
    }
    free(twins);
    return st;
}

recto_status recto_plan_dedupe(recto_plan_build *b, recto_error *err)
{
    size_t n = 0;
    recto_plan_draft **files = malloc((b->n + 1) * sizeof *files);
    if (files == NULL)
        return out_of_memory(err);
    for (size_t i = 0; i < b->n; i++)
        if (b->drafts[i].item.status == RECTO_OK && b->drafts[i].item.size > 0)
            files[n++] = &b->drafts[i];
    qsort(files, n, sizeof *files, by_size);
    recto_status st = RECTO_OK;
    for (size_t i = 0, end; i < n && st == RECTO_OK; i = end) {
        for (end = i + 1; end < n; end++)
            if (files[end]->item.size != files[i]->item.size)
                break;
        if (end - i > 1)
            st = pair(files + i, end - i, b->opt, err);
    }
    free(files);
    return st;
}

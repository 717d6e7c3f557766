/* recto find: the words of a finished batch, on standard output: a line a block, or an object. */
#include "cli/cli.h"

#include "core/json.h"
#include "pipeline/find.h"

#include <inttypes.h>
#include <string.h>

typedef struct shown {
    bool json;
    bool failed; /* out of memory for a line; standard output is looked at in the end */
} shown;

/* --- lines ----------------------------------------------------------------------------------- */

/* A name on a terminal or in a table: control characters made harmless. */
static void print_name(const char *name)
{
    for (const char *p = name; *p != '\0'; p++)
        putchar((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p);
}

static void print_line(const recto_find_hit *h)
{
    print_name(h->document);
    printf("\t%d\t", h->page);
    if (h->has_box)
        printf("%.0f,%.0f,%.0f,%.0f", (double)h->box.x0, (double)h->box.y0, (double)h->box.x1,
               (double)h->box.y1);
    else
        putchar('-');
    printf("\t%s\n", h->snippet);
}

static void put_box(recto_json_out *j, const char *key, const recto_rect *r, int decimals)
{
    recto_json_out_key(j, key);
    if (r == NULL) {
        recto_json_out_null(j);
        return;
    }
    const char *const names[4] = {"l", "t", "r", "b"};
    const float sides[4] = {r->x0, r->y0, r->x1, r->y1};
    recto_json_out_begin_object(j);
    for (int i = 0; i < 4; i++) {
        recto_json_put_real(j, names[i], (double)sides[i], decimals);
    }
    recto_json_out_end_object(j);
}

static bool print_json(const recto_find_hit *h)
{
    recto_buf buf = RECTO_BUF_INIT;
    recto_json_out j = recto_json_out_over(&buf, false);
    recto_json_out_begin_object(&j);
    recto_json_put_text(&j, "document", h->document);
    recto_json_put_text(&j, "output", h->output);
    recto_json_put_int(&j, "page_no", h->page);
    recto_json_put_text(&j, "label", h->label);
    put_box(&j, "bbox", h->has_box ? &h->box : NULL, 1);
    put_box(&j, "bbox_pt", h->has_box ? &h->box_pt : NULL, 2);
    recto_json_put_text(&j, "text", h->text);
    recto_json_put_text(&j, "snippet", h->snippet);
    recto_json_out_end_object(&j);
    bool ok = !buf.failed;
    if (ok)
        puts(recto_buf_cstr(&buf));
    recto_buf_free(&buf);
    return ok;
}

static bool on_hit(void *user, const recto_find_hit *h)
{
    shown *s = user;
    if (!s->json)
        print_line(h);
    else if (!print_json(h))
        s->failed = true;
    return !s->failed && !ferror(stdout);
}

static bool on_stop(void *user)
{
    (void)user;
    return cli_interrupted();
}

/* --- commands -------------------------------------------------------------------------------- */

static int failure(const char *folder, recto_status st, const recto_error *err)
{
    if (st == RECTO_ERR_CANCELLED)
        return EXIT_INTERRUPTED;
    cli_message(folder, "%s%s", err->msg, cli_advice(st, err->msg));
    return cli_exit_code(st);
}

int cli_find_update(const char *folder, int verbosity)
{
    recto_find_update u;
    recto_error err = {0};
    recto_status st = recto_find_update_index(&u, folder, on_stop, NULL, &err);
    if (st != RECTO_OK)
        return failure(folder, st, &err);
    const int64_t left_out = u.n_without + u.n_changed;
    if (u.rebuilt)
        cli_message(folder, "the index was damaged or of another version, and was made anew");
    if (left_out > 0)
        cli_message(folder, "%" PRId64 " documents are not in the index; the first: %s", left_out,
                    u.problem);
    else if (u.n_journals_unread > 0)
        cli_message(folder, "%d journals could not be read, their documents are as they were: %s",
                    u.n_journals_unread, u.problem);
    if (verbosity >= 0)
        cli_message(folder,
                    "%" PRId64 " documents in the index: %" PRId64 " added, %" PRId64 " removed",
                    u.n_documents, u.n_added, u.n_removed);
    return left_out > 0 || u.n_journals_unread > 0 ? EXIT_SOME : EXIT_OK;
}

/* All operands after the folder, as if they had been one. */
static const char *join_words(recto_buf *out, const cli_args *args)
{
    for (int i = 1; i < args->n_inputs; i++) {
        if (i > 1)
            recto_buf_char(out, ' ');
        recto_buf_text(out, args->inputs[i]);
    }
    return out->failed ? NULL : recto_buf_cstr(out);
}

int cli_find(cli_args *args)
{
    const char *folder = args->inputs[0];
    int code = EXIT_OK;
    if (args->find.index) {
        code = cli_find_update(folder, args->verbosity);
        if (args->n_inputs == 1 || (code != EXIT_OK && code != EXIT_SOME))
            return code;
    }
    recto_buf joined = RECTO_BUF_INIT;
    const char *words = join_words(&joined, args);
    shown s = {.json = args->json};
    const recto_find_options opt = {
        .limit = args->find.limit, .hit = on_hit, .stop = on_stop, .user = &s};
    recto_error err = {0};
    int64_t n = 0;
    bool stale = false;
    recto_status st = words == NULL ? recto_error_set(&err, RECTO_ERR_NOMEM, "out of memory")
                                    : recto_find_search(&n, &stale, folder, words, &opt, &err);
    recto_buf_free(&joined);
    if (st == RECTO_OK && s.failed)
        st = recto_error_set(&err, RECTO_ERR_NOMEM, "out of memory");
    if (st != RECTO_OK)
        return failure(folder, st, &err);
    if (stale && args->verbosity >= 0)
        cli_message(folder, "the batch went on since its index was made; recto find DIR --index "
                            "brings it up to date");
    if (n == 0 && args->verbosity >= 0)
        cli_message(folder, "nothing found");
    return code;
}

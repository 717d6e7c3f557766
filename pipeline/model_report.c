#include "pipeline/model_report.h"

#include "core/file.h"
#include "core/json.h"
#include "pipeline/model.h"
#include "pipeline/model_find.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char *const part_names[RECTO_VLM_PART_COUNT] = {"weights", "config", "tokenizer",
                                                             "vision", "language"};

/* Of the line reader that is built in, or its stand-in. */
static const char LINE_NAME[] = "line-latin";

/* --- fields in either form -------------------------------------------------------------------- */

/* A list of facts: JSON members, or lines "  key   value". */
typedef struct sheet {
    recto_buf *out;
    recto_json_out j;
    bool json;
} sheet;

/* Ends a line of text from byte `from` on.  Names, tokens and paths are whatever the files hold:
 * nothing in them may steer a terminal or begin a line of its own. */
static void end_line(recto_buf *out, size_t from)
{
    for (size_t i = from; i < out->len; i++)
        if ((unsigned char)out->data[i] < 0x20 || out->data[i] == 0x7f)
            out->data[i] = '?';
    recto_buf_char(out, '\n');
}

static sheet sheet_begin(recto_buf *out, bool json, const char *title)
{
    sheet s = {out, recto_json_out_over(out, false), json};
    size_t from = out->len;
    if (json) {
        recto_json_out_begin_object(&s.j);
    } else {
        recto_buf_text(out, title);
        end_line(out, from);
    }
    return s;
}

static void sheet_end(sheet *s)
{
    if (s->json) {
        recto_json_out_end_object(&s->j);
        recto_buf_char(s->out, '\n');
    }
}

static void put_text(sheet *s, const char *key, const char *value)
{
    if (!s->json) {
        size_t from = s->out->len;
        recto_buf_printf(s->out, "  %-16s%s", key, value);
        end_line(s->out, from);
        return;
    }
    recto_json_out_key(&s->j, key);
    recto_json_out_text(&s->j, value);
}

static void put_int(sheet *s, const char *key, int64_t value)
{
    if (!s->json) {
        recto_buf_printf(s->out, "  %-16s%lld\n", key, (long long)value);
        return;
    }
    recto_json_out_key(&s->j, key);
    recto_json_out_int(&s->j, value);
}

static void begin_group(sheet *s, const char *key)
{
    if (!s->json) {
        recto_buf_printf(s->out, "  %s:\n", key);
        return;
    }
    recto_json_out_key(&s->j, key);
    recto_json_out_begin_object(&s->j);
}

static void end_group(sheet *s)
{
    if (s->json)
        recto_json_out_end_object(&s->j);
}

/* --- info ------------------------------------------------------------------------------------- */

static void put_vision(sheet *s, const recto_vlm_config *c)
{
    const recto_vit_config *v = &c->vit;
    begin_group(s, "vision");
    put_int(s, "layers", v->n_layers);
    put_int(s, "width", v->dim);
    put_int(s, "heads", v->n_heads);
    put_int(s, "mlp", v->ffn_dim);
    put_int(s, "image_px", v->image_size);
    put_int(s, "patch_px", v->patch_size);
    put_int(s, "tokens_per_tile", recto_vit_tokens(v));
    put_int(s, "min_tiles", c->tiles.min_tiles);
    put_int(s, "max_tiles", c->tiles.max_tiles);
    put_text(s, "thumbnail", c->tiles.thumbnail ? "yes" : "no");
    end_group(s);
}

static void put_language(sheet *s, const recto_vlm_config *c)
{
    const recto_decoder_config *d = &c->decoder;
    char theta[32];
    snprintf(theta, sizeof theta, "%.9g", d->rope_theta);
    begin_group(s, "language");
    put_int(s, "layers", d->n_layers);
    put_int(s, "width", d->dim);
    put_int(s, "heads", d->n_heads);
    put_int(s, "kv_heads", d->n_kv_heads);
    put_int(s, "head_dim", d->head_dim);
    put_int(s, "mlp", d->ffn_dim);
    put_int(s, "vocabulary", d->n_vocab);
    put_int(s, "context", d->n_context);
    put_text(s, "rope_theta", theta);
    put_text(s, "head", d->tied ? "the embedding (tied)" : "its own");
    end_group(s);
}

static void put_tokenizer(sheet *s, const recto_vlm *m)
{
    const recto_tokenizer *t = recto_vlm_tokenizer(m);
    const recto_vlm_config *c = recto_vlm_config_of(m);
    recto_buf stops = RECTO_BUF_INIT;
    int n_coords = 0;
    char name[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "<COORD_%03d>", i);
        n_coords += recto_tokenizer_id(t, name) >= 0;
    }
    for (int i = 0; i < c->n_stop_ids; i++) {
        size_t len = 0;
        const char *text = recto_tokenizer_token(t, c->stop_ids[i], &len);
        recto_buf_printf(&stops, "%s%.*s (%d)", i > 0 ? ", " : "", (int)len,
                         text != NULL ? text : "", (int)c->stop_ids[i]);
    }
    begin_group(s, "tokenizer");
    put_int(s, "tokens", recto_tokenizer_count(t));
    put_int(s, "merges", recto_tokenizer_n_merges(t));
    put_int(s, "added_tokens", recto_tokenizer_n_added(t));
    put_int(s, "coordinates", n_coords);
    put_text(s, "stops", recto_buf_cstr(&stops));
    put_text(s, "system_message", c->default_system ? "the template's" : "none");
    end_group(s);
    s->out->failed = s->out->failed || stops.failed;
    recto_buf_free(&stops);
}

/* Memory for a page with the default answer, in the number format that this machine would use. */
static void put_memory(sheet *s, const recto_vlm *m)
{
    recto_backend *be = NULL;
    const recto_vlm_job job = {.max_tokens = RECTO_VLM_MAX_TOKENS};
    if (recto_backend_open(&be, recto_backend_for_large(), 1, NULL) != RECTO_OK)
        return;
    uint64_t bytes = recto_vlm_bytes(m, be, recto_vlm_positions(m, &job));
    put_text(s, "backend", be->name);
    if (s->json) {
        put_int(s, "memory_bytes", (int64_t)bytes);
    } else {
        recto_buf_printf(s->out, "  %-16s%.2f GB for a page, besides the mapped files\n", "memory",
                         (double)bytes / 1e9);
    }
    be->free(be);
}

static uint64_t file_bytes(const recto_vlm *m)
{
    uint64_t n = 0;
    for (size_t i = 0; i < recto_vlm_n_files(m); i++)
        n += recto_vlm_file_at(m, i).size;
    return n;
}

static void put_faults(sheet *s, const recto_error faults[RECTO_VLM_PART_COUNT])
{
    for (int i = 0; i < RECTO_VLM_PART_COUNT; i++)
        if (faults[i].code != RECTO_OK) {
            char key[64];
            snprintf(key, sizeof key, "%s_fault", part_names[i]);
            put_text(s, key, faults[i].msg);
        }
}

static void put_vlm(sheet *s, const recto_vlm *m, const recto_error faults[RECTO_VLM_PART_COUNT])
{
    recto_buf types = RECTO_BUF_INIT;
    recto_vlm_dtypes(&types, m);
    put_text(s, "kind", "vlm");
    put_int(s, "files", (int64_t)recto_vlm_n_files(m));
    put_int(s, "bytes", (int64_t)file_bytes(m));
    put_int(s, "numbers", (int64_t)recto_vlm_n_weights(m));
    put_text(s, "formats", recto_buf_cstr(&types));
    recto_buf_free(&types);
    if (faults[RECTO_VLM_CONFIG].code == RECTO_OK) {
        const recto_vlm_config *c = recto_vlm_config_of(m);
        put_text(s, "flavour", c->flavour);
        put_vision(s, c);
        put_language(s, c);
        if (recto_vlm_tokenizer(m) != NULL)
            put_tokenizer(s, m);
        put_memory(s, m);
    }
    put_faults(s, faults);
}

static recto_status open_named(recto_vlm **out, const char **path_out, const char *name,
                               const char *mmproj, recto_error *faults, recto_arena *a,
                               recto_error *err)
{
    *out = NULL;
    recto_status st = recto_model_find_vlm(path_out, name, a, err);
    const recto_vlm_source source = {*path_out, mmproj};
    return st == RECTO_OK ? recto_vlm_open(out, &source, faults, err) : st;
}

/* The line reader in use: the embedded one, or that of RECTO_MODEL_PATH (*dir_out). */
static recto_status open_line(recto_model **out, const char **dir_out, recto_arena *a,
                              recto_error *err)
{
    *out = NULL;
    recto_status st = recto_model_find_line(dir_out, a, err);
    return st == RECTO_OK ? recto_model_open(out, *dir_out, err) : st;
}

static recto_status line_info(recto_buf *out, bool json, recto_arena *a, recto_error *err)
{
    const char *dir = NULL;
    recto_model *m = NULL;
    recto_status st = open_line(&m, &dir, a, err);
    if (st != RECTO_OK)
        return st;
    sheet s = sheet_begin(out, json, recto_model_name(m));
    if (json)
        put_text(&s, "name", recto_model_name(m));
    put_text(&s, "kind", "line reader");
    put_text(&s, "path", dir != NULL ? dir : "built in");
    put_int(&s, "classes", recto_linenet_classes(recto_model_net(m)));
    put_text(&s, "backend", recto_linenet_kind(recto_model_net(m)));
    put_text(&s, "sha256", recto_model_sha256(m));
    sheet_end(&s);
    recto_model_close(m);
    return recto_buf_status(out, err);
}

recto_status recto_model_report_info(recto_buf *out, const char *name, const char *mmproj,
                                     bool json, recto_error *err)
{
    recto_error faults[RECTO_VLM_PART_COUNT];
    recto_vlm *m = NULL;
    const char *path = NULL;
    recto_arena *a = recto_arena_new(0, 0);
    if (a == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (strcmp(name, LINE_NAME) == 0) {
        recto_status line = line_info(out, json, a, err);
        recto_arena_free(a);
        return line;
    }
    recto_status st = open_named(&m, &path, name, mmproj, faults, a, err);
    if (st == RECTO_OK) {
        sheet s = sheet_begin(out, json, recto_vlm_name(m));
        if (json)
            put_text(&s, "name", recto_vlm_name(m));
        put_text(&s, "path", path);
        put_vlm(&s, m, faults);
        sheet_end(&s);
    }
    recto_vlm_close(m);
    recto_arena_free(a);
    return st == RECTO_OK ? recto_buf_status(out, err) : st;
}

/* --- list ------------------------------------------------------------------------------------- */

static void list_line(recto_buf *out, bool json, const char *name, const char *kind,
                      const char *state, const char *path)
{
    if (!json) {
        size_t from = out->len;
        recto_buf_printf(out, "%-28s %-12s %-40s %s", name, kind, state, path);
        end_line(out, from);
        return;
    }
    sheet s = sheet_begin(out, true, "");
    put_text(&s, "name", name);
    put_text(&s, "kind", kind);
    put_text(&s, "state", state);
    put_text(&s, "path", path);
    sheet_end(&s);
}

static void list_vlm(recto_buf *out, bool json, const recto_model_place *place)
{
    recto_error faults[RECTO_VLM_PART_COUNT], err = {0};
    recto_vlm *m = NULL;
    recto_buf state = RECTO_BUF_INIT;
    const recto_vlm_source source = {place->path, NULL};
    recto_status st = recto_vlm_open(&m, &source, faults, &err);
    for (int i = 0; st == RECTO_OK && i < RECTO_VLM_PART_COUNT; i++)
        if (faults[i].code != RECTO_OK) {
            st = faults[i].code;
            err = faults[i];
        }
    if (st == RECTO_OK) {
        recto_buf_printf(&state, "%.2f B numbers, ", (double)recto_vlm_n_weights(m) / 1e9);
        recto_buf types = RECTO_BUF_INIT;
        recto_vlm_dtypes(&types, m);
        recto_buf_text(&state, recto_buf_cstr(&types));
        recto_buf_free(&types);
    } else {
        recto_buf_printf(&state, "faulty: %s", err.msg);
    }
    list_line(out, json, place->name, "vlm", recto_buf_cstr(&state), place->path);
    recto_buf_free(&state);
    recto_vlm_close(m);
}

recto_status recto_model_report_list(recto_buf *out, bool json, recto_error *err)
{
    recto_model_place *places;
    size_t n;
    recto_arena *a = recto_arena_new(0, 0);
    if (a == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = recto_model_find_all(&places, &n, a, err);
    if (st == RECTO_OK)
        list_line(out, json, LINE_NAME, "line reader", "ok", "(built in)");
    for (size_t i = 0; st == RECTO_OK && i < n; i++)
        if (places[i].kind == RECTO_MODEL_VLM)
            list_vlm(out, json, &places[i]);
        else
            list_line(out, json, places[i].name, "line reader", "", places[i].path);
    recto_arena_free(a);
    return st == RECTO_OK ? recto_buf_status(out, err) : st;
}

/* --- verify ----------------------------------------------------------------------------------- */

/* The path of a file in the model's folder, or beside its GGUF file; false if it is too long. */
static bool beside(char path[4096], const char *model, const char *name, size_t name_len)
{
    struct stat st;
    const char *slash = strrchr(model, '/');
    bool folder = stat(model, &st) == 0 && S_ISDIR(st.st_mode);
    int len = folder ? (int)strlen(model) : slash != NULL ? (int)(slash - model) + 1 : 0;
    int n = snprintf(path, 4096, "%.*s%s%.*s", len, model, folder ? "/" : "", (int)name_len, name);
    return n > 0 && n < 4096;
}

/* SHA256SUMS of the model; empty if there is none. */
static recto_status read_sums(recto_bytes *out, const char *model, recto_error *err)
{
    char path[4096];
    struct stat st;
    *out = (recto_bytes){0};
    if (!beside(path, model, "SHA256SUMS", 10) || stat(path, &st) != 0)
        return RECTO_OK;
    return recto_bytes_read(out, path, 1u << 20, err);
}

/* The hash that SHA256SUMS (lines of sha256sum) states for a file; NULL if it names it not. */
static const char *stated_hash(const recto_bytes *sums, const char *name)
{
    if (sums->size == 0)
        return NULL;
    const char *p = (const char *)sums->data, *end = p + sums->size;
    size_t len = strlen(name);
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t line = (size_t)((stop != NULL ? stop : end) - p);
        while (line > 0 && p[line - 1] == '\r')
            line--;
        if (line == 66 + len && p[64] == ' ' && (p[65] == ' ' || p[65] == '*') &&
            memcmp(p + 66, name, len) == 0)
            return p;
        p = stop != NULL ? stop + 1 : end;
    }
    return NULL;
}

static void verify_line(recto_buf *out, bool json, const char *what, const char *name,
                        const char *state, const char *note, const char *fault)
{
    if (!json) {
        bool more = state[0] != '\0' || fault != NULL;
        size_t from = out->len;
        recto_buf_printf(out, "%-6s %-*s%s%s%s%s%s", fault == NULL ? "ok" : "FAULT", more ? 33 : 0,
                         name, state, note != NULL ? ", " : "", note != NULL ? note : "",
                         fault != NULL && state[0] != '\0' ? ": " : "", fault != NULL ? fault : "");
        end_line(out, from);
        return;
    }
    sheet s = sheet_begin(out, true, "");
    put_text(&s, what, name);
    put_text(&s, "status", fault == NULL ? "ok" : "fault");
    if (state[0] != '\0')
        put_text(&s, strcmp(what, "file") == 0 ? "sha256" : "state", state);
    if (note != NULL)
        put_text(&s, "note", note);
    if (fault != NULL)
        put_text(&s, "fault", fault);
    sheet_end(&s);
}

static void verify_parts(recto_buf *out, bool json, int *n_faults, const recto_vlm *m,
                         const recto_error faults[RECTO_VLM_PART_COUNT])
{
    for (int i = 0; i < RECTO_VLM_PART_COUNT; i++) {
        char state[64] = "";
        bool ok = faults[i].code == RECTO_OK;
        size_t n = recto_vlm_n_tensors(m, (recto_vlm_part)i);
        if (ok && n > 0)
            snprintf(state, sizeof state, "%zu tensors", n);
        if (i == RECTO_VLM_WEIGHTS && ok && recto_vlm_n_unlisted(m) > 0)
            snprintf(state, sizeof state, "%zu tensors that the index does not list",
                     recto_vlm_n_unlisted(m));
        *n_faults += !ok;
        verify_line(out, json, "part", part_names[i], state, NULL, ok ? NULL : faults[i].msg);
    }
}

static void verify_numbers(recto_buf *out, bool json, int *n_faults, const recto_vlm *m)
{
    recto_error fault = {0};
    bool ok = recto_vlm_check_numbers(m, &fault) == RECTO_OK;
    *n_faults += !ok;
    verify_line(out, json, "part", "numbers", ok ? "finite" : "", NULL, ok ? NULL : fault.msg);
}

static void verify_files(recto_buf *out, bool json, int *n_faults, recto_vlm *m,
                         const recto_bytes *sums)
{
    for (size_t i = 0; i < recto_vlm_n_files(m); i++) {
        const char *name = recto_vlm_file_at(m, i).name;
        const char *hash = recto_vlm_file_sha256(m, i);
        const char *stated = stated_hash(sums, name);
        bool ok = stated == NULL || strncasecmp(stated, hash, 64) == 0;
        *n_faults += !ok;
        verify_line(out, json, "file", name, hash,
                    sums->data != NULL && stated == NULL ? "not in SHA256SUMS" : NULL,
                    ok ? NULL : "SHA256SUMS states another");
    }
}

static bool is_model_file(const recto_vlm *m, const char *name, size_t len)
{
    for (size_t i = 0; i < recto_vlm_n_files(m); i++) {
        const char *known = recto_vlm_file_at(m, i).name;
        if (strlen(known) == len && memcmp(known, name, len) == 0)
            return true;
    }
    return false;
}

/* A file that SHA256SUMS names and the model does not use, or cannot since it is damaged. */
static void verify_other(recto_buf *out, bool json, int *n_faults, const char *model,
                         const char *stated, size_t name_len)
{
    char path[4096], name[256], hash[RECTO_SHA256_HEX] = "";
    recto_bytes bytes = {0};
    recto_error why = {0};
    const char *fault = NULL;
    snprintf(name, sizeof name, "%.*s", (int)name_len, stated + 66);
    if (!beside(path, model, stated + 66, name_len) ||
        recto_bytes_read(&bytes, path, 0, &why) != RECTO_OK)
        fault = why.sys == ENOENT ? "SHA256SUMS names it and it is not there" : why.msg;
    else
        recto_sha256(hash, bytes.data, bytes.size);
    if (fault == NULL && strncasecmp(stated, hash, 64) != 0)
        fault = "SHA256SUMS states another";
    *n_faults += fault != NULL;
    verify_line(out, json, "file", name, hash, NULL, fault);
    recto_bytes_close(&bytes);
}

/* The lines of SHA256SUMS that name other files than the model's; none outside its folder. */
static void verify_others(recto_buf *out, bool json, int *n_faults, const recto_vlm *m,
                          const char *model, const recto_bytes *sums)
{
    const char *p = (const char *)sums->data, *end = p != NULL ? p + sums->size : NULL;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t line = (size_t)((stop != NULL ? stop : end) - p);
        while (line > 0 && p[line - 1] == '\r')
            line--;
        if (line > 66 && line < 66 + 256 && p[64] == ' ' && (p[65] == ' ' || p[65] == '*') &&
            memchr(p + 66, '/', line - 66) == NULL && !is_model_file(m, p + 66, line - 66) &&
            (line != 66 + 10 || memcmp(p + 66, "SHA256SUMS", 10) != 0))
            verify_other(out, json, n_faults, model, p, line - 66);
        p = stop != NULL ? stop + 1 : end;
    }
}

/* Loading checks all that there is to the line reader. */
static recto_status line_verify(recto_buf *out, bool json, recto_arena *a, recto_error *err)
{
    const char *dir = NULL;
    recto_model *m = NULL;
    recto_status st = open_line(&m, &dir, a, err);
    if (st != RECTO_OK)
        return st;
    verify_line(out, json, "model", recto_model_name(m), recto_model_sha256(m), NULL, NULL);
    recto_model_close(m);
    return recto_buf_status(out, err);
}

recto_status recto_model_report_verify(recto_buf *out, int *n_faults_out, const char *name,
                                       const char *mmproj, bool json, recto_error *err)
{
    recto_error faults[RECTO_VLM_PART_COUNT];
    recto_vlm *m = NULL;
    recto_bytes sums = {0};
    const char *path = NULL, *all = NULL;
    recto_error no_sums = {0};
    *n_faults_out = 0;
    recto_arena *a = recto_arena_new(0, 0);
    if (a == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (strcmp(name, LINE_NAME) == 0) {
        recto_status line = line_verify(out, json, a, err);
        recto_arena_free(a);
        return line;
    }
    recto_status st = open_named(&m, &path, name, mmproj, faults, a, err);
    if (st == RECTO_OK) {
        recto_vlm_hash_start(m, NULL, NULL);
        verify_parts(out, json, n_faults_out, m, faults);
        if (faults[RECTO_VLM_WEIGHTS].code == RECTO_OK)
            verify_numbers(out, json, n_faults_out, m);
        all = recto_vlm_sha256(m);
        if (all == NULL)
            st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    if (st == RECTO_OK) {
        if (read_sums(&sums, path, &no_sums) != RECTO_OK) {
            (*n_faults_out)++;
            verify_line(out, json, "file", "SHA256SUMS", "", NULL, no_sums.msg);
        }
        verify_files(out, json, n_faults_out, m, &sums);
        verify_others(out, json, n_faults_out, m, path, &sums);
        if (faults[RECTO_VLM_WEIGHTS].code == RECTO_OK) /* else files are missing in it */
            verify_line(out, json, "model", recto_vlm_name(m), all, NULL, NULL);
    }
    recto_bytes_close(&sums);
    recto_vlm_close(m);
    recto_arena_free(a);
    return st == RECTO_OK ? recto_buf_status(out, err) : st;
}

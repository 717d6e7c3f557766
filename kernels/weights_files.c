/* Finding and opening the files of one model.  What a folder or an index says is untrusted: a shard
 * is named without a folder, so that nothing outside the model's folder is opened. */
#include "kernels/weights_files.h"
#include "core/json.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MAX_FILES = 1000,          /* of one model; the largest published ones have about 200 */
    MAX_INDEX_SIZE = 64 << 20, /* bytes; a real one has about 100 a tensor */
    N_DIGITS = 5,              /* of the numbers in "-00001-of-00003" */
};

static const char index_name[] = "model.safetensors.index.json";

typedef struct entry {
    recto_weights_file file; /* as others see it */
    char *name;              /* owned */
    recto_bytes bytes;
    recto_gguf *gguf; /* NULL for safetensors */
} entry;

struct recto_weights_files {
    char *folder;
    recto_weights *set;
    entry *entries;
    size_t n_entries;
    size_t n_unlisted;
};

static recto_status no_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "weights: out of memory");
}

/* --- names ------------------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text);
    size_t n_tail = strlen(tail);
    return n >= n_tail && strcmp(text + n - n_tail, tail) == 0;
}

static bool read_digits(int *out, const char *p)
{
    *out = 0;
    for (int i = 0; i < N_DIGITS; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        *out = *out * 10 + (p[i] - '0');
    }
    return true;
}

/* "STEM-00002-of-00003TAIL": length of STEM, 2 and 3; false if the name has another form. */
static bool parse_part(const char *name, const char *tail, size_t *stem_len, int *part,
                       int *n_parts)
{
    const size_t marks = 1 + N_DIGITS + 4 + N_DIGITS; /* "-00002-of-00003" */
    const size_t len = strlen(name);
    if (!ends_with(name, tail) || len < strlen(tail) + marks)
        return false;
    *stem_len = len - strlen(tail) - marks;
    const char *p = name + *stem_len;
    return p[0] == '-' && read_digits(part, p + 1) && strncmp(p + 1 + N_DIGITS, "-of-", 4) == 0 &&
           read_digits(n_parts, p + 1 + N_DIGITS + 4);
}

/* The name of a part, malloc'd; NULL if out of memory. */
static char *part_name(const char *stem, size_t stem_len, int part, int n_parts, const char *tail)
{
    size_t size = stem_len + 64 + strlen(tail);
    char *name = malloc(size);
    if (name != NULL)
        snprintf(name, size, "%.*s-%05d-of-%05d%s", (int)stem_len, stem, part, n_parts, tail);
    return name;
}

static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + 1 + strlen(name) + 1;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* --- one file --------------------------------------------------------------------------------- */

static entry *find_entry(const recto_weights_files *f, const char *name)
{
    for (size_t i = 0; i < f->n_entries; i++)
        if (strcmp(f->entries[i].name, name) == 0)
            return &f->entries[i];
    return NULL;
}

recto_status recto_weights_files_read(recto_bytes *out, const char *path, size_t limit_size,
                                      recto_error *err)
{
    static const char pointer[] = "version https://git-lfs.github.com/spec/";
    struct stat st;
    *out = (recto_bytes){0};
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return recto_error_set(err, RECTO_ERR_FORMAT, "not a regular file");
    recto_status status = recto_bytes_read(out, path, limit_size, err);
    if (status != RECTO_OK || out->size < sizeof pointer ||
        memcmp(out->data, pointer, sizeof pointer - 1) != 0)
        return status;
    recto_bytes_close(out);
    return recto_error_set(err, RECTO_ERR_MODEL,
                           "a Git LFS pointer, not the file itself; fetch it with git lfs pull");
}

static recto_status read_entry(recto_weights_files *f, entry *e, const char *path, recto_error *err)
{
    recto_status status = recto_weights_files_read(&e->bytes, path, 0, err);
    if (status != RECTO_OK)
        return status;
    e->file = (recto_weights_file){e->name, e->bytes.data, e->bytes.size};
    const bool is_gguf = e->bytes.size >= 4 && memcmp(e->bytes.data, "GGUF", 4) == 0;
    if (!is_gguf && !ends_with(e->name, ".gguf"))
        return recto_weights_add_safetensors(f->set, e->bytes.data, e->bytes.size, err);
    status = recto_gguf_open(&e->gguf, e->bytes.data, e->bytes.size, err);
    return status == RECTO_OK ? recto_weights_add_gguf(f->set, e->gguf, err) : status;
}

/* Open a file of the folder and take its tensors.  A file that another one asks for (`asked_by` not
 * NULL) and that is not there is an incomplete model. */
static recto_status add_file(recto_weights_files *f, const char *name, const char *asked_by,
                             recto_error *err)
{
    recto_error own;
    err = err == NULL ? &own : err;
    if (f->n_entries == MAX_FILES)
        return recto_error_set(err, RECTO_ERR_LIMIT, "weights: more than %d files", MAX_FILES);
    entry *entries = realloc(f->entries, (f->n_entries + 1) * sizeof *entries);
    if (entries == NULL)
        return no_memory(err);
    f->entries = entries;
    entry *e = &entries[f->n_entries++]; /* counted: close frees what it got so far */
    *e = (entry){.name = strdup(name)};
    char *path = join(f->folder, name);
    recto_status status =
        e->name == NULL || path == NULL ? no_memory(err) : read_entry(f, e, path, err);
    free(path);
    if (status == RECTO_ERR_IO && err->sys == ENOENT && asked_by != NULL)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "weights: '%.100s' is missing; '%.100s' needs it beside it", name,
                               asked_by);
    return status == RECTO_OK ? RECTO_OK : recto_error_prefix(err, status, "'%.100s': ", name);
}

/* --- safetensors ------------------------------------------------------------------------------ */

static recto_status bad_index(recto_error *err, const char *what, const char *name)
{
    return recto_error_set(err, RECTO_ERR_MODEL, "'%s': %.100s: %s", index_name, name, what);
}

/* A shard's name leads nowhere but into the folder. */
static bool is_plain_name(const char *name)
{
    return name != NULL && name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

static recto_status add_shards(recto_weights_files *f, const recto_json *map, recto_error *err)
{
    const char *tensor;
    const recto_json *value;
    for (void *iter = NULL; recto_json_each(map, &iter, &tensor, &value);) {
        const char *shard = recto_json_as_text(value, NULL);
        if (!is_plain_name(shard))
            return bad_index(err, "its shard is not the name of a file in the folder", tensor);
        if (find_entry(f, shard) != NULL)
            continue;
        recto_status status = add_file(f, shard, index_name, err);
        if (status != RECTO_OK)
            return status;
    }
    return RECTO_OK;
}

/* Is each tensor of the map in the shard that the map names? */
static recto_status check_map(recto_weights_files *f, const recto_json *map, recto_error *err)
{
    const char *tensor;
    const recto_json *value;
    size_t n_listed = 0;
    for (void *iter = NULL; recto_json_each(map, &iter, &tensor, &value); n_listed++) {
        const recto_tensor *t = recto_weights_lookup(f->set, tensor);
        const entry *e = find_entry(f, recto_json_as_text(value, ""));
        if (t == NULL || e == NULL || t->data < e->file.bytes ||
            t->data > e->file.bytes + e->file.size)
            return bad_index(err, "not in the shard that the index names", tensor);
    }
    f->n_unlisted = recto_weights_count(f->set) - n_listed;
    return RECTO_OK;
}

/* index: its bytes */
static recto_status open_indexed(recto_weights_files *f, const recto_bytes *index, recto_error *err)
{
    recto_json *root;
    recto_status status =
        recto_json_parse(&root, index->size ? (const char *)index->data : "", index->size, err);
    if (status != RECTO_OK)
        return recto_error_prefix(err, status, "'%s': ", index_name);
    const recto_json *map = recto_json_lookup(root, "weight_map");
    if (!recto_json_is_object(map))
        status = recto_error_set(err, RECTO_ERR_FORMAT, "'%s': no weight_map", index_name);
    if (status == RECTO_OK)
        status = add_shards(f, map, err);
    if (status == RECTO_OK)
        status = check_map(f, map, err);
    recto_json_free(root);
    return status;
}

/* Parts from..n_parts of a split. */
static recto_status add_parts(recto_weights_files *f, const char *stem, size_t stem_len, int from,
                              int n_parts, const char *tail, recto_error *err)
{
    char *asking = part_name(stem, stem_len, 1, n_parts, tail);
    recto_status status = asking == NULL ? no_memory(err) : RECTO_OK;
    for (int part = from; part <= n_parts && status == RECTO_OK; part++) {
        char *name = part_name(stem, stem_len, part, n_parts, tail);
        status = name == NULL ? no_memory(err) : add_file(f, name, asking, err);
        free(name);
    }
    free(asking);
    return status;
}

/* What of use a folder without an index has. */
typedef struct found {
    int n_parts; /* of model-0000K-of-0000N.safetensors: N; 0 if there are none */
    bool mixed;  /* of two different N */
    bool single; /* model.safetensors */
    int n_other; /* further *.safetensors */
    char other[256];
} found;

static void look_at(found *out, const char *name)
{
    static const char tail[] = ".safetensors";
    size_t stem_len;
    int part;
    int n_parts;
    if (name[0] == '.' || !ends_with(name, tail))
        return;
    if (strcmp(name, "model.safetensors") == 0) {
        out->single = true;
    } else if (parse_part(name, tail, &stem_len, &part, &n_parts) && stem_len == 5 &&
               strncmp(name, "model", 5) == 0) {
        out->mixed = out->mixed || (out->n_parts != 0 && out->n_parts != n_parts);
        out->n_parts = n_parts;
    } else {
        out->n_other++;
        snprintf(out->other, sizeof out->other, "%s", name);
    }
}

static recto_status open_unindexed(recto_weights_files *f, recto_error *err)
{
    found have = {0};
    DIR *folder = opendir(f->folder);
    if (folder == NULL)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "'%.150s': cannot open", f->folder);
    for (struct dirent *e = readdir(folder); e != NULL; e = readdir(folder))
        look_at(&have, e->d_name);
    closedir(folder);
    if (have.mixed)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "'%.150s': model-*-of-*.safetensors of two different models",
                               f->folder);
    if (have.n_parts > 0)
        return add_parts(f, "model", 5, 1, have.n_parts, ".safetensors", err);
    if (have.single)
        return add_file(f, "model.safetensors", NULL, err);
    if (have.n_other == 1)
        return add_file(f, have.other, NULL, err);
    if (have.n_other > 1)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "'%.120s': several *.safetensors and no %s to join them", f->folder,
                               index_name);
    return recto_error_set(err, RECTO_ERR_MODEL,
                           "'%.120s': no *.safetensors in it (a GGUF is given by its own name)",
                           f->folder);
}

static recto_status open_folder(recto_weights_files *f, recto_error *err)
{
    recto_error why = {0}; /* of its own: a folder without an index is no error */
    recto_bytes index;
    char *path = join(f->folder, index_name);
    if (path == NULL)
        return no_memory(err);
    recto_status status = recto_weights_files_read(&index, path, MAX_INDEX_SIZE, &why);
    free(path);
    if (status == RECTO_OK) {
        status = open_indexed(f, &index, err);
        recto_bytes_close(&index);
        return status;
    }
    if (status == RECTO_ERR_IO && why.sys == ENOENT)
        return open_unindexed(f, err);
    if (err != NULL)
        *err = why;
    return recto_error_prefix(err, status, "'%s': ", index_name);
}

/* --- GGUF ------------------------------------------------------------------------------------- */

/* Does part `part` (from 1) say so itself? */
static recto_status check_part(const entry *e, int part, int n_parts, recto_error *err)
{
    int64_t no = recto_gguf_int(e->gguf, "split.no", 0);
    int64_t count = recto_gguf_int(e->gguf, "split.count", 1);
    if (no == part - 1 && count == n_parts)
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_MODEL,
                           "'%.100s': says that it is part %lld of %lld, expected %d of %d",
                           e->name, (long long)no + 1, (long long)count, part, n_parts);
}

/* The first file is open: add the other parts if it is one of several. */
static recto_status open_split(recto_weights_files *f, recto_error *err)
{
    static const char tail[] = ".gguf";
    const char *name = f->entries[0].file.name;
    const int64_t count = recto_gguf_int(f->entries[0].gguf, "split.count", 1);
    size_t stem_len;
    int part = 1;
    int n_parts = 1;

    if (!parse_part(name, tail, &stem_len, &part, &n_parts)) {
        if (count <= 1)
            return RECTO_OK;
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "'%.100s': one of %lld parts, but not named NAME-00001-of-%05lld%s",
                               name, (long long)count, (long long)count, tail);
    }
    if (part != 1)
        return recto_error_set(err, RECTO_ERR_MODEL, "'%.100s': part %d of %d; give the first part",
                               name, part, n_parts);
    recto_status status = add_parts(f, name, stem_len, 2, n_parts, tail, err);
    for (size_t i = 0; i < f->n_entries && status == RECTO_OK; i++)
        status = check_part(&f->entries[i], (int)i + 1, n_parts, err);
    if (status != RECTO_OK)
        return status;
    const int64_t n_tensors = recto_gguf_int(f->entries[0].gguf, "split.tensors.count", -1);
    if (n_tensors >= 0 && (uint64_t)n_tensors != recto_weights_count(f->set))
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "'%.100s': %lld tensors in all parts, expected %lld", name,
                               (long long)recto_weights_count(f->set), (long long)n_tensors);
    return RECTO_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

static recto_status open_file(recto_weights_files *f, const char *path, recto_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    f->folder = slash == NULL   ? strdup(".")
                : slash == path ? strdup("")
                                : strndup(path, (size_t)(slash - path));
    if (f->folder == NULL)
        return no_memory(err);
    recto_status status = add_file(f, name, NULL, err);
    if (status == RECTO_OK && f->entries[0].gguf != NULL)
        status = open_split(f, err);
    return status;
}

recto_status recto_weights_files_open(recto_weights_files **out, const char *path, recto_error *err)
{
    struct stat st;
    recto_status status;

    *out = NULL;
    if (stat(path, &st) != 0)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "'%.150s': cannot open", path);
    recto_weights_files *f = calloc(1, sizeof *f);
    if (f == NULL)
        return no_memory(err);
    f->set = recto_weights_new();
    if (f->set == NULL) {
        status = no_memory(err);
    } else if (!S_ISDIR(st.st_mode)) {
        status = open_file(f, path, err);
    } else {
        f->folder = strdup(path);
        status = f->folder == NULL ? no_memory(err) : open_folder(f, err);
    }
    if (status != RECTO_OK) {
        recto_weights_files_close(f);
        return status;
    }
    *out = f;
    return RECTO_OK;
}

void recto_weights_files_close(recto_weights_files *f)
{
    if (f == NULL)
        return;
    recto_weights_free(f->set);
    for (size_t i = 0; i < f->n_entries; i++) {
        recto_gguf_close(f->entries[i].gguf);
        recto_bytes_close(&f->entries[i].bytes);
        free(f->entries[i].name);
    }
    free(f->entries);
    free(f->folder);
    free(f);
}

const recto_weights *recto_weights_files_set(const recto_weights_files *f)
{
    return f->set;
}

const recto_gguf *recto_weights_files_gguf(const recto_weights_files *f)
{
    return f->n_entries > 0 ? f->entries[0].gguf : NULL;
}

size_t recto_weights_files_count(const recto_weights_files *f)
{
    return f->n_entries;
}

const recto_weights_file *recto_weights_files_at(const recto_weights_files *f, size_t i)
{
    return i < f->n_entries ? &f->entries[i].file : NULL;
}

size_t recto_weights_files_unlisted(const recto_weights_files *f)
{
    return f->n_unlisted;
}

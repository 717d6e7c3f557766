/* Opening a checkpoint: which files there are, what they say, and whether they fit together. */
#include "pipeline/vlm.h"

#include "core/utf8.h"
#include "pipeline/vlm_parts.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const text_names[N_TEXTS] = {
    [TEXT_CONFIG] = "config.json",
    [TEXT_TOKENIZER] = "tokenizer.json",
    [TEXT_TOKENIZER_CONFIG] = "tokenizer_config.json",
    [TEXT_CHAT_TEMPLATE] = "chat_template.jinja",
    [TEXT_PREPROCESSOR] = "preprocessor_config.json",
    [TEXT_PROCESSOR] = "processor_config.json",
    [TEXT_GENERATION] = "generation_config.json",
};

/* A tokenizer.json of 150,000 tokens has 11 MB. */
static const size_t MAX_TEXT_BYTES = (size_t)256 << 20;

/* --- finding the files ------------------------------------------------------------------------ */

static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_gguf(const char *name)
{
    size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".gguf") == 0;
}

/* Files of some stores are named by their hashes. */
static bool starts_as_gguf(const char *path)
{
    char magic[4] = {0};
    FILE *f = fopen(path, "rb");
    bool is = f != NULL && fread(magic, 1, 4, f) == 4 && memcmp(magic, "GGUF", 4) == 0;
    if (f != NULL)
        fclose(f);
    return is;
}

/* Later parts of a split file are found by the first one. */
static bool is_later_part(const char *name)
{
    int part = 0, n = 0;
    const char *dash = strstr(name, "-of-");
    return dash != NULL && dash - name >= 6 && sscanf(dash - 6, "-%5d-of-%5d", &part, &n) == 2 &&
           part > 1;
}

/* The GGUF file of a folder that is (or is not) called mmproj; several are told apart by nobody. */
static recto_status find_gguf(char **out, const char *folder, bool mmproj, recto_error *err)
{
    DIR *d = opendir(folder);
    const struct dirent *e;
    int found = 0;
    *out = NULL;
    if (d == NULL)
        return recto_error_sys(err, RECTO_ERR_MODEL, errno, "%s", folder);
    while ((e = readdir(d)) != NULL) {
        if (!is_gguf(e->d_name) || is_later_part(e->d_name) ||
            (strstr(e->d_name, "mmproj") != NULL) != mmproj)
            continue;
        free(*out);
        *out = join(folder, e->d_name);
        found++;
    }
    closedir(d);
    if (found == 1 && *out != NULL)
        return RECTO_OK;
    free(*out);
    *out = NULL;
    return recto_error_set(
        err, RECTO_ERR_MODEL, found == 0 ? "no %s in %s" : "more than one %s in %s; name one",
        mmproj ? "mmproj*.gguf file (--mmproj names one)" : "model (config.json or *.gguf)",
        folder);
}

/* Is there a folder with config.json, or GGUF files?  m->path and m->mmproj_path are set. */
static recto_status find_files(recto_vlm *m, const recto_vlm_source *source, bool *gguf_out,
                               recto_error *err)
{
    struct stat st;
    recto_status status = RECTO_OK;
    *gguf_out = false;
    m->path = strdup(source->path);
    if (m->path == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (stat(source->path, &st) != 0)
        return recto_error_sys(err, RECTO_ERR_MODEL, errno, "%s", source->path);
    if (S_ISDIR(st.st_mode)) {
        char *config = join(source->path, text_names[TEXT_CONFIG]);
        bool found = config != NULL && stat(config, &st) == 0;
        free(config);
        if (found && source->mmproj != NULL)
            return recto_error_set(err, RECTO_ERR_MODEL,
                                   "--mmproj belongs to a GGUF file, and %s is a folder with "
                                   "config.json; leave it out",
                                   source->path);
        if (found)
            return RECTO_OK;
        free(m->path);
        status = find_gguf(&m->path, source->path, false, err);
        if (status != RECTO_OK)
            return status;
    } else if (!S_ISREG(st.st_mode) || !(is_gguf(source->path) || starts_as_gguf(source->path))) {
        return recto_error_set(err, RECTO_ERR_MODEL, "%s is neither a model folder nor a GGUF file",
                               source->path);
    }
    *gguf_out = true;
    if (source->mmproj != NULL) {
        m->mmproj_path = strdup(source->mmproj);
        return m->mmproj_path != NULL ? RECTO_OK
                                      : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    char *folder = strdup(m->path);
    if (folder == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    char *slash = strrchr(folder, '/');
    if (slash != NULL)
        *slash = '\0';
    status = find_gguf(&m->mmproj_path,
                       slash == NULL       ? "."
                       : folder[0] == '\0' ? "/"
                                           : folder,
                       true, err);
    free(folder);
    return status;
}

/* --- reading them ----------------------------------------------------------------------------- */

/* A text that cannot be read is a fault of the part it belongs to; NOMEM. */
static recto_status read_texts(recto_vlm *m, recto_error *err)
{
    for (int i = 0; i < N_TEXTS; i++) {
        recto_error why = {0};
        recto_error *fault =
            &m->faults[i == TEXT_TOKENIZER ? RECTO_VLM_TOKENIZER : RECTO_VLM_CONFIG];
        char *path = join(m->path, text_names[i]);
        if (path == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        recto_status st = recto_weights_files_read(&m->texts[i], path, MAX_TEXT_BYTES, &why);
        free(path);
        if (st == RECTO_ERR_NOMEM)
            return recto_error_set(err, st, "%s", why.msg);
        if (st != RECTO_OK && why.sys != ENOENT && fault->code == RECTO_OK)
            (void)recto_error_set(fault, RECTO_ERR_MODEL, "%s: %s", text_names[i], why.msg);
    }
    return RECTO_OK;
}

static const char *text_of(const recto_vlm *m, int i, size_t *len)
{
    *len = m->texts[i].size;
    return (const char *)m->texts[i].data;
}

static recto_status read_config(recto_vlm *m, recto_error *err)
{
    if (m->mmproj != NULL) {
        const recto_weights *w = recto_weights_files_set(m->main);
        bool tied = recto_weights_lookup(w, "output.weight") == NULL;
        return recto_vlm_config_gguf(&m->config, recto_weights_files_gguf(m->main),
                                     recto_weights_files_gguf(m->mmproj), tied, err);
    }
    recto_vlm_texts t = {0};
    t.config = text_of(m, TEXT_CONFIG, &t.config_len);
    t.preprocessor = text_of(m, TEXT_PREPROCESSOR, &t.preprocessor_len);
    t.processor = text_of(m, TEXT_PROCESSOR, &t.processor_len);
    t.generation = text_of(m, TEXT_GENERATION, &t.generation_len);
    t.chat_template = text_of(m, TEXT_CHAT_TEMPLATE, &t.chat_template_len);
    if (t.chat_template == NULL)
        t.chat_template = text_of(m, TEXT_TOKENIZER_CONFIG, &t.chat_template_len);
    return recto_vlm_config_json(&m->config, &t, err);
}

static recto_status read_tokenizer(recto_vlm *m, recto_error *err)
{
    size_t len = 0;
    const char *text = text_of(m, TEXT_TOKENIZER, &len);
    recto_status st;
    if (m->mmproj != NULL)
        st = recto_tokenizer_from_gguf(&m->tokenizer, recto_weights_files_gguf(m->main), err);
    else if (text == NULL)
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "tokenizer.json is missing (published with the model)");
    else
        st = recto_tokenizer_from_json(&m->tokenizer, text, len, err);
    if (st != RECTO_OK)
        return st;
    return recto_vlm_prompt_marks(&m->marks, m->tokenizer, err);
}

/* Both texts are needed: ids that the head does not have would be read as nothing. */
static recto_status check_vocabulary(const recto_vlm *m, recto_error *err)
{
    int n = recto_tokenizer_count(m->tokenizer);
    if (n <= m->config.decoder.n_vocab)
        return RECTO_OK;
    return recto_error_set(
        err, RECTO_ERR_MODEL,
        "the tokenizer has %d tokens and the model only %d (vocab_size): it belongs "
        "to another model",
        n, m->config.decoder.n_vocab);
}

static recto_status open_weights(recto_vlm *m, bool gguf, recto_error *err)
{
    recto_status st = recto_weights_files_open(&m->main, m->path, err);
    if (st == RECTO_OK && gguf && recto_weights_files_gguf(m->main) == NULL)
        return recto_error_set(err, RECTO_ERR_MODEL, "%s: no GGUF file", base_name(m->path));
    if (st == RECTO_OK && gguf) {
        st = recto_weights_files_open(&m->mmproj, m->mmproj_path, err);
        if (st == RECTO_OK && recto_weights_files_gguf(m->mmproj) == NULL)
            return recto_error_set(err, RECTO_ERR_MODEL, "%s: no GGUF file",
                                   base_name(m->mmproj_path));
    }
    return st;
}

/* --- looking at the parts --------------------------------------------------------------------- */

static recto_status look_at(recto_vlm *m, recto_vlm_part part, bool gguf, recto_error *err)
{
    const recto_weights *language;
    switch (part) {
    case RECTO_VLM_WEIGHTS:
        return open_weights(m, gguf, err);
    case RECTO_VLM_CONFIG:
        return read_config(m, err);
    case RECTO_VLM_TOKENIZER: {
        recto_status st = read_tokenizer(m, err);
        return st == RECTO_OK && m->faults[RECTO_VLM_CONFIG].code == RECTO_OK
                   ? check_vocabulary(m, err)
                   : st;
    }
    case RECTO_VLM_VISION:
        return recto_vit_check(&m->n_tensors[part], &m->config.vit, recto_vlm_vision_weights(m),
                               err);
    default:
        language = recto_weights_files_set(m->main);
        return recto_decoder_check(&m->n_tensors[part], &m->config.decoder, language, err);
    }
}

/* What a part cannot be looked at without. */
static bool is_reachable(const recto_vlm *m, recto_vlm_part part, bool gguf)
{
    bool weights = m->faults[RECTO_VLM_WEIGHTS].code == RECTO_OK;
    bool config = m->faults[RECTO_VLM_CONFIG].code == RECTO_OK;
    if (part == RECTO_VLM_VISION || part == RECTO_VLM_LANGUAGE)
        return weights && config;
    return part == RECTO_VLM_WEIGHTS || !gguf || weights;
}

/* A file that is not what it should be is mostly one that did not arrive whole. */
static void advise(recto_error *fault)
{
    static const char advice[] = "; copy the file anew and compare its hash";
    size_t len = strlen(fault->msg);
    if (len + sizeof advice <= sizeof fault->msg)
        memcpy(fault->msg + len, advice, sizeof advice);
}

static recto_status look_at_parts(recto_vlm *m, bool gguf, bool all, recto_error *err)
{
    for (int part = 0; part < RECTO_VLM_PART_COUNT; part++) {
        recto_error *fault = &m->faults[part];
        if (!is_reachable(m, (recto_vlm_part)part, gguf)) {
            (void)recto_error_set(fault, RECTO_ERR_MODEL,
                                  "cannot be checked before the rest is mended");
            continue;
        }
        recto_status st = fault->code; /* of reading its text */
        if (st == RECTO_OK)
            st = look_at(m, (recto_vlm_part)part, gguf, fault);
        if (st == RECTO_OK)
            continue;
        if (st == RECTO_ERR_FORMAT)
            advise(fault);
        if (st != RECTO_ERR_NOMEM) /* whatever it is, it is the model's fault */
            fault->code = RECTO_ERR_MODEL;
        if (!all || st == RECTO_ERR_NOMEM) {
            if (err != NULL)
                *err = *fault;
            return fault->code;
        }
    }
    return RECTO_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const recto_vlm_file *)a)->name, ((const recto_vlm_file *)b)->name);
}

static void list_weights(recto_vlm *m, const recto_weights_files *files)
{
    for (size_t i = 0; files != NULL && i < recto_weights_files_count(files); i++) {
        const recto_weights_file *f = recto_weights_files_at(files, i);
        m->files[m->n_files++] = (recto_vlm_file){f->name, f->bytes, f->size};
    }
}

static recto_status list_files(recto_vlm *m, recto_error *err)
{
    size_t n = N_TEXTS + (m->main != NULL ? recto_weights_files_count(m->main) : 0) +
               (m->mmproj != NULL ? recto_weights_files_count(m->mmproj) : 0);
    m->files = calloc(n, sizeof *m->files);
    m->file_sha256 = calloc(n, sizeof *m->file_sha256);
    if (m->files == NULL || m->file_sha256 == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    for (int i = 0; i < N_TEXTS; i++)
        if (m->texts[i].data != NULL)
            m->files[m->n_files++] =
                (recto_vlm_file){text_names[i], m->texts[i].data, m->texts[i].size};
    list_weights(m, m->main);
    list_weights(m, m->mmproj);
    qsort(m->files, m->n_files, sizeof *m->files, by_name);
    return RECTO_OK;
}

/* The last name of the path, as text. */
static recto_status take_name(recto_vlm *m, const char *path, recto_error *err)
{
    char *plain = realpath(path, NULL);
    recto_arena *a = recto_arena_new(0, 0);
    const char *base = base_name(plain != NULL ? plain : path);
    const char *clean = a != NULL ? recto_utf8_clean(a, base, strlen(base)) : NULL;
    m->name = clean != NULL ? strdup(clean) : NULL;
    recto_arena_free(a);
    free(plain);
    return m->name != NULL ? RECTO_OK : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

recto_status recto_vlm_open(recto_vlm **out, const recto_vlm_source *source, recto_error *faults,
                            recto_error *err)
{
    bool gguf = false;
    *out = NULL;
    recto_vlm *m = calloc(1, sizeof *m);
    if (m == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = find_files(m, source, &gguf, err);
    if (st == RECTO_OK)
        st = take_name(m, gguf && !is_folder(source->path) ? m->path : source->path, err);
    if (st == RECTO_OK && !gguf)
        st = read_texts(m, err);
    if (st == RECTO_OK)
        st = look_at_parts(m, gguf, faults != NULL, err);
    if (st == RECTO_OK)
        st = list_files(m, err);
    if (st != RECTO_OK) {
        recto_vlm_close(m);
        return st;
    }
    if (faults != NULL)
        memcpy(faults, m->faults, sizeof m->faults);
    *out = m;
    return RECTO_OK;
}

void recto_vlm_close(recto_vlm *m)
{
    if (m == NULL)
        return;
    atomic_store(&m->hash_unwanted, true);
    if (m->hashing)
        pthread_join(m->hasher, NULL);
    recto_vit_free(m->vit);
    recto_decoder_free(m->decoder);
    if (m->be != NULL)
        m->be->free(m->be);
    recto_tokenizer_free(m->tokenizer);
    recto_weights_files_close(m->main);
    recto_weights_files_close(m->mmproj);
    for (int i = 0; i < N_TEXTS; i++)
        recto_bytes_close(&m->texts[i]);
    free(m->files);
    free(m->file_sha256);
    free(m->path);
    free(m->mmproj_path);
    free(m->name);
    free(m);
}

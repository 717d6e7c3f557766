#include "pipeline/model_find.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FOLDERS = 64, MAX_PLACES = 4096 };

typedef struct folders {
    const char *path[MAX_FOLDERS];
    int n;
    int n_named; /* the first of them come from RECTO_MODEL_PATH */
} folders;

typedef struct finder {
    recto_arena *a;
    recto_model_place *places;
    size_t n;
    recto_status st;
    recto_error *err;
} finder;

static const char *join(recto_arena *a, const char *folder, const char *name)
{
    size_t len = strlen(folder) + strlen(name) + 2;
    char *path = recto_arena_alloc(a, len);
    if (path != NULL)
        snprintf(path, len, "%s/%s", folder, name);
    return path;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return path != NULL && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool holds(recto_arena *a, const char *folder, const char *name)
{
    struct stat st;
    const char *path = join(a, folder, name);
    return path != NULL && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static void add_folder(folders *f, const char *path)
{
    if (path != NULL && f->n < MAX_FOLDERS)
        f->path[f->n++] = path;
}

static folders list_folders(recto_arena *a)
{
    folders f = {.n = 0};
    const char *named = getenv("RECTO_MODEL_PATH");
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    while (named != NULL && *named != '\0') {
        size_t len = strcspn(named, ":");
        if (len > 0)
            add_folder(&f, recto_arena_text(a, named, len));
        named += len + (named[len] == ':');
    }
    f.n_named = f.n;
    /* a relative XDG_DATA_HOME is to be ignored, says the specification */
    if (data != NULL && data[0] == '/')
        add_folder(&f, join(a, data, "recto/models"));
    else if (home != NULL && home[0] != '\0')
        add_folder(&f, join(a, home, ".local/share/recto/models"));
    add_folder(&f, "/usr/local/share/recto/models");
    add_folder(&f, "/usr/share/recto/models");
    return f;
}

static recto_status check_named(const folders *f, recto_error *err)
{
    for (int i = 0; i < f->n_named; i++)
        if (!is_folder(f->path[i]))
            return recto_error_set(err, RECTO_ERR_MODEL, "RECTO_MODEL_PATH: no folder %s",
                                   f->path[i]);
    return RECTO_OK;
}

static const char gguf[] = ".gguf";

static bool is_gguf(const char *path)
{
    size_t len = strlen(path), ending = strlen(gguf);
    return len > ending && strcmp(path + len - ending, gguf) == 0;
}

static void add_place(finder *f, const char *path, recto_model_kind kind)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
    size_t len = strlen(base);
    if (f->n == MAX_PLACES)
        return;
    if (is_gguf(base))
        len -= strlen(gguf);
    recto_model_place place = {recto_arena_text(f->a, base, len),
                               recto_arena_text(f->a, path, strlen(path)), kind};
    if (place.name == NULL || place.path == NULL)
        f->st = recto_error_set(f->err, RECTO_ERR_NOMEM, "out of memory");
    else
        f->places[f->n++] = place;
}

/* A folder that is a model as it is published. */
static bool add_if_model(finder *f, const char *path)
{
    if (holds(f->a, path, "line-latin.safetensors")) {
        add_place(f, path, RECTO_MODEL_LINE);
        return true;
    }
    if (holds(f->a, path, "config.json") &&
        (holds(f->a, path, "tokenizer.json") || holds(f->a, path, "model.safetensors") ||
         holds(f->a, path, "model.safetensors.index.json"))) {
        add_place(f, path, RECTO_MODEL_VLM);
        return true;
    }
    return false;
}

/* NAME.gguf, but no vision part and no later part of a split file. */
static bool is_language_gguf(const char *name)
{
    const char *of = strstr(name, "-of-");
    if (!is_gguf(name) || strstr(name, "mmproj") != NULL)
        return false;
    return of == NULL || of - name < 6 || strncmp(of - 6, "-00001", 6) == 0;
}

static int by_name(const void *pa, const void *pb)
{
    const recto_model_place *a = pa, *b = pb;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->path, b->path);
}

static void search(finder *f, const char *folder, int depth)
{
    size_t first = f->n;
    DIR *d = opendir(folder);
    const struct dirent *e;
    if (d == NULL)
        return;
    while ((e = readdir(d)) != NULL && f->st == RECTO_OK) {
        if (e->d_name[0] == '.')
            continue;
        const char *path = join(f->a, folder, e->d_name);
        if (path == NULL)
            f->st = recto_error_set(f->err, RECTO_ERR_NOMEM, "out of memory");
        else if (is_language_gguf(e->d_name))
            add_place(f, path, RECTO_MODEL_VLM);
        else if (depth == 0 && is_folder(path) && !add_if_model(f, path))
            search(f, path, depth + 1); /* a folder of GGUF files */
    }
    closedir(d);
    qsort(f->places + first, f->n - first, sizeof *f->places, by_name);
}

recto_status recto_model_find_all(recto_model_place **out, size_t *n_out, recto_arena *a,
                                  recto_error *err)
{
    folders all = list_folders(a);
    finder f = {.a = a, .err = err};
    *out = NULL;
    *n_out = 0;
    recto_status st = check_named(&all, err);
    if (st != RECTO_OK)
        return st;
    f.places = recto_arena_array(a, MAX_PLACES, sizeof *f.places);
    if (f.places == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    for (int i = 0; i < all.n && f.st == RECTO_OK; i++)
        if (!add_if_model(&f, all.path[i]))
            search(&f, all.path[i], 0);
    *out = f.places;
    *n_out = f.n;
    return f.st;
}

/* The folders that are looked at, as a text for messages. */
static const char *folders_text(recto_arena *a)
{
    folders f = list_folders(a);
    recto_buf text = RECTO_BUF_INIT;
    for (int i = 0; i < f.n; i++)
        recto_buf_printf(&text, "%s%s", i > 0 ? ", " : "", f.path[i]);
    const char *kept = recto_arena_text(a, recto_buf_cstr(&text), text.len);
    recto_buf_free(&text);
    return kept != NULL ? kept : "";
}

/* The folder that a path lies in; NULL if it names none. */
static const char *folder_of(const char *path, recto_arena *a)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? recto_arena_text(a, path, (size_t)(slash - path)) : NULL;
}

recto_status recto_model_find_vlm(const char **path_out, const char *name, recto_arena *a,
                                  recto_error *err)
{
    struct stat st;
    recto_model_place *places;
    size_t n;
    *path_out = NULL;
    if (name != NULL && (strchr(name, '/') != NULL || stat(name, &st) == 0)) {
        *path_out = name;
        return RECTO_OK;
    }
    recto_status status = recto_model_find_all(&places, &n, a, err);
    if (status != RECTO_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const char *folder =
            places[i].kind == RECTO_MODEL_VLM ? folder_of(places[i].path, a) : NULL;
        const char *slash = folder != NULL ? strrchr(folder, '/') : NULL;
        if (places[i].kind != RECTO_MODEL_VLM)
            continue;
        if (name == NULL || strcmp(places[i].name, name) == 0)
            *path_out = places[i].path;
        else if (slash != NULL && strcmp(slash + 1, name) == 0 && is_gguf(places[i].path))
            *path_out = folder; /* which says so if it holds several */
        if (*path_out != NULL)
            return RECTO_OK;
    }
    return recto_error_set(
        err, RECTO_ERR_MODEL,
        "%s%s%s; looked in %s (docs/MODELS.md says how to get one, --model names "
        "a folder or file)",
        name != NULL ? "there is no model '" : "there is no VLM", name != NULL ? name : "",
        name != NULL ? "'" : "", folders_text(a));
}

recto_status recto_model_find_line(const char **dir_out, recto_arena *a, recto_error *err)
{
    folders f = list_folders(a);
    *dir_out = NULL;
    recto_status st = check_named(&f, err);
    for (int i = 0; i < f.n_named && st == RECTO_OK && *dir_out == NULL; i++) {
        const char *inner = join(a, f.path[i], "line-latin");
        if (holds(a, f.path[i], "line-latin.safetensors"))
            *dir_out = f.path[i];
        else if (inner != NULL && holds(a, inner, "line-latin.safetensors"))
            *dir_out = inner;
    }
    return st;
}

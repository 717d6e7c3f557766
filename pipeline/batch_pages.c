/* Pages of documents under way, kept in a folder of OUT for the next run (--checkpoint):
 * .recto-pages, or a shard's own .recto-pages-K-of-N, so that a shard that ends can remove its
 * folder while others are at work. */
#include "core/folder.h"
#include "core/hash.h"
#include "pipeline/batch_parts.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool folder_path(char *out, size_t room, const recto_batch_options *opt)
{
    int n = opt->plan.n_shards > 1 ? snprintf(out, room, "%s/.recto-pages-%d-of-%d", opt->folder,
                                              opt->plan.shard, opt->plan.n_shards)
                                   : snprintf(out, room, "%s/.recto-pages", opt->folder);
    return n > 0 && (size_t)n < room;
}

recto_status batch_pages_make(const recto_batch_options *opt, recto_error *err)
{
    char path[4096];
    if (!folder_path(path, sizeof path, opt))
        return recto_error_set(err, RECTO_ERR_OUTPUT, "the output folder's name is too long");
    recto_status st = recto_folder_make(path, err);
    if (st == RECTO_OK)
        chmod(path, 0700);
    return st;
}

const char *batch_pages_path(const recto_batch_options *opt, const char *key, recto_arena *arena)
{
    char hex[RECTO_SHA256_HEX], folder[4096];
    if (!folder_path(folder, sizeof folder, opt))
        return NULL;
    size_t room = strlen(folder) + sizeof hex + 2;
    char *path = recto_arena_alloc(arena, room);
    recto_sha256(hex, key, strlen(key));
    if (path != NULL)
        snprintf(path, room, "%s/%s", folder, hex);
    return path;
}

void batch_pages_clear(const recto_batch_options *opt)
{
    char path[4096];
    DIR *folder = folder_path(path, sizeof path, opt) ? opendir(path) : NULL;
    if (folder == NULL)
        return;
    for (struct dirent *e = readdir(folder); e != NULL; e = readdir(folder))
        if (strlen(e->d_name) == RECTO_SHA256_HEX - 1 &&
            strspn(e->d_name, "0123456789abcdef") == RECTO_SHA256_HEX - 1)
            unlinkat(dirfd(folder), e->d_name, 0);
    closedir(folder);
    rmdir(path);
}

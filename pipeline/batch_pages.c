/* Pages of documents under way, kept in OUT/.recto-pages for the next run (--checkpoint). */
#include "core/folder.h"
#include "core/hash.h"
#include "pipeline/batch_parts.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char FOLDER[] = "/.recto-pages";

/* "K-of-N-": shards share the folder, and each looks after its own. */
static void own_prefix(char *out, size_t room, const recto_batch_options *opt)
{
    snprintf(out, room, "%d-of-%d-", opt->plan.shard, opt->plan.n_shards);
}

recto_status batch_pages_make(const recto_batch_options *opt, recto_error *err)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s%s", opt->folder, FOLDER);
    if (n < 0 || (size_t)n >= sizeof path)
        return recto_error_set(err, RECTO_ERR_OUTPUT, "the output folder's name is too long");
    recto_status st = recto_folder_make(path, err);
    if (st == RECTO_OK)
        chmod(path, 0700);
    return st;
}

const char *batch_pages_path(const recto_batch_options *opt, const char *key, recto_arena *arena)
{
    char hex[RECTO_SHA256_HEX], prefix[32];
    size_t room = strlen(opt->folder) + sizeof FOLDER + sizeof hex + sizeof prefix + 2;
    char *path = recto_arena_alloc(arena, room);
    recto_sha256(hex, key, strlen(key));
    own_prefix(prefix, sizeof prefix, opt);
    if (path != NULL)
        snprintf(path, room, "%s%s/%s%s", opt->folder, FOLDER, prefix, hex);
    return path;
}

void batch_pages_clear(const recto_batch_options *opt)
{
    char path[4096], prefix[32];
    int n = snprintf(path, sizeof path, "%s%s", opt->folder, FOLDER);
    DIR *folder = n > 0 && (size_t)n < sizeof path ? opendir(path) : NULL;
    own_prefix(prefix, sizeof prefix, opt);
    if (folder == NULL)
        return;
    for (struct dirent *e = readdir(folder); e != NULL; e = readdir(folder))
        if (strncmp(e->d_name, prefix, strlen(prefix)) == 0)
            unlinkat(dirfd(folder), e->d_name, 0);
    closedir(folder);
    rmdir(path); /* stays while it holds another shard's */
}

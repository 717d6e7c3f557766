#include "core/folder.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Make the folder path[0..len), whose parents are there; 0 or errno. */
static int make_one(char *path, size_t len)
{
    struct stat st;
    char kept = path[len];
    path[len] = '\0';
    int sys = mkdir(path, 0777) == 0 ? 0 : errno;
    /* it may be there, also where making it is not allowed */
    if (sys != 0 && stat(path, &st) == 0)
        sys = S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
    path[len] = kept;
    return sys;
}

recto_status recto_folder_make(const char *path, recto_error *err)
{
    char *copy = strdup(path);
    int sys = 0;
    if (copy == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    for (size_t i = 1; sys == 0 && path[0] != '\0'; i++) {
        bool end = copy[i] == '\0';
        if ((end || copy[i] == '/') && copy[i - 1] != '/')
            sys = make_one(copy, i);
        if (end)
            break;
    }
    free(copy);
    if (sys == 0 && access(path[0] != '\0' ? path : ".", W_OK | X_OK) != 0)
        sys = errno;
    if (sys == 0)
        return RECTO_OK;
    return recto_error_sys(err, RECTO_ERR_OUTPUT, sys, "cannot use the output folder '%s'", path);
}

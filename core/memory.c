#include "core/memory.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* "MemAvailable:  123 kB" of /proc/meminfo. */
static uint64_t system_available(void)
{
    char line[256];
    uint64_t kib = 0;
    bool found = false;
    FILE *f = fopen("/proc/meminfo", "re");
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
        found = sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1;
    if (f != NULL)
        fclose(f);
    return found ? kib * 1024 : UINT64_MAX;
}

/* A file that holds one number ("max" counts as none). */
static bool read_number(uint64_t *out, const char *path)
{
    FILE *f = fopen(path, "re");
    bool found = f != NULL && fscanf(f, "%" SCNu64, out) == 1;
    if (f != NULL)
        fclose(f);
    return found;
}

/* What the control group (version 2, as seen from inside) leaves; its page cache can be dropped. */
static uint64_t group_available(void)
{
    char line[256];
    uint64_t limit = 0, used = 0, cache = 0;
    if (!read_number(&limit, "/sys/fs/cgroup/memory.max") ||
        !read_number(&used, "/sys/fs/cgroup/memory.current"))
        return UINT64_MAX;
    FILE *f = fopen("/sys/fs/cgroup/memory.stat", "re");
    bool found = false;
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
        found = sscanf(line, "file %" SCNu64, &cache) == 1;
    if (f != NULL)
        fclose(f);
    used -= cache < used ? cache : used;
    return limit > used ? limit - used : 0;
}

static uint64_t limit_available(void)
{
    struct rlimit limit;
    uint64_t pages = 0;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        !read_number(&pages, "/proc/self/statm"))
        return UINT64_MAX;
    uint64_t used = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

uint64_t recto_memory_available(void)
{
    const uint64_t all[] = {system_available(), group_available(), limit_available()};
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 3; i++)
        least = all[i] < least ? all[i] : least;
    return least;
}

#define _GNU_SOURCE /* sched_getaffinity */
#include "core/memory.h"

#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The number behind a key in a file of lines "KEY NUMBER". */
static bool find_number(uint64_t *out, const char *path, const char *key)
{
    char line[256], name[64];
    uint64_t number = 0;
    bool found = false;
    FILE *f = fopen(path, "re");
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
        found = sscanf(line, "%63s %" SCNu64, name, &number) == 2 && strcmp(name, key) == 0;
    if (f != NULL)
        fclose(f);
    if (found)
        *out = number;
    return found;
}

static uint64_t system_available(void)
{
    uint64_t kib = 0;
    return find_number(&kib, "/proc/meminfo", "MemAvailable:") ? kib * 1024 : UINT64_MAX;
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
    uint64_t limit = 0, used = 0, cache = 0;
    if (!read_number(&limit, "/sys/fs/cgroup/memory.max") ||
        !read_number(&used, "/sys/fs/cgroup/memory.current"))
        return UINT64_MAX;
    (void)find_number(&cache, "/sys/fs/cgroup/memory.stat", "file");
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

uint64_t recto_memory_resident(void)
{
    uint64_t pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    bool found = f != NULL && fscanf(f, "%" SCNu64 " %" SCNu64, &pages, &resident) == 2;
    if (f != NULL)
        fclose(f);
    return found ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* Whole processors' worth of time the control group grants; INT_MAX without a limit. */
static int group_cores(void)
{
    uint64_t quota = 0, period = 0;
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
    bool found = f != NULL && fscanf(f, "%" SCNu64 " %" SCNu64, &quota, &period) == 2;
    if (f != NULL)
        fclose(f);
    if (!found || period == 0)
        return INT_MAX;
    uint64_t cores = quota / period;
    return cores < 1 ? 1 : cores > INT_MAX ? INT_MAX : (int)cores;
}

int recto_memory_cores(void)
{
    cpu_set_t set;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    int own = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)online;
    int granted = group_cores();
    own = own < 1 ? 1 : own;
    return granted < own ? granted : own;
}

/* Internal to watch*.c. */
#ifndef RECTO_PIPELINE_WATCH_PARTS_H
#define RECTO_PIPELINE_WATCH_PARTS_H

#include "core/buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- watch_events.c: inotify ------------------------------------------------------------------ */

typedef enum recto_watch_event {
    RECTO_WATCH_CREATED, /* a file, that may be written to from now on */
    RECTO_WATCH_CLOSED,  /* a file was closed by its writer, or moved here */
    RECTO_WATCH_FOLDER,  /* a folder was made, or moved here */
    RECTO_WATCH_LOST,    /* events were lost: read all again; no path */
} recto_watch_event;

typedef struct recto_watch_events {
    int fd;         /* -1: none */
    char **folders; /* [n_folders] path by watch descriptor, NULL if it is no more; malloc'd */
    size_t n_folders;
    int n_watched;
    recto_buf path;   /* scratch */
    bool blind;       /* not all folders are seen */
    char notice[320]; /* why */
} recto_watch_events;

/** none: without inotify. */
void recto_watch_events_open(recto_watch_events *e, bool none);
void recto_watch_events_close(recto_watch_events *e);
/** Watch a folder, too (again, if it is watched).  What cannot be watched makes e blind. */
void recto_watch_events_add(recto_watch_events *e, const char *path);
/** Tell of all that happened; false if out of memory. */
bool recto_watch_events_drain(recto_watch_events *e,
                              bool (*tell)(void *user, recto_watch_event what, const char *path),
                              void *user);
/** Wait until something happened. */
void recto_watch_events_wait(const recto_watch_events *e, double seconds);

/* --- watch_table.c: what was seen ------------------------------------------------------------- */

/* A path is known by 128 bits of its SHA-256, so that an entry has one size. */
typedef struct recto_watch_entry {
    uint64_t id[2]; /* 0, 0: free */
    uint64_t size;  /* as told */
    int64_t mtime_ns;
    uint32_t scan;    /* number of the reading of all folders when it was last seen */
    uint32_t waiting; /* 1 + its place among the waiting; 0: it does not wait */
    bool told;
} recto_watch_entry;

typedef struct recto_watch_table {
    recto_watch_entry *entries; /* [cap], a power of two */
    size_t cap, n;
} recto_watch_table;

/** The entry of a path, made if there is none; valid until the next call.  NULL if out of memory.
 */
recto_watch_entry *recto_watch_table_entry(recto_watch_table *t, const char *path);
/** The same; NULL if there is none. */
const recto_watch_entry *recto_watch_table_lookup(const recto_watch_table *t, const char *path);
/** Forget what neither waits nor was seen in this scan; false if out of memory (nothing is lost
 * then). */
bool recto_watch_table_sweep(recto_watch_table *t, uint32_t scan);
void recto_watch_table_free(recto_watch_table *t);

#endif

/* inotify, and where it is of no use. */
#include "pipeline/watch_parts.h"

#include "core/status.h"
#include <errno.h>
#include <poll.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

static const uint32_t MASK = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_ONLYDIR;

/* File systems that others write to unseen by this kernel (statfs(2)). */
static bool is_remote(const char *path)
{
    static const uint32_t kinds[] = {
        0x6969,     /* NFS */
        0x517B,     /* SMB */
        0xFE534D42, /* SMB2 */
        0xFF534D42, /* CIFS */
        0x65735546, /* FUSE: sshfs, GlusterFS and others */
        0x01021997, /* 9P */
        0x00C36400, /* Ceph */
        0x5346414F, /* AFS */
        0x0BD00BD0, /* Lustre */
        0x47504653, /* GPFS */
        0x786F4256, /* VirtualBox folders */
        0xBACBACBC, /* VMware folders */
        0x6A656A63, /* virtiofs under its own name */
        0x01161970, /* GFS2 */
        0x7461636F, /* OCFS2 */
        0x19830326, /* BeeGFS */
    };
    struct statfs fs;
    if (statfs(path, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((uint32_t)fs.f_type == kinds[i])
            return true;
    return false;
}

static void go_blind(recto_watch_events *e, const char *why)
{
    if (!e->blind)
        snprintf(e->notice, sizeof e->notice, "folders are read again every few seconds: %s", why);
    e->blind = true;
}

void recto_watch_events_open(recto_watch_events *e, bool none)
{
    *e = (recto_watch_events){.fd = -1};
    if (none) {
        go_blind(e, "inotify is not used");
        return;
    }
    e->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (e->fd >= 0)
        return;
    go_blind(e, errno == EMFILE ? "the system grants no more inotify instances: raise "
                                  "fs.inotify.max_user_instances with sysctl"
                                : "the system grants no inotify");
}

void recto_watch_events_close(recto_watch_events *e)
{
    for (size_t i = 0; i < e->n_folders; i++)
        free(e->folders[i]);
    free(e->folders);
    recto_buf_free(&e->path);
    if (e->fd >= 0)
        close(e->fd);
    *e = (recto_watch_events){.fd = -1};
}

/* Keep the path of a watch. */
static bool remember(recto_watch_events *e, int wd, const char *path)
{
    size_t at = (size_t)wd;
    if (at >= e->n_folders) {
        size_t n = at + 1 > 2 * e->n_folders ? at + 64 : 2 * e->n_folders;
        char **grown = realloc(e->folders, n * sizeof *grown);
        if (grown == NULL)
            return false;
        memset(grown + e->n_folders, 0, (n - e->n_folders) * sizeof *grown);
        e->folders = grown;
        e->n_folders = n;
    }
    if (e->folders[at] != NULL && strcmp(e->folders[at], path) == 0)
        return true;
    char *copy = strdup(path);
    if (copy == NULL)
        return false;
    e->n_watched += e->folders[at] == NULL;
    free(e->folders[at]);
    e->folders[at] = copy;
    return true;
}

void recto_watch_events_add(recto_watch_events *e, const char *path)
{
    char why[200];
    if (e->fd < 0)
        return;
    if (!e->blind && is_remote(path))
        go_blind(e, "a folder lies on a network file system, where inotify does not see what "
                    "others write");
    int wd = inotify_add_watch(e->fd, path, MASK);
    if (wd >= 0) {
        if (!remember(e, wd, path)) {
            inotify_rm_watch(e->fd, wd);
            go_blind(e, "out of memory for another watch");
        }
        return;
    }
    if (errno == ENOSPC) {
        snprintf(why, sizeof why,
                 "the system grants no more than %d watched folders: raise "
                 "fs.inotify.max_user_watches with sysctl",
                 e->n_watched);
        go_blind(e, why);
    } else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ENAMETOOLONG) {
        go_blind(e, "a folder cannot be watched"); /* the others: it cannot be read, either */
    }
}

static void forget(recto_watch_events *e, int wd)
{
    if (wd < 0 || (size_t)wd >= e->n_folders || e->folders[wd] == NULL)
        return;
    free(e->folders[wd]);
    e->folders[wd] = NULL;
    e->n_watched--;
}

/* A folder went away with all below it: elsewhere their paths are others. */
static void forget_below(recto_watch_events *e, const char *path)
{
    size_t n = strlen(path);
    for (size_t i = 0; i < e->n_folders; i++) {
        const char *folder = e->folders[i];
        if (folder != NULL && strncmp(folder, path, n) == 0 &&
            (folder[n] == '\0' || folder[n] == '/')) {
            inotify_rm_watch(e->fd, (int)i);
            forget(e, (int)i);
        }
    }
}

typedef bool (*teller)(void *user, recto_watch_event what, const char *path);

static bool take_event(recto_watch_events *e, const struct inotify_event *event, teller tell,
                       void *user)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0)
        return tell(user, RECTO_WATCH_LOST, NULL);
    if ((event->mask & IN_IGNORED) != 0) {
        forget(e, event->wd);
        return true;
    }
    const char *folder =
        event->wd >= 0 && (size_t)event->wd < e->n_folders ? e->folders[event->wd] : NULL;
    if (folder == NULL || event->len == 0)
        return true;
    size_t n = strlen(folder);
    recto_buf_clear(&e->path);
    recto_buf_add(&e->path, folder, n);
    if (n > 0 && folder[n - 1] != '/')
        recto_buf_char(&e->path, '/');
    recto_buf_text(&e->path, event->name);
    if (e->path.failed)
        return false;
    if ((event->mask & IN_ISDIR) != 0) {
        if ((event->mask & IN_MOVED_FROM) != 0)
            forget_below(e, e->path.data);
        else if ((event->mask & (IN_CREATE | IN_MOVED_TO)) != 0)
            return tell(user, RECTO_WATCH_FOLDER, e->path.data);
        return true;
    }
    if ((event->mask & IN_CREATE) != 0)
        return tell(user, RECTO_WATCH_CREATED, e->path.data);
    if ((event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0)
        return tell(user, RECTO_WATCH_CLOSED, e->path.data);
    return true;
}

bool recto_watch_events_drain(recto_watch_events *e, teller tell, void *user)
{
    alignas(struct inotify_event) char bytes[16384];
    ssize_t n;
    while (e->fd >= 0 && ((n = read(e->fd, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR)))
        for (ssize_t at = 0; at < n;) {
            struct inotify_event event;
            memcpy(&event, bytes + at, sizeof event);
            if (!take_event(e, (const struct inotify_event *)(const void *)(bytes + at), tell,
                            user))
                return false;
            at += (ssize_t)(sizeof event + event.len);
        }
    return true;
}

void recto_watch_events_wait(const recto_watch_events *e, double seconds)
{
    struct pollfd fd = {.fd = e->fd, .events = POLLIN}; /* a negative one is left out */
    poll(&fd, 1, seconds > 0 ? (int)(seconds * 1000) + 1 : 0);
}

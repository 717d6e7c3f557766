/* Documents as they arrive in folders that are watched.
 *
 * What arrives is seen through inotify, one watch a folder.  Where inotify sees nothing (NFS, SMB
 * and other file systems that another host writes to) or the system grants no more watches, the
 * folders are read again every few seconds instead, which finds the same.
 *
 * A file is complete when its writer closed it or it was moved to its place, or, if neither was
 * seen, when its size and time have not changed for some seconds; an empty file is always given
 * those seconds.  What vanishes before that is never told of; what is written again later is told
 * of again.  An upload that pauses for longer than the quiet time, on a file system where closing
 * is not seen, is taken too early, and then once more when it is whole: let uploads have another
 * name and rename them. */
#ifndef RECTO_PIPELINE_WATCH_H
#define RECTO_PIPELINE_WATCH_H

#include "pipeline/plan.h"

typedef struct recto_watch recto_watch;

/* Times in seconds; 0 = the default. */
typedef struct recto_watch_options {
    recto_plan_options plan; /* as for recto_plan_read; what it points to is borrowed */
    double quiet_s;          /* a file unchanged for so long is complete; 5 */
    double patience_s;       /* the same of one that was seen to be created and not closed; 60 */
    double settle_s;         /* after closing, since some writers open again at once; 0.3 */
    double rescan_s;         /* between readings of all folders where inotify is blind; 5 */
    double check_s;          /* the same where it is not, to be safe; 300 */
    bool rescan_only;        /* do not ask inotify */
} recto_watch_options;

/**
 * Watch folders.
 *
 * out      close with recto_watch_close; used by one thread
 * folders  [n], none within another
 *
 * Errors: ARG (no folder; one within another; as recto_plan_read), IO, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_watch_open(recto_watch **out, const char *const *folders, int n,
                                               const recto_watch_options *opt, recto_error *err);

/**
 * Wait for complete documents that were not told of yet; at first, those that are there already.
 *
 * out        their plan, with the keys and outputs that recto_plan_read would give them; free with
 *            recto_plan_free.  NULL: nothing came in time
 * timeout_s  0: do not wait
 *
 * Call it often: what happens meanwhile is kept by the kernel, and when that is too much, the
 * folders are read again.  With dedupe, only documents of one call are compared.  Errors:
 * CANCELLED (plan.stop said so, asked at least five times a second), ARG (outputs would fall among
 * the inputs), LIMIT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_watch_next(recto_plan **out, recto_watch *w, double timeout_s,
                                               recto_error *err);

/** Files seen that are not complete yet. */
int recto_watch_waiting(const recto_watch *w);
/** Why folders are read again instead of watched, in one line for people; NULL if they are not. */
const char *recto_watch_notice(const recto_watch *w);
void recto_watch_close(recto_watch *w); /* NULL is a no-op */

#endif

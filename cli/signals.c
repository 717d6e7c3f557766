/* SIGINT and SIGTERM ask for an end; the commands look whether that was asked. */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

/* Times a signal came.  Other threads read it, and a handler may run on two of them at once:
 * atomic, which is allowed in a handler where it takes no lock. */
static atomic_int interrupted;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a handler cannot wait for a lock");

static void on_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void on_signal_of_two(int signal_number)
{
    int sys = errno;                           /* of what was interrupted */
    if (atomic_fetch_add(&interrupted, 1) > 0) /* the next one kills */
        signal(signal_number, SIG_DFL);
    errno = sys;
}

void cli_catch_signals(void)
{
    struct sigaction action = {0};
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* a second one kills */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    action.sa_flags = 0;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action,
              NULL); /* a limit on the size of files is an error like a full disk */
}

void cli_catch_signals_twice(void)
{
    struct sigaction action = {0};
    action.sa_handler = on_signal_of_two;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void cli_release_signals(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}

bool cli_interrupted_twice(void)
{
    return interrupted > 1;
}

bool cli_stop_asked(void *user)
{
    (void)user;
    return cli_interrupted();
}

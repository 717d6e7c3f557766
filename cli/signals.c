/* SIGINT and SIGTERM ask for an end; the commands look whether that was asked. */
#include "cli/cli.h"

#include <signal.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void on_signal_of_two(int signal_number)
{
    if (interrupted > 0) /* the next one kills */
        signal(signal_number, SIG_DFL);
    interrupted = interrupted > 0 ? 2 : 1;
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

/* The command line: one table of options that drives parsing and help, one table of commands. */
#ifndef RECTO_CLI_CLI_H
#define RECTO_CLI_CLI_H

#include "pipeline/batch.h"
#include "pipeline/convert.h"
#include "pipeline/options.h"
#include <stdio.h>

/* Exit codes: a stable, documented interface. */
enum {
    EXIT_OK = 0,
    EXIT_USAGE = 1,
    EXIT_INPUT = 2,  /* unreadable or not understood */
    EXIT_START = 3,  /* model, device or output folder */
    EXIT_SOME = 4,   /* some documents or pages failed */
    EXIT_OUTPUT = 5, /* output not writable */
    EXIT_ENCRYPTED = 8,
    EXIT_INTERRUPTED = 130,
};

/* Commands as bits, so that an option says where it works. */
enum {
    CMD_CONVERT = 1u << 0,
    CMD_INSPECT = 1u << 1,
    CMD_MODEL_LIST = 1u << 2,
    CMD_MODEL_INFO = 1u << 3,
    CMD_MODEL_VERIFY = 1u << 4,
    CMD_MODEL_TRACE = 1u << 5,
    CMD_BATCH = 1u << 6,
    CMD_REPORT = 1u << 7,
    CMD_FIND = 1u << 8,
};

typedef enum cli_progress_mode {
    PROGRESS_AUTO = 0,
    PROGRESS_NEVER,
    PROGRESS_JSON
} cli_progress_mode;

enum { MAX_PASSWORDS = 64, MAX_PATTERNS = 64, MAX_FORMS = 16 };

/* Of recto batch. */
typedef struct cli_batch_args {
    int jobs;           /* 0 = choose */
    int64_t max_memory; /* bytes, 0 = choose */
    int nice;
    const char *shard_text; /* as given, NULL if not */
    int shard, n_shards;    /* 1 of 1 = all */
    bool resume, retry_failed, checkpoint, watch, dry_run, flat, dedupe, attachments, hidden;
    const char *include[MAX_PATTERNS], *exclude[MAX_PATTERNS];
    int n_include, n_exclude;
} cli_batch_args;

/* Of recto find. */
typedef struct cli_find_args {
    int64_t limit; /* 0 = all */
    bool index;    /* of recto batch, too */
} cli_find_args;

typedef struct cli_args {
    recto_options run;
    const char *output; /* -o; NULL = the current folder */
    const char *to;     /* --to; NULL = the default */
    const char *password_file;
    const char *prompt; /* model trace */
    cli_batch_args batch;
    cli_find_args find;
    bool json, abort_on_error, help;
    cli_progress_mode progress;
    int verbosity; /* -1 quiet, 0, 1 verbose */
    char **inputs;
    int n_inputs;
    char *passwords[MAX_PASSWORDS]; /* read from password_file */
} cli_args;

/** Parse argv[1..] (argv[0] is the command's name) for one command bit.  On a fault one line is
 * printed and EXIT_USAGE returned, else EXIT_OK. */
int cli_parse(cli_args *out, unsigned command, const char *command_name, int argc, char **argv);
void cli_args_free(cli_args *args);
/** Print the usage and the options of a command. */
void cli_help(FILE *to, unsigned command);

/** Restrict this process as the engine, unless --no-sandbox is given, which is said.  An exit code.
 */
int cli_enter_sandbox(cli_args *args);
/** Start the processes that parse documents, with --max-memory each; to be called before models and
 * threads.  An exit code. */
int cli_start_parsers(cli_args *args);
void cli_stop_parsers(cli_args *args);

int cli_convert(cli_args *args);
int cli_batch(cli_args *args);
/** --dry-run: opt as the batch would get it. */
int cli_dry_run(const cli_args *args, const recto_batch_options *opt);
int cli_inspect(cli_args *args);
int cli_model_list(cli_args *args);
int cli_model_info(cli_args *args);
int cli_model_verify(cli_args *args);
int cli_model_trace(cli_args *args);
int cli_report(cli_args *args);
int cli_find(cli_args *args);
/** Bring the full-text index of a batch's output folder up to date, with messages; an exit code. */
int cli_find_update(const char *folder, int verbosity);

/** The forms that a list such as "md,json" names, each once, into forms[MAX_FORMS]: EXIT_OK, or
 * EXIT_USAGE after a message. */
int cli_forms(const recto_writer **forms, int *n_forms, const char *list);
/** Are the forms there that options are for (--layout, --pdfa)?  EXIT_OK, or EXIT_USAGE after a
 * message. */
int cli_forms_fit(const recto_options *run, const recto_writer *const *forms, int n_forms);
/** Exit code of one failed document. */
int cli_exit_code(recto_status st);
/** What the user can do about a failure, in brackets with a space in front; "" if nothing is known
 * or the message names an option itself. */
const char *cli_advice(recto_status st, const char *msg);
/** "recto: NAME: message" on stderr, control characters made harmless. */
void cli_message(const char *name, const char *fmt, ...) RECTO_PRINTF(2, 3);

/* Progress on stderr; the user pointer of the run's callbacks. */
typedef struct cli_progress {
    cli_progress_mode mode;
    bool terminal; /* stderr is one: draw a line */
    bool drawn;
    int verbosity;
    int n_documents, document; /* document counts from 1 */
    double started_s, drawn_s;
} cli_progress;

cli_progress cli_progress_start(const cli_args *args);
bool cli_progress_page(void *progress, const char *name, int page_done, int n_pages);
/** Take the line away before a message is printed. */
void cli_progress_clear(cli_progress *p);

/** SIGINT and SIGTERM were seen. */
bool cli_interrupted(void);
/** The same as a callback of the run; user is not read. */
bool cli_stop_asked(void *user);
void cli_catch_signals(void);
/** For a batch: a first signal asks it to stop, a second one to do so at once, a third one kills.
 */
void cli_catch_signals_twice(void);
/** A second signal was seen. */
bool cli_interrupted_twice(void);
/** Let SIGINT and SIGTERM end the program, for commands that have nothing to clean up. */
void cli_release_signals(void);

#endif

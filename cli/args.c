/* The option table: parsing, help, man pages and completions come from it alone. */
#include "cli/table.h"

#include "core/file.h"
#include "pipeline/plan.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

typedef enum option_id {
    OPT_OUTPUT = 256,
    OPT_BATCH_OUTPUT,
    OPT_TO,
    OPT_READER,
    OPT_PAGES,
    OPT_DPI,
    OPT_PASSWORD_FILE,
    OPT_OVERLAY,
    OPT_IMAGES,
    OPT_LAYOUT,
    OPT_PDFA,
    OPT_MODEL,
    OPT_MMPROJ,
    OPT_TASK,
    OPT_ASK,
    OPT_SYSTEM,
    OPT_THINK,
    OPT_TILES,
    OPT_MAX_TOKENS,
    OPT_PRECISION,
    OPT_PROMPT,
    OPT_TOKENS,
    OPT_TRACE_OUTPUT,
    OPT_JSON,
    OPT_MAX_PIXELS,
    OPT_MAX_PAGES,
    OPT_MAX_BYTES,
    OPT_TIMEOUT,
    OPT_DOCUMENT_TIMEOUT,
    OPT_JOBS,
    OPT_MAX_MEMORY,
    OPT_NICE,
    OPT_RESUME,
    OPT_RETRY_FAILED,
    OPT_CHECKPOINT,
    OPT_WATCH,
    OPT_DRY_RUN,
    OPT_SHARD,
    OPT_FLAT,
    OPT_DEDUPE,
    OPT_ATTACHMENTS,
    OPT_INCLUDE,
    OPT_EXCLUDE,
    OPT_HIDDEN,
    OPT_INDEX,
    OPT_LIMIT,
    OPT_KEEP_GOING,
    OPT_ABORT,
    OPT_PROGRESS,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_NO_SANDBOX,
    OPT_HELP,
} option_id;

/* They read documents. */
enum { CMD_READING = CMD_CONVERT | CMD_BATCH };

static const cli_option OPTIONS[] = {
    {OPT_OUTPUT, 'o', "output", "DIR|-", CMD_CONVERT,
     "folder for the results (made if missing; default: the current one), or - for standard "
     "output"},
    {OPT_BATCH_OUTPUT, 'o', "output", "DIR", CMD_BATCH,
     "folder for the results, the journal and the manifest (made if missing)"},
    {OPT_TO, 't', "to", "md,json,jsonl,txt,html,csv,pdf,hocr,alto,page", CMD_READING,
     "forms of the results, separated by commas (default: md,json; with -o -: md); jsonl: a line a "
     "page; csv: a file a table; pdf: searchable; page: PAGE XML, a file a page"},
    {OPT_READER, 'r', "reader", "auto|layer|line|vlm", CMD_READING | CMD_INSPECT,
     "auto: text layers that can be trusted, the line reader for the rest (default); layer: text "
     "layers only; line: read every page as an image; vlm: show every page to the vision-language "
     "model (see --model)"},
    {OPT_PAGES, 'p', "pages", "RANGES", CMD_READING | CMD_INSPECT,
     "pages to read, from 1: 1-3,7,10-"},
    {OPT_DPI, 0, "dpi", "N", CMD_READING | CMD_INSPECT | CMD_MODEL_TRACE,
     "resolution at which PDF pages are rendered for reading, 72 to 600 (default 300)"},
    {OPT_PASSWORD_FILE, 0, "password-file", "FILE", CMD_READING | CMD_INSPECT | CMD_MODEL_TRACE,
     "passwords for encrypted PDFs, one a line, tried in turn (- for standard input)"},
    {OPT_OVERLAY, 0, "overlay", NULL, CMD_READING,
     "also draw what was read on each page's image: NAME.page-N.png"},
    {OPT_IMAGES, 0, "images", "files|embed|none", CMD_READING,
     "pictures of the pages: cut out into files that the results name "
     "(NAME.page-N.picture-K.png), inside the results, or neither (default)"},
    {OPT_LAYOUT, 0, "layout", NULL, CMD_READING, "text form: keep the columns of the page"},
    {OPT_PDFA, 0, "pdfa", NULL, CMD_READING, "searchable PDF of images: as PDF/A-2b"},
    {OPT_MODEL, 'm', "model", "MODEL", CMD_READING,
     "vision-language model for --reader vlm: a folder, a GGUF file, or a name that recto model "
     "list shows (default: the first there)"},
    {OPT_MMPROJ, 0, "mmproj", "FILE",
     CMD_READING | CMD_MODEL_INFO | CMD_MODEL_VERIFY | CMD_MODEL_TRACE,
     "vision part of a GGUF model (default: mmproj*.gguf beside it)"},
    {OPT_TASK, 0, "task", "document|table|formula|text|layout|chart", CMD_READING,
     "what the model is asked for (default: document)"},
    {OPT_ASK, 0, "ask", "TEXT", CMD_READING, "ask the model this about each page instead"},
    {OPT_SYSTEM, 0, "system", "TEXT", CMD_READING | CMD_MODEL_TRACE,
     "system message for the model (default: its chat template's; '' for none)"},
    {OPT_THINK, 0, "think", NULL, CMD_READING,
     "let the model lay out the page in thought first; its boxes go into the JSON and the overlay"},
    {OPT_THINK, 0, "think", NULL, CMD_MODEL_TRACE,
     "let the model lay out the page in thought first"},
    {OPT_TILES, 0, "tiles", "MIN..MAX", CMD_READING,
     "tiles that a page is cut into for the model (default: the model's, at least 8 for large "
     "pages)"},
    {OPT_TILES, 0, "tiles", "MIN..MAX", CMD_MODEL_TRACE,
     "tiles that the image is cut into (default: the model's)"},
    {OPT_MAX_TOKENS, 0, "max-tokens", "N", CMD_READING,
     "longest answer for a page, in tokens (default 4096)"},
    {OPT_PRECISION, 0, "precision", "auto|bf16|f32", CMD_READING | CMD_MODEL_TRACE,
     "numbers the model computes with (default: auto, bf16 where the CPU has it)"},
    {OPT_PROMPT, 0, "prompt", "TEXT", CMD_MODEL_TRACE,
     "what to ask (default: the prompt of the document task)"},
    {OPT_TOKENS, 0, "tokens", "N", CMD_MODEL_TRACE, "tokens to generate at most (default 64)"},
    {OPT_TRACE_OUTPUT, 'o', "output", "FILE", CMD_MODEL_TRACE, "the trace, a safetensors file"},
    {OPT_JSON, 0, "json", NULL,
     CMD_INSPECT | CMD_FIND | CMD_MODEL_LIST | CMD_MODEL_INFO | CMD_MODEL_VERIFY,
     "one JSON object a line"},
    {OPT_JSON, 0, "json", NULL, CMD_REPORT, "one JSON object with everything"},
    {OPT_MAX_PIXELS, 0, "max-pixels", "N", CMD_READING | CMD_INSPECT | CMD_MODEL_TRACE,
     "largest page image in pixels (default 200000000)"},
    {OPT_MAX_PAGES, 0, "max-pages", "N", CMD_READING | CMD_INSPECT | CMD_MODEL_TRACE,
     "refuse documents with more pages (default: no limit)"},
    {OPT_MAX_BYTES, 0, "max-bytes", "N", CMD_READING | CMD_INSPECT | CMD_MODEL_TRACE,
     "refuse larger files; k, M and G work (default 4G)"},
    {OPT_JOBS, 'j', "jobs", "N", CMD_BATCH,
     "documents at a time, one thread each (default: from processors and memory; never more than "
     "there are processors)"},
    {OPT_MAX_MEMORY, 0, "max-memory", "SIZE", CMD_BATCH,
     "memory of the whole run; jobs wait for it, and a page that needs more fails; k, M and G work "
     "(default: 80 % of what is free)"},
    {OPT_MAX_MEMORY, 0, "max-memory", "SIZE", CMD_CONVERT | CMD_INSPECT | CMD_MODEL_TRACE,
     "memory of the process that parses the document; k, M and G work (default: 4G)"},
    {OPT_TIMEOUT, 0, "timeout", "SECONDS", CMD_CONVERT,
     "longest time for a page, which fails then (default: no limit)"},
    {OPT_TIMEOUT, 0, "timeout", "SECONDS", CMD_BATCH,
     "longest time for a page, which fails then (default: 120; with --reader vlm 3600)"},
    {OPT_DOCUMENT_TIMEOUT, 0, "document-timeout", "SECONDS", CMD_READING,
     "longest time for a document; the pages left then fail (default: no limit)"},
    {OPT_RESUME, 0, "resume", NULL, CMD_BATCH,
     "go on with the batch in DIR: what is done is kept, what changed is done again"},
    {OPT_RETRY_FAILED, 0, "retry-failed", NULL, CMD_BATCH,
     "with --resume: try again what failed, too (say, with more time or passwords)"},
    {OPT_CHECKPOINT, 0, "checkpoint", NULL, CMD_BATCH,
     "keep the pages of long documents under way in DIR/.recto-pages*, so that --resume goes on "
     "inside them; text of documents lies there until they are done"},
    {OPT_WATCH, 0, "watch", NULL, CMD_BATCH,
     "take files as they arrive in the folders, when they are complete, until stopped; goes on "
     "with "
     "a batch that is there"},
    {OPT_DRY_RUN, 0, "dry-run", NULL, CMD_BATCH,
     "write nothing, but say what would be done: files, pages by reader, what would fail, and "
     "roughly how long it would take; with -v a line for each file"},
    {OPT_SHARD, 0, "shard", "K/N", CMD_BATCH,
     "do only part K of N, split by a hash of the path; auto: from the environment of a Slurm "
     "array task or a Kubernetes indexed Job"},
    {OPT_FLAT, 0, "flat", NULL, CMD_BATCH, "all results in DIR itself: 2019/a.pdf as 2019~a.pdf"},
    {OPT_DEDUPE, 0, "dedupe", NULL, CMD_BATCH,
     "convert files of equal content once; the others are recorded as its duplicates"},
    {OPT_ATTACHMENTS, 0, "attachments", NULL, CMD_BATCH,
     "convert the files inside PDFs, too: a.pdf/1-NAME"},
    {OPT_INCLUDE, 0, "include", "PATTERN", CMD_BATCH,
     "take only files that match, such as '*.pdf' or '2019/*' (may be given more than once)"},
    {OPT_EXCLUDE, 0, "exclude", "PATTERN", CMD_BATCH,
     "leave out files and folders that match (may be given more than once)"},
    {OPT_HIDDEN, 0, "hidden", NULL, CMD_BATCH, "take files and folders that begin with a dot, too"},
    {OPT_INDEX, 0, "index", NULL, CMD_BATCH,
     "afterwards make DIR/index.sqlite for recto find, or bring it up to date; it holds the text "
     "of "
     "all documents"},
    {OPT_INDEX, 0, "index", NULL, CMD_FIND,
     "first make DIR/index.sqlite, or bring it up to date; it holds the text of all documents"},
    {OPT_LIMIT, 0, "limit", "N", CMD_FIND, "stop after N blocks (default: show all)"},
    {OPT_NICE, 0, "nice", "N", CMD_BATCH, "lower the priority, 1 to 19"},
    {OPT_KEEP_GOING, 0, "keep-going", NULL, CMD_READING, "go on after a document failed (default)"},
    {OPT_ABORT, 0, "abort-on-error", NULL, CMD_READING, "stop at the first document that failed"},
    {OPT_PROGRESS, 0, "progress", "auto|never|json", CMD_READING,
     "auto: a line on a terminal (default); never; json: objects, one a line, on standard error"},
    {OPT_QUIET, 'q', "quiet", NULL, CMD_READING | CMD_INSPECT | CMD_FIND | CMD_MODEL_VERIFY,
     "errors only"},
    {OPT_VERBOSE, 'v', "verbose", NULL, CMD_READING, "say what was done with each document"},
    {OPT_NO_SANDBOX, 0, "no-sandbox", NULL, ~0u,
     "go on where the kernel refuses the sandbox: a hostile document that takes over the process "
     "that parses it is not held back; the results say so"},
    {OPT_HELP, 'h', "help", NULL, ~0u, "this text"},
};

enum { N_OPTIONS = sizeof OPTIONS / sizeof *OPTIONS };

const cli_option *cli_options(int *n_out)
{
    *n_out = N_OPTIONS;
    return OPTIONS;
}

bool cli_is_choice(const char *argument)
{
    return argument != NULL && strchr(argument, '|') != NULL &&
           strpbrk(argument, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL;
}

/* Index of value among the row's choices, -1 if it is none of them. */
static int parse_choice(const cli_option *row, const char *value)
{
    size_t len = strlen(value);
    int i = 0;
    for (const char *p = row->argument;; p++, i++) {
        size_t n = strcspn(p, "|");
        if (n == len && memcmp(p, value, n) == 0)
            return i;
        p += n;
        if (*p == '\0')
            return -1;
    }
}

/* "a, b or c" of "a|b|c". */
static const char *list_choices(char *out, size_t cap, const char *values)
{
    size_t at = 0;
    for (const char *p = values; *p != '\0' && at < cap; p += *p == '|') {
        int len = (int)strcspn(p, "|");
        const char *before = p == values ? "" : strchr(p, '|') != NULL ? ", " : " or ";
        at += (size_t)snprintf(out + at, cap - at, "%s%.*s", before, len, p);
        p += len;
    }
    return out;
}

/* Options of recto batch; NULL, or what the value must be. */
static const char *set_batch_option(cli_args *a, int id, const char *value)
{
    cli_batch_args *b = &a->batch;
    int64_t n = 0;
    switch (id) {
    case OPT_BATCH_OUTPUT:
        a->output = value;
        return value[0] != '\0' && strcmp(value, "-") != 0 ? NULL : "a folder";
    case OPT_JOBS:
        b->jobs = recto_options_count(&n, value, 1, 1024) ? (int)n : 0;
        return b->jobs > 0 ? NULL : "from 1 to 1024";
    case OPT_MAX_MEMORY:
        return recto_options_count(&b->max_memory, value, 1, (int64_t)1 << 50)
                   ? NULL
                   : "a number of bytes, such as 4G";
    case OPT_NICE:
        b->nice = recto_options_count(&n, value, 1, 19) ? (int)n : 0;
        return b->nice > 0 ? NULL : "from 1 to 19";
    case OPT_SHARD:
        b->shard_text = value;
        return NULL;
    case OPT_INCLUDE:
        if (b->n_include == MAX_PATTERNS)
            return "given at most 64 times";
        b->include[b->n_include++] = value;
        return NULL;
    case OPT_EXCLUDE:
        if (b->n_exclude == MAX_PATTERNS)
            return "given at most 64 times";
        b->exclude[b->n_exclude++] = value;
        return NULL;
    case OPT_RESUME:
        b->resume = true;
        return NULL;
    case OPT_RETRY_FAILED:
        b->retry_failed = true;
        return NULL;
    case OPT_CHECKPOINT:
        b->checkpoint = true;
        return NULL;
    case OPT_DRY_RUN:
        b->dry_run = true;
        return NULL;
    case OPT_WATCH:
        b->watch = b->resume = true;
        return NULL;
    case OPT_FLAT:
        b->flat = true;
        return NULL;
    case OPT_DEDUPE:
        b->dedupe = true;
        return NULL;
    case OPT_ATTACHMENTS:
        b->attachments = true;
        return NULL;
    case OPT_INDEX:
        a->find.index = true;
        return NULL;
    default: /* OPT_HIDDEN */
        b->hidden = true;
        return NULL;
    }
}

/* Set one option; NULL, or what its value must be.  choice is the value's place in the row's
 * "a|b|c", which has been checked. */
static const char *set_option(cli_args *a, const cli_option *row, const char *value, int choice)
{
    int64_t n = 0;
    switch (row->id) {
    case OPT_OUTPUT:
        a->output = value;
        return value[0] != '\0' ? NULL : "a folder or -";
    case OPT_TO:
        a->to = value;
        return NULL;
    case OPT_PASSWORD_FILE:
        a->password_file = value;
        return NULL;
    case OPT_JSON:
        a->json = true;
        return NULL;
    case OPT_KEEP_GOING:
    case OPT_ABORT:
        a->abort_on_error = row->id == OPT_ABORT;
        return NULL;
    case OPT_PROGRESS:
        a->progress = (cli_progress_mode)choice;
        return NULL;
    case OPT_QUIET:
        a->verbosity = -1;
        return NULL;
    case OPT_VERBOSE:
        a->verbosity = 1;
        return NULL;
    case OPT_LIMIT:
        return recto_options_count(&a->find.limit, value, 1, INT32_MAX) ? NULL : "1 or more";
    case OPT_NO_SANDBOX:
        a->run.unsandboxed = true;
        return NULL;
    case OPT_HELP:
        a->help = true;
        return NULL;
    case OPT_PROMPT:
        a->prompt = value;
        return NULL;
    case OPT_TRACE_OUTPUT:
        a->output = value;
        return value[0] != '\0' && strcmp(value, "-") != 0 ? NULL : "a file";
    case OPT_TOKENS:
        if (!recto_options_count(&n, value, 1, 1 << 20))
            return "from 1 to 1048576";
        a->run.vlm.max_tokens = (int)n;
        return NULL;
    case OPT_BATCH_OUTPUT:
    case OPT_JOBS:
    case OPT_MAX_MEMORY:
    case OPT_NICE:
    case OPT_RESUME:
    case OPT_RETRY_FAILED:
    case OPT_CHECKPOINT:
    case OPT_WATCH:
    case OPT_DRY_RUN:
    case OPT_SHARD:
    case OPT_FLAT:
    case OPT_DEDUPE:
    case OPT_ATTACHMENTS:
    case OPT_INDEX:
    case OPT_INCLUDE:
    case OPT_EXCLUDE:
    case OPT_HIDDEN:
        return set_batch_option(a, row->id, value);
    default: /* settings of the run have one meaning, here and in the library */
        return recto_options_set(&a->run, row->name, value);
    }
}

/* getopt's tables for one command. */
static void fill_tables(struct option *longs, char *letters, unsigned command)
{
    int n = 0;
    *letters++ = ':'; /* tell a missing value from an unknown option */
    for (int i = 0; i < N_OPTIONS; i++) {
        const cli_option *o = &OPTIONS[i];
        if ((o->commands & command) == 0)
            continue;
        longs[n++] = (struct option){o->name, o->argument != NULL ? required_argument : no_argument,
                                     NULL, o->id};
        if (o->letter != 0) {
            *letters++ = o->letter;
            if (o->argument != NULL)
                *letters++ = ':';
        }
    }
    longs[n] = (struct option){0};
    *letters = '\0';
}

static const cli_option *find_row(int c, unsigned command)
{
    for (int i = 0; i < N_OPTIONS; i++)
        if ((OPTIONS[i].commands & command) != 0 &&
            (OPTIONS[i].id == c || (c > 0 && OPTIONS[i].letter == c)))
            return &OPTIONS[i];
    return NULL;
}

/* The lines of the password file; the file's last line may lack its end. */
static int read_passwords(cli_args *a)
{
    recto_bytes bytes;
    recto_error err = {0};
    if (recto_bytes_read(&bytes, a->password_file, 1u << 20, &err) != RECTO_OK) {
        cli_message(NULL, "--password-file: %s", err.msg);
        return EXIT_USAGE;
    }
    const char *p = (const char *)bytes.data, *end = p + bytes.size;
    while (p < end && a->run.n_passwords < MAX_PASSWORDS) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((stop != NULL ? stop : end) - p);
        size_t trimmed = len > 0 && p[len - 1] == '\r' ? len - 1 : len;
        if (trimmed > 0) {
            char *copy = strndup(p, trimmed);
            if (copy != NULL)
                a->passwords[a->run.n_passwords++] = copy;
        }
        p += len + 1;
    }
    recto_bytes_close(&bytes);
    a->run.passwords = (const char *const *)a->passwords;
    return EXIT_OK;
}

/* What cannot go together; NULL if all is well. */
static const char *check_arguments(cli_args *a, unsigned command)
{
    if (command == CMD_MODEL_LIST)
        return a->n_inputs == 0 ? NULL : "model list takes no argument";
    if (command == CMD_MODEL_TRACE && (a->n_inputs != 2 || a->output == NULL))
        return "a model, an image and -o FILE are needed";
    if (command == CMD_REPORT)
        return a->n_inputs == 1 ? NULL : "the output folder of one batch is needed";
    if (command == CMD_FIND && a->n_inputs == 0)
        return "the output folder of a batch is needed";
    if (command == CMD_FIND)
        return a->n_inputs > 1 || a->find.index ? NULL
                                                : "words to look for, or --index, are needed";
    if (a->n_inputs == 0)
        return (command & (CMD_MODEL_INFO | CMD_MODEL_VERIFY)) != 0 ? "no model is named"
                                                                    : "no input is named";
    if (command == CMD_BATCH && a->output == NULL)
        return "a folder for the results is needed: -o DIR";
    if (command == CMD_BATCH && a->batch.retry_failed && !a->batch.resume)
        return "--retry-failed goes with --resume";
    if (command == CMD_BATCH && a->batch.dry_run && a->batch.watch)
        return "--dry-run looks at what is there, --watch waits for what is not";
    return (command & CMD_READING) != 0 ? recto_options_check(&a->run) : NULL;
}

/* What --shard says, maybe with the help of the environment. */
static int read_shard(cli_batch_args *b)
{
    recto_error err;
    b->shard = b->n_shards = 1;
    if (b->shard_text == NULL ||
        recto_plan_shard_parse(&b->shard, &b->n_shards, b->shard_text, &err) == RECTO_OK)
        return EXIT_OK;
    cli_message(NULL, "%s", err.msg);
    return EXIT_USAGE;
}

int cli_parse(cli_args *out, unsigned command, const char *command_name, int argc, char **argv)
{
    struct option longs[N_OPTIONS + 1];
    char letters[2 * N_OPTIONS + 2];
    int c;
    memset(out, 0, sizeof *out);
    recto_options_defaults(&out->run);
    if (command == CMD_MODEL_TRACE)
        out->run.vlm.max_tokens = 64;
    fill_tables(longs, letters, command);
    opterr = 0;
    optind = 1;
    while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const cli_option *row = find_row(c, command);
        if (c == ':') {
            cli_message(NULL, "%s needs a value; see recto %s --help", argv[optind - 1],
                        command_name);
            return EXIT_USAGE;
        }
        if (row == NULL) {
            cli_message(NULL, "there is no option %s; see recto %s --help", argv[optind - 1],
                        command_name);
            return EXIT_USAGE;
        }
        char choices[256];
        int choice = cli_is_choice(row->argument) ? parse_choice(row, optarg) : 0;
        const char *wanted =
            choice >= 0 ? set_option(out, row, row->argument != NULL ? optarg : NULL, choice)
                        : list_choices(choices, sizeof choices, row->argument);
        if (wanted != NULL) {
            cli_message(NULL, "--%s must be %s, not '%s'", row->name, wanted, optarg);
            return EXIT_USAGE;
        }
    }
    out->inputs = argv + optind;
    out->n_inputs = argc - optind;
    const char *wrong = out->help ? NULL : check_arguments(out, command);
    if (wrong != NULL) {
        cli_message(NULL, "%s; see recto %s --help", wrong, command_name);
        return EXIT_USAGE;
    }
    if (out->help)
        return EXIT_OK;
    int code = read_shard(&out->batch);
    return code == EXIT_OK && out->password_file != NULL ? read_passwords(out) : code;
}

void cli_args_free(cli_args *args)
{
    for (int i = 0; i < args->run.n_passwords; i++)
        free(args->passwords[i]);
}

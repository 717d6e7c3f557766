/* recto convert: names the outputs, runs the documents one after another, and turns their fates
 * into an exit code. */
#include "cli/cli.h"

#include "core/folder.h"
#include "pipeline/convert.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct file_id {
    dev_t device;
    ino_t number;
} file_id;

typedef struct run {
    cli_args *args;
    file_id *ids; /* [n_ids] of the inputs that are there */
    int n_ids;
    const recto_writer *forms[MAX_FORMS];
    int n_forms;
    bool to_stdout;
    const char *folder;
    cli_progress progress;
    recto_model_slot slot;
    int n_done, n_failed; /* documents */
    int pages_failed;
    int first_code; /* exit code of the first failed document */
    bool mixed_codes;
} run;

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "stdin" : slash != NULL ? slash + 1 : path;
}

static int by_base_name(const void *pa, const void *pb)
{
    const char *a = *(char *const *)pa, *b = *(char *const *)pb;
    int order = strcmp(base_name(a), base_name(b));
    return order != 0 ? order : strcmp(a, b);
}

/* Two inputs of one name would write the same file. */
static int check_names(const cli_args *a)
{
    size_t n = (size_t)a->n_inputs;
    char **sorted = malloc(n * sizeof *sorted);
    int code = EXIT_OK;
    if (sorted == NULL) {
        cli_message(NULL, "out of memory");
        return EXIT_START;
    }
    memcpy(sorted, a->inputs, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_base_name);
    for (size_t i = 1; i < n && code == EXIT_OK; i++)
        if (strcmp(base_name(sorted[i - 1]), base_name(sorted[i])) == 0) {
            cli_message(NULL,
                        "'%s' and '%s' would write the same outputs; use two calls with "
                        "different folders",
                        sorted[i - 1], sorted[i]);
            code = EXIT_USAGE;
        }
    free(sorted);
    return code;
}

static int check_stdin(const cli_args *a)
{
    int n_stdin = a->password_file != NULL && strcmp(a->password_file, "-") == 0;
    for (int i = 0; i < a->n_inputs; i++)
        n_stdin += strcmp(a->inputs[i], "-") == 0;
    if (n_stdin <= 1)
        return EXIT_OK;
    cli_message(NULL, "standard input can be read only once");
    return EXIT_USAGE;
}

/* Do several documents of the form, one after another, make sense?  A file of markup has one root.
 */
static bool may_follow(const recto_writer *form)
{
    static const char *const whole[] = {"html", "hocr", "alto", "page"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (strcmp(form->name, whole[i]) == 0)
            return false;
    return true;
}

static int check_usage(run *r)
{
    const cli_args *a = r->args;
    r->to_stdout = a->output != NULL && strcmp(a->output, "-") == 0;
    r->folder = r->to_stdout || a->output == NULL ? "." : a->output;
    int code = cli_forms(r->forms, &r->n_forms,
                         a->to != NULL  ? a->to
                         : r->to_stdout ? "md"
                                        : "md,json");
    if (code == EXIT_OK)
        code = cli_forms_fit(&a->run, r->forms, r->n_forms);
    if (code != EXIT_OK)
        return code;
    if (r->to_stdout && (r->n_forms != 1 || !r->forms[0]->text)) {
        cli_message(NULL, "-o - takes exactly one text form, such as --to md");
        return EXIT_USAGE;
    }
    if (r->to_stdout && (a->run.overlay || a->run.images == RECTO_IMAGES_FILES)) {
        cli_message(NULL, "--%s writes files, so it needs a folder: -o DIR",
                    a->run.overlay ? "overlay" : "images files");
        return EXIT_USAGE;
    }
    if (r->to_stdout && a->n_inputs > 1 && !may_follow(r->forms[0])) {
        cli_message(NULL, "-o - takes one document of the form %s; several need a folder: -o DIR",
                    r->forms[0]->name);
        return EXIT_USAGE;
    }
    if (r->to_stdout && strcmp(r->forms[0]->name, "json") == 0 && a->n_inputs > 1)
        r->forms[0] = recto_writer_json_compact();
    code = check_stdin(a);
    return code == EXIT_OK && !r->to_stdout ? check_names(a) : code;
}

static int make_folder(const char *folder)
{
    recto_error err = {0};
    if (recto_folder_make(folder, &err) == RECTO_OK)
        return EXIT_OK;
    cli_message(NULL, "%s", err.msg);
    return EXIT_START;
}

/* FOLDER/NAME.SUFFIX; NULL if out of memory. */
static char *output_path(const run *r, const char *input, const char *suffix)
{
    const char *name = base_name(input);
    size_t size = strlen(r->folder) + strlen(name) + strlen(suffix) + 2;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s/%s%s", r->folder, name, suffix);
    return path;
}

/* Remember which files the inputs are; false if out of memory. */
static bool know_inputs(run *r)
{
    struct stat st;
    r->ids = malloc((size_t)r->args->n_inputs * sizeof *r->ids);
    for (int i = 0; r->ids != NULL && i < r->args->n_inputs; i++)
        if (strcmp(r->args->inputs[i], "-") != 0 && stat(r->args->inputs[i], &st) == 0)
            r->ids[r->n_ids++] = (file_id){st.st_dev, st.st_ino};
    return r->ids != NULL;
}

/* Would writing path overwrite one of the inputs? */
static bool is_input(const run *r, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    for (int i = 0; i < r->n_ids; i++)
        if (r->ids[i].device == st.st_dev && r->ids[i].number == st.st_ino)
            return true;
    return false;
}

/* The same for files of a page or table, such as INPUT.page-N.picture-K.png and INPUT.table-K.csv,
 * whose numbers are not known yet: is an input of such a name where they go? */
static bool page_file_is_input(const run *r, const char *input)
{
    const char *stem = base_name(input);
    size_t len = strlen(stem);
    bool found = false;
    for (int i = 0; i < r->args->n_inputs && !found; i++) {
        const char *name = base_name(r->args->inputs[i]);
        if (strncmp(name, stem, len) != 0 ||
            (strncmp(name + len, ".page-", 6) != 0 && strncmp(name + len, ".table-", 7) != 0))
            continue;
        char *path = output_path(r, name, "");
        found = path == NULL || is_input(r, path);
        free(path);
    }
    return found;
}

/* Name the outputs of one input; paths are the caller's to free, also after an error. */
static recto_status name_outputs(recto_output *outputs, char **paths, const run *r,
                                 const char *input, const char *base, recto_error *err)
{
    for (int i = 0; i < r->n_forms; i++) {
        outputs[i] = (recto_output){.writer = r->forms[i], .fd = STDOUT_FILENO};
        if (r->to_stdout)
            continue;
        paths[i] = output_path(r, input, r->forms[i]->suffix);
        outputs[i].path = paths[i];
        if (paths[i] == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        if (is_input(r, paths[i]))
            return recto_error_set(err, RECTO_ERR_OUTPUT, "the output %s would overwrite an input",
                                   paths[i]);
    }
    bool many = base != NULL;
    for (int i = 0; i < r->n_forms && !r->to_stdout; i++)
        many = many || r->forms[i]->parts;
    if (many && page_file_is_input(r, input))
        return recto_error_set(err, RECTO_ERR_OUTPUT,
                               "a file of a page or table of %s would overwrite an input", input);
    return RECTO_OK;
}

static recto_status convert_one(run *r, const char *input, recto_convert_result *result,
                                recto_error *err)
{
    recto_output outputs[MAX_FORMS];
    char *paths[MAX_FORMS] = {0};
    bool page_files = r->args->run.overlay || r->args->run.images == RECTO_IMAGES_FILES;
    char *base = page_files ? output_path(r, input, "") : NULL;
    recto_status st = RECTO_OK;
    if (page_files && base == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st == RECTO_OK)
        st = name_outputs(outputs, paths, r, input, base, err);
    if (st == RECTO_OK)
        st = recto_convert_document(result,
                                    &(recto_convert_job){.path = input,
                                                         .fd = -1,
                                                         .outputs = outputs,
                                                         .n_outputs = r->n_forms,
                                                         .base = base,
                                                         .opt = &r->args->run,
                                                         .slot = &r->slot},
                                    err);
    for (int i = 0; i < r->n_forms; i++)
        free(paths[i]);
    free(base);
    return st;
}

static void note_failure(run *r, int code)
{
    r->mixed_codes = r->mixed_codes || (r->n_failed > 0 && code != r->first_code);
    if (r->n_failed++ == 0)
        r->first_code = code;
}

static void report(run *r, const char *input, recto_status st, const recto_convert_result *result,
                   const recto_error *err)
{
    cli_progress_clear(&r->progress);
    if (st != RECTO_OK) {
        if (st != RECTO_ERR_CANCELLED)
            cli_message(input, "%s%s", err->msg, cli_advice(st, err->msg));
        note_failure(r, cli_exit_code(st));
        return;
    }
    r->n_done++;
    r->pages_failed += result->n_failed + result->n_undrawn;
    if (result->n_failed + result->n_undrawn > 0)
        cli_message(input, "%s%s%s", result->first_failure.msg,
                    cli_advice(result->first_failure.code, result->first_failure.msg),
                    result->n_failed > 1 ? " (and other pages; the outputs say which)" : "");
    if (r->args->verbosity > 0)
        cli_message(input, "%d page%s, %d blank, %d failed", result->n_pages,
                    result->n_pages == 1 ? "" : "s", result->n_blank, result->n_failed);
}

/* Errors after which the next document would fail alike.  An output that fails for its name (too
 * long, or that of an input) is no such error. */
static bool stops_run(recto_status st, const recto_error *err)
{
    return st == RECTO_ERR_CANCELLED || st == RECTO_ERR_MODEL ||
           (st == RECTO_ERR_OUTPUT && err->sys != 0 && err->sys != ENAMETOOLONG);
}

/* One document fails with its own code; of several, some failing is EXIT_SOME, all failing alike is
 * their code.  stopped_by: what ended the run early, or RECTO_OK. */
static int final_code(const run *r, recto_status stopped_by)
{
    if (cli_interrupted())
        return EXIT_INTERRUPTED;
    if (stopped_by != RECTO_OK)
        return cli_exit_code(stopped_by);
    if (r->n_failed > 0 && r->n_done == 0 && !r->mixed_codes)
        return r->first_code;
    return r->n_failed > 0 || r->pages_failed > 0 ? EXIT_SOME : EXIT_OK;
}

int cli_convert(cli_args *args)
{
    run r = {.args = args};
    int code = check_usage(&r);
    if (code == EXIT_OK && !r.to_stdout && args->output != NULL)
        code = make_folder(r.folder);
    if (code == EXIT_OK)
        code = cli_start_parsers(args);
    if (code != EXIT_OK)
        return code;
    if (!know_inputs(&r)) {
        cli_message(NULL, "out of memory");
        return EXIT_START;
    }
    r.progress = cli_progress_start(args);
    args->run.on_page = cli_progress_page;
    args->run.stop = cli_stop_asked;
    args->run.user = &r.progress;
    recto_status stopped_by = RECTO_OK;
    for (int i = 0; i < args->n_inputs; i++) {
        recto_convert_result result = {0};
        recto_error err = {0};
        r.progress.document = i + 1;
        recto_status st = convert_one(&r, args->inputs[i], &result, &err);
        report(&r, args->inputs[i], st, &result, &err);
        if (stops_run(st, &err))
            stopped_by = st;
        if (stopped_by != RECTO_OK || (st != RECTO_OK && args->abort_on_error))
            break;
    }
    recto_model_slot_close(&r.slot);
    free(r.ids);
    return final_code(&r, stopped_by);
}

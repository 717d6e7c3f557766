/* recto inspect: one description a file on standard output. */
#include "cli/cli.h"

#include "pipeline/inspect.h"

static bool stop_asked(void *user, const char *name, int page_done, int n_pages)
{
    (void)user;
    (void)name;
    (void)page_done;
    (void)n_pages;
    return cli_interrupted();
}

int cli_inspect(cli_args *args)
{
    int n_failed = 0, n_failed_pages = 0, first_code = EXIT_OK;
    args->run.on_page = stop_asked;
    args->run.stop = cli_stop_asked;
    int code = cli_start_parsers(args);
    if (code != EXIT_OK)
        return code;
    for (int i = 0; i < args->n_inputs; i++) {
        recto_buf out = RECTO_BUF_INIT;
        recto_error err = {0};
        int n_failed_here = 0;
        recto_status st = recto_inspect_document(&out, &n_failed_here, args->inputs[i], args->json,
                                                 &args->run, &err);
        n_failed_pages += n_failed_here;
        if (st == RECTO_OK) {
            fputs(recto_buf_cstr(&out), stdout);
        } else {
            cli_message(args->inputs[i], "%s%s", err.msg, cli_advice(st, err.msg));
            if (n_failed++ == 0)
                first_code = cli_exit_code(st);
        }
        recto_buf_free(&out);
        if (st == RECTO_ERR_CANCELLED)
            return EXIT_INTERRUPTED;
    }
    if (n_failed == 0)
        return n_failed_pages == 0 ? EXIT_OK : EXIT_SOME;
    return n_failed == args->n_inputs ? first_code : EXIT_SOME;
}

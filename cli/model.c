/* recto model list | info | verify | trace. */
#include "cli/cli.h"

#include "pipeline/model_report.h"
#include "pipeline/trace.h"

/* Print what a report wrote, or why it could not. */
static int finish(recto_buf *out, const char *name, recto_status st, const recto_error *err)
{
    fputs(recto_buf_cstr(out), stdout);
    recto_buf_free(out);
    if (st == RECTO_OK)
        return EXIT_OK;
    cli_message(name, "%s", err->msg);
    return cli_exit_code(st);
}

int cli_model_list(cli_args *args)
{
    recto_buf out = RECTO_BUF_INIT;
    recto_error err = {0};
    recto_status st = recto_model_report_list(&out, args->json, &err);
    return finish(&out, NULL, st, &err);
}

/* Reports leave nothing half done: a signal may end them at once. */
int cli_model_info(cli_args *args)
{
    cli_release_signals();
    int code = EXIT_OK;
    for (int i = 0; i < args->n_inputs; i++) {
        recto_buf out = RECTO_BUF_INIT;
        recto_error err = {0};
        recto_status st =
            recto_model_report_info(&out, args->inputs[i], args->run.vlm.mmproj, args->json, &err);
        int here = finish(&out, NULL, st, &err);
        code = code == EXIT_OK ? here : code;
    }
    return code;
}

int cli_model_verify(cli_args *args)
{
    cli_release_signals();
    int code = EXIT_OK;
    for (int i = 0; i < args->n_inputs; i++) {
        recto_buf out = RECTO_BUF_INIT;
        recto_error err = {0};
        int n_faults = 0;
        recto_status st = recto_model_report_verify(&out, &n_faults, args->inputs[i],
                                                    args->run.vlm.mmproj, args->json, &err);
        if (args->verbosity < 0)
            recto_buf_clear(&out);
        int here = finish(&out, NULL, st, &err);
        if (here == EXIT_OK && n_faults > 0) {
            cli_message(args->inputs[i], "%d fault%s", n_faults, n_faults == 1 ? "" : "s");
            here = EXIT_START;
        }
        code = code == EXIT_OK ? here : code;
    }
    return code;
}

int cli_model_trace(cli_args *args)
{
    recto_error err = {0};
    args->run.stop = cli_stop_asked;
    int code = cli_start_parsers(args);
    if (code != EXIT_OK)
        return code;
    recto_status st = recto_trace_image(args->inputs[0], args->inputs[1], args->output,
                                        args->prompt, &args->run, &err);
    if (st == RECTO_OK)
        return EXIT_OK;
    if (st != RECTO_ERR_CANCELLED)
        cli_message(NULL, "%s%s", err.msg, cli_advice(st, err.msg));
    return cli_exit_code(st);
}

/* recto report: what a batch did, on standard output.  A report that could be made is a success,
 * whatever it tells; the object of --json says whether all is done. */
#include "cli/cli.h"

#include "pipeline/report.h"

int cli_report(cli_args *args)
{
    const char *folder = args->inputs[0];
    recto_report *r = NULL;
    recto_buf out = RECTO_BUF_INIT;
    recto_error err = {0};
    recto_status st = recto_report_read(&r, folder, cli_stop_asked, NULL, &err);
    int readable = 0;
    if (st == RECTO_OK) {
        readable = recto_report_readable(r);
        if (args->json)
            recto_report_json(&out, r);
        else
            recto_report_text(&out, r);
        st = recto_buf_status(&out, &err);
    }
    if (st == RECTO_OK)
        fputs(recto_buf_cstr(&out), stdout);
    else
        cli_message(folder, "%s", err.msg);
    recto_buf_free(&out);
    recto_report_free(r);
    if (st == RECTO_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        cli_message(NULL, "cannot write to standard output");
        return EXIT_OUTPUT;
    }
    if (st != RECTO_OK)
        return cli_exit_code(st);
    return readable > 0 ? EXIT_OK : EXIT_INPUT;
}

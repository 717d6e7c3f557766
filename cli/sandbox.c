/* The sandbox as the command line sees it: entered by every command, and the processes that parse.
 */
#include "cli/cli.h"

#include "pipeline/sandbox.h"

/* Far beyond what sound documents take (MuPDF has 1 GiB, an image of 200 million pixels 1.4 GB). */
static const size_t DEFAULT_PARSER_BYTES = (size_t)4 << 30;

int cli_enter_sandbox(cli_args *args)
{
    recto_error err = {0};
    if (args->run.unsandboxed) {
        cli_message(NULL, "warning: --no-sandbox: a hostile document is not held back");
        return EXIT_OK;
    }
    recto_status st = recto_sandbox_enter(RECTO_SANDBOX_ENGINE, &err);
    if (st != RECTO_OK)
        cli_message(NULL, "%s", err.msg);
    return cli_exit_code(st);
}

int cli_start_parsers(cli_args *args)
{
    recto_error err = {0};
    recto_parsers_options opt = {
        .sandbox = !args->run.unsandboxed,
        .memory_bytes =
            args->batch.max_memory > 0 ? (size_t)args->batch.max_memory : DEFAULT_PARSER_BYTES,
    };
    recto_status st = recto_parsers_start(&args->run.parsers, &opt, &err);
    if (st != RECTO_OK)
        cli_message(NULL, "%s", err.msg);
    return cli_exit_code(st);
}

void cli_stop_parsers(cli_args *args)
{
    recto_parsers_stop(args->run.parsers);
    args->run.parsers = NULL;
}

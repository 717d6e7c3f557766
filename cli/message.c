/* What is said on standard error, and the exit code that goes with it. */
#include "cli/cli.h"

#include <stdarg.h>
#include <string.h>

void cli_message(const char *name, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    fputs("recto: ", stderr);
    const char *parts[] = {name, name != NULL ? ": " : "", line};
    for (int i = 0; i < 3; i++)
        for (const char *p = parts[i]; p != NULL && *p != '\0'; p++)
            fputc((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p, stderr);
    fputc('\n', stderr);
}

int cli_exit_code(recto_status st)
{
    switch (st) {
    case RECTO_OK:
        return EXIT_OK;
    case RECTO_ERR_ARG:
        return EXIT_USAGE;
    case RECTO_ERR_OUTPUT:
        return EXIT_OUTPUT;
    case RECTO_ERR_ENCRYPTED:
        return EXIT_ENCRYPTED;
    case RECTO_ERR_NOMEM:
    case RECTO_ERR_MODEL:
    case RECTO_ERR_DEVICE:
        return EXIT_START;
    case RECTO_ERR_CANCELLED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_INPUT;
    }
}

const char *cli_advice(recto_status st, const char *msg)
{
    if (strstr(msg, "--") != NULL)
        return "";
    switch (st) {
    case RECTO_ERR_ENCRYPTED:
        return " (give passwords with --password-file)";
    case RECTO_ERR_LIMIT:
        return " (limits: --max-pixels, --max-pages, --max-bytes)";
    default:
        return "";
    }
}

/* recto: the commands, and what holds for all of them: no core dumps, signals, exit codes. */
#include "cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct command {
    const char *name;
    unsigned bit;
    int (*run)(cli_args *args);
    const char *summary;
} command;

static const command COMMANDS[] = {
    {"convert", CMD_CONVERT, cli_convert, "read documents and write Markdown, JSON, text"},
    {"inspect", CMD_INSPECT, cli_inspect, "say what a file holds and how each page would be read"},
    {"model list", CMD_MODEL_LIST, cli_model_list, "show the models that are installed"},
    {"model info", CMD_MODEL_INFO, cli_model_info, "say what a model is and what it takes"},
    {"model verify", CMD_MODEL_VERIFY, cli_model_verify, "check a model's files"},
    {"model trace", CMD_MODEL_TRACE, cli_model_trace, "write every stage of a model's work"},
};

enum { N_COMMANDS = sizeof COMMANDS / sizeof *COMMANDS };

static volatile sig_atomic_t interrupted;

static void on_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
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

void cli_release_signals(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}

bool cli_stop_asked(void *user)
{
    (void)user;
    return cli_interrupted();
}

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

static void print_usage(FILE *to)
{
    fputs("recto reads documents on this machine: PDFs and scans to Markdown, JSON and text.\n\n"
          "usage: recto COMMAND [OPTIONS] INPUT...\n\n",
          to);
    for (int i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %-13s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
    fputs("\n  recto COMMAND --help   the options of a command\n"
          "  recto --version        the version\n",
          to);
}

/* Confidential input: a crash must not leave a page in a core file. */
static void forbid_core_dumps(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Started with a standard stream closed, the next file that is opened would take its number, and
 * messages or text would be written into it.  The stand-ins refuse what the stream is for. */
static bool fill_streams(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
        if (fd >= 0 && fd < 3) {
            close(fd);
            fd = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    } while (fd >= 0 && fd < 3);
    if (fd >= 3)
        close(fd);
    return fd >= 3;
}

static int run_command(const command *c, int argc, char **argv)
{
    cli_args args;
    int code = cli_parse(&args, c->bit, c->name, argc, argv);
    if (code == EXIT_OK && args.help)
        cli_help(stdout, c->bit);
    else if (code == EXIT_OK)
        code = c->run(&args);
    cli_args_free(&args);
    return code;
}

static int run_named(int argc, char **argv)
{
    const char *name = argv[1];
    bool group = false; /* the first word of commands of two words */
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        puts("recto " RECTO_VERSION);
        return EXIT_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_usage(stdout);
        return EXIT_OK;
    }
    for (int i = 0; i < N_COMMANDS; i++) {
        const char *space = strchr(COMMANDS[i].name, ' ');
        size_t len = space != NULL ? (size_t)(space - COMMANDS[i].name) : strlen(name);
        bool here = strncmp(name, COMMANDS[i].name, len) == 0 && name[len] == '\0';
        if (space == NULL && strcmp(name, COMMANDS[i].name) == 0)
            return run_command(&COMMANDS[i], argc - 1, argv + 1);
        if (space != NULL && here && argc > 2 && strcmp(argv[2], space + 1) == 0)
            return run_command(&COMMANDS[i], argc - 2, argv + 2);
        group = group || (space != NULL && here);
    }
    if (group && (argc == 2 || strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
        print_usage(argc == 2 ? stderr : stdout);
        return argc == 2 ? EXIT_USAGE : EXIT_OK;
    }
    if (group) {
        cli_message(NULL, "there is no command '%s %s'; see recto --help", name, argv[2]);
        return EXIT_USAGE;
    }
    cli_message(NULL, "there is no command '%s'; see recto --help", name);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    forbid_core_dumps();
    if (!fill_streams())
        return EXIT_START;
    cli_catch_signals();
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    int code = run_named(argc, argv);
    /* an error may lie longer back than the last flush */
    if ((fflush(stdout) != 0 || ferror(stdout) != 0) && code == EXIT_OK) {
        cli_message(NULL, "cannot write to standard output");
        code = EXIT_OUTPUT;
    }
    return code;
}

/* recto: finds the command, and sees to what holds for all of them: no core dumps, standard
 * streams. */
#include "cli/table.h"

#include "pipeline/sandbox.h"
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A page's images come and go by megabytes.  By default each goes back to the kernel and the next
 * is cleared anew, some thousand page faults a page; so blocks up to a grey A4 page's size thrice
 * over are kept, up to 64 MiB. */
static void keep_memory(void)
{
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most it takes */
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
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

static int run_command(const cli_command *c, int argc, char **argv)
{
    cli_args args;
    int code = cli_parse(&args, c->bit, c->name, argc, argv);
    if (code == EXIT_OK && args.help)
        cli_help(stdout, c->bit);
    else if (code == EXIT_OK)
        code = cli_enter_sandbox(&args);
    if (code == EXIT_OK && !args.help)
        code = c->run(&args);
    cli_stop_parsers(&args);
    cli_args_free(&args);
    return code;
}

static int run_named(int argc, char **argv)
{
    int n_commands;
    const cli_command *commands = cli_commands(&n_commands);
    const char *name = argv[1];
    bool group = false; /* the first word of commands of two words */
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        puts("recto " RECTO_VERSION);
        return EXIT_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        cli_usage(stdout);
        return EXIT_OK;
    }
    for (int i = 0; i < n_commands; i++) {
        const char *space = strchr(commands[i].name, ' ');
        size_t len = space != NULL ? (size_t)(space - commands[i].name) : strlen(name);
        bool here = strncmp(name, commands[i].name, len) == 0 && name[len] == '\0';
        if (space == NULL && strcmp(name, commands[i].name) == 0)
            return run_command(&commands[i], argc - 1, argv + 1);
        if (space != NULL && here && argc > 2 && strcmp(argv[2], space + 1) == 0)
            return run_command(&commands[i], argc - 2, argv + 2);
        group = group || (space != NULL && here);
    }
    if (group && (argc == 2 || strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
        cli_usage(argc == 2 ? stderr : stdout);
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
    recto_sandbox_no_dumps(); /* a crash must not leave a page in a core file */
    keep_memory();
    if (!fill_streams())
        return EXIT_START;
    cli_catch_signals();
    if (argc < 2) {
        cli_usage(stderr);
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

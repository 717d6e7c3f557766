/*
 * The tables behind the command line.  Parsing, --help, the man pages and the completions of bash,
 * zsh and fish are all made from them (cli/docs.c writes the latter two when the program is built),
 * so that a row added here is known everywhere.
 *
 *   args.c       the options         one row an option (two where a command describes it otherwise)
 *   commands.c   the commands        with what they do, their operands and examples; and what holds
 *                                    for all: exit codes, environment, files
 *
 * Texts are plain: no line breaks, no markup; lines are broken where they are printed.  A new
 * command takes a CMD_* bit in cli.h, a row in commands.c and rows or bits in args.c.
 */
#ifndef RECTO_CLI_TABLE_H
#define RECTO_CLI_TABLE_H

#include "cli/cli.h"

typedef struct cli_option {
    int id;               /* what the parser knows it by, above every letter */
    char letter;          /* 0 = none */
    const char *name;     /* without the dashes */
    const char *argument; /* what stands for the value, NULL = a switch.  "a|b|c" without capitals:
                           * one of these, checked by the parser, in the order of the enum that is
                           * set; "a,b,c" without capitals: some of these; else what --help shows,
                           * where FILE, MODEL and DIR are completed as such */
    unsigned commands;    /* CMD_* where it works */
    const char *help;
} cli_option;

/* A name and what it means. */
typedef struct cli_note {
    const char *name;
    const char *text;
} cli_note;

enum { CLI_MAX_EXAMPLES = 4 };

typedef struct cli_command {
    const char *name; /* one or two words; those with the same first word share a man page */
    unsigned bit;     /* CMD_* */
    int (*run)(cli_args *args);
    const char *summary; /* one line, for recto --help and the head of the man page */
    const char
        *operands; /* as in the usage line; names as in cli_option.argument, INPUT is a file */
    const char *description;
    cli_note examples[CLI_MAX_EXAMPLES]; /* command line, what it does; ends at a NULL name */
} cli_command;

/** The tables, with their lengths. */
const cli_option *cli_options(int *n_out);
const cli_command *cli_commands(int *n_out);
const cli_note *cli_exit_codes(int *n_out);
const cli_note *cli_environment(int *n_out);
const cli_note *cli_files(int *n_out);

/** The value of an option is one of "a|b|c". */
bool cli_is_choice(const char *argument);

/** What the program is, in a sentence. */
const char *cli_purpose(void);
/** What one should know besides: streams, names of outputs, that nothing gets out. */
const char *cli_about(void);

/** Print the commands. */
void cli_usage(FILE *to);

#endif

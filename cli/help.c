/* --help: the tables in lines of 96 columns. */
#include "cli/table.h"

#include <string.h>

enum { WIDTH = 96 };

/* Words of text from column on; later lines begin at indent. */
static void print_words(FILE *to, const char *text, int column, int indent)
{
    int gap = 0; /* spaces before the next word; 0 = nothing of the text stands in this line */
    while (*text != '\0') {
        int len = (int)strcspn(text, " ");
        if (gap > 0 && column + gap + len > WIDTH) {
            fprintf(to, "\n%*s", indent, "");
            column = indent;
            gap = 0;
        }
        column += fprintf(to, "%*s%.*s", gap, "", len, text);
        text += len;
        gap = (int)strspn(text, " ");
        text += gap;
    }
}

/* "  name   text", the text from column on. */
static void print_row(FILE *to, const char *name, const char *text, int column)
{
    bool fits = (int)strlen(name) + 2 < column;
    fprintf(to, "  %-*s", fits ? column - 2 : 0, name);
    if (!fits)
        fprintf(to, "\n%*s", column, "");
    print_words(to, text, column, column);
    fputc('\n', to);
}

static void print_option(FILE *to, const cli_option *o)
{
    char name[96], letter[] = "-x, ";
    letter[1] = o->letter;
    snprintf(name, sizeof name, "%s--%s%s%s", o->letter != 0 ? letter : "    ", o->name,
             o->argument != NULL ? " " : "", o->argument != NULL ? o->argument : "");
    print_row(to, name, o->help, 26);
}

static void print_notes(FILE *to, const char *title, const cli_note *notes, int n, int column)
{
    fprintf(to, "\n%s:\n", title);
    for (int i = 0; i < n; i++)
        print_row(to, notes[i].name, notes[i].text, column);
}

void cli_help(FILE *to, unsigned command)
{
    int n;
    const cli_command *commands = cli_commands(&n);
    for (int i = 0; i < n; i++)
        if (commands[i].bit == command) {
            const char *operands = commands[i].operands;
            fprintf(to, "usage: recto %s [OPTIONS]%s%s\n\n", commands[i].name,
                    operands[0] != '\0' ? " " : "", operands);
            print_words(to, commands[i].description, 0, 0);
            fputs("\n\n", to);
        }
    const cli_option *options = cli_options(&n);
    for (int i = 0; i < n; i++)
        if ((options[i].commands & command) != 0)
            print_option(to, &options[i]);
    const cli_note *codes = cli_exit_codes(&n);
    print_notes(to, "exit codes", codes, n, 7);
    const cli_note *variables = cli_environment(&n);
    print_notes(to, "environment", variables, n, 26);
}

void cli_usage(FILE *to)
{
    int n;
    const cli_command *commands = cli_commands(&n);
    fprintf(to, "%s\n\nusage: recto COMMAND [OPTIONS] INPUT...\n\n", cli_purpose());
    for (int i = 0; i < n; i++)
        fprintf(to, "  %-13s %s\n", commands[i].name, commands[i].summary);
    fputs("\n  recto COMMAND --help   the options of a command\n"
          "  recto --version        the version\n",
          to);
}

/* Man pages in the man(7) macros. */
#include "cli/docs.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH = 76 }; /* of source lines */

/* A word with what roff would take for its own made harmless.  A dash that begins an option or
 * stands in a command line is a minus sign, so that it can be copied; others are hyphens. */
static int put_word(FILE *to, const char *word, int len, bool literal, bool line_start)
{
    int n = 0;
    bool option = false;
    if (line_start && len > 0 && (word[0] == '.' || word[0] == '\''))
        n += fprintf(to, "\\&");
    for (int i = 0; i < len; i++) {
        char c = word[i];
        bool opens = i == 0 || !isalnum((unsigned char)word[i - 1]);
        option = c == '-' ? option || opens : option && (isalnum((unsigned char)c) != 0);
        if (c == '-')
            n += fprintf(to, literal || option ? "\\-" : "-");
        else if (c == '\\')
            n += fprintf(to, "\\e");
        else if (c == '\'')
            n += fprintf(to, "\\(aq");
        else if (c == '~')
            n += fprintf(to, "\\(ti");
        else if (c == '^')
            n += fprintf(to, "\\(ha");
        else if (c == '`')
            n += fprintf(to, "\\(ga");
        else
            n += fprintf(to, "%c", c);
    }
    return n;
}

static void put_literal(FILE *to, const char *text)
{
    put_word(to, text, (int)strlen(text), true, false);
}

/* A paragraph's lines; a sentence (two spaces after it) begins a line of its own. */
static void put_text(FILE *to, const char *text)
{
    int column = 0;
    while (*text != '\0') {
        int len = (int)strcspn(text, " ");
        if (column > 0 && column + 1 + len > WIDTH) {
            fputc('\n', to);
            column = 0;
        }
        if (column > 0)
            column += fprintf(to, " ");
        /* a path or a name of a file is not broken at its dashes */
        bool name = strcspn(text, "/.*~") + 1 < (size_t)len;
        column += put_word(to, text, len, name, column == 0);
        text += len;
        int gap = (int)strspn(text, " ");
        text += gap;
        if (gap > 1 && *text != '\0') {
            fputc('\n', to);
            column = 0;
        }
    }
    fputc('\n', to);
}

static void put_head(FILE *to, const char *name, const char *summary)
{
    fprintf(to, ".\\\" Made by recto-docs from the program's tables (cli/args.c, cli/commands.c).\n"
                ".TH ");
    for (const char *p = name; *p != '\0'; p++)
        fprintf(to, *p == '-' ? "\\-" : "%c", toupper((unsigned char)*p));
    fprintf(to, " 1 " RECTO_DATE " \"recto " RECTO_VERSION "\" \"User Commands\"\n.SH NAME\n");
    put_literal(to, name);
    fprintf(to, " \\- %s\n", summary);
}

static void put_notes(FILE *to, const char *title, const cli_note *notes, int n)
{
    fprintf(to, ".SH %s\n", title);
    for (int i = 0; i < n; i++) {
        fputs(".TP\n.B ", to);
        put_literal(to, notes[i].name);
        fputc('\n', to);
        put_text(to, notes[i].text);
    }
}

/* What is the same on every page. */
static void put_common(FILE *to)
{
    int n;
    const cli_note *notes = cli_exit_codes(&n);
    put_notes(to, "EXIT STATUS", notes, n);
    notes = cli_environment(&n);
    put_notes(to, "ENVIRONMENT", notes, n);
    notes = cli_files(&n);
    put_notes(to, "FILES", notes, n);
}

/* SEE ALSO: the main page and every group but the one named. */
static void put_see_also(FILE *to, const char *self)
{
    docs_group groups[DOCS_MAX_GROUPS];
    int n = docs_groups(groups);
    bool any = self[0] != '\0';
    fputs(".SH SEE ALSO\n", to);
    if (any)
        fputs(".BR recto (1)", to);
    for (int i = 0; i < n; i++) {
        if (strcmp(groups[i].name, self) == 0)
            continue;
        fprintf(to, "%s.BR recto\\-%s (1)", any ? ",\n" : "", groups[i].name);
        any = true;
    }
    fputc('\n', to);
}

/* Capitals stand for something, the rest is to be typed. */
static void put_argument(FILE *to, const char *argument)
{
    for (const char *p = argument; *p != '\0';) {
        bool name = isupper((unsigned char)*p) != 0;
        bool word = islower((unsigned char)*p) != 0 || *p == '-';
        int len = 1;
        for (; p[len] != '\0'; len++) {
            bool upper = isupper((unsigned char)p[len]) != 0;
            bool other = !isalnum((unsigned char)p[len]) && p[len] != '-';
            if (name ? !upper : word ? upper || other : !other)
                break;
        }
        fputs(name ? "\\fI" : word ? "\\fB" : "\\fR", to);
        put_word(to, p, len, true, false);
        p += len;
    }
    fputs("\\fR", to);
}

static void put_option(FILE *to, const cli_option *o)
{
    fputs(".TP\n", to);
    if (o->letter != 0)
        fprintf(to, "\\fB\\-%c\\fR, ", o->letter);
    fputs("\\fB\\-\\-", to);
    put_literal(to, o->name);
    fputs("\\fR", to);
    if (o->argument != NULL) {
        fputc(' ', to);
        put_argument(to, o->argument);
    }
    fputc('\n', to);
    put_text(to, o->help);
}

static void put_synopsis(FILE *to, const cli_command *c)
{
    fputs("\\fBrecto ", to);
    put_literal(to, c->name);
    fputs("\\fR [\\fIOPTIONS\\fR]", to);
    if (c->operands[0] != '\0') {
        fputc(' ', to);
        put_argument(to, c->operands);
    }
    fputc('\n', to);
}

static void put_options(FILE *to, unsigned command)
{
    int n;
    const cli_option *options = cli_options(&n);
    for (int i = 0; i < n; i++)
        if ((options[i].commands & command) != 0)
            put_option(to, &options[i]);
}

static void put_examples(FILE *to, const cli_command *c)
{
    for (int i = 0; i < CLI_MAX_EXAMPLES && c->examples[i].name != NULL; i++) {
        fputs(".TP\n.B ", to);
        put_literal(to, c->examples[i].name);
        fputc('\n', to);
        put_text(to, c->examples[i].text);
    }
}

void docs_man_group(FILE *to, const docs_group *g)
{
    int n;
    const cli_command *commands = cli_commands(&n);
    char name[64], summary[256];
    snprintf(name, sizeof name, "recto-%s", g->name);
    docs_group_summary(summary, sizeof summary, g);
    put_head(to, name, summary);

    fputs(".SH SYNOPSIS\n", to);
    for (int i = g->first; i < n && docs_in_group(&commands[i], g); i++) {
        if (i > g->first)
            fputs(".br\n", to);
        put_synopsis(to, &commands[i]);
    }
    fputs(".SH DESCRIPTION\n", to);
    for (int i = g->first; i < n && docs_in_group(&commands[i], g); i++) {
        if (g->nested)
            fprintf(to, ".SS recto %s\n", commands[i].name);
        put_text(to, commands[i].description);
        if (!g->nested)
            fputs(".SH OPTIONS\n", to);
        put_options(to, commands[i].bit);
        if (commands[i].examples[0].name != NULL && !g->nested)
            fputs(".SH EXAMPLES\n", to);
        put_examples(to, &commands[i]);
    }
    put_common(to);
    put_see_also(to, g->name);
}

void docs_man_main(FILE *to)
{
    docs_group groups[DOCS_MAX_GROUPS];
    int n_groups = docs_groups(groups), n;
    const cli_command *commands = cli_commands(&n);
    put_head(to, "recto", "read documents on this machine");
    fputs(".SH SYNOPSIS\n\\fBrecto\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] \\fIINPUT\\fR...\n.br\n"
          "\\fBrecto\\fR \\fB\\-\\-help\\fR | \\fB\\-\\-version\\fR\n.SH DESCRIPTION\n",
          to);
    put_text(to, cli_purpose());
    put_text(to, cli_about());
    fputs(".SH COMMANDS\n", to);
    for (int i = 0, g = 0; i < n; i++) {
        while (g + 1 < n_groups && !docs_in_group(&commands[i], &groups[g]))
            g++;
        fprintf(to, ".TP\n\\fB%s\\fR (\\fBrecto\\-%s\\fR(1))\n", commands[i].name, groups[g].name);
        put_text(to, commands[i].summary);
    }
    fputs(".SH OPTIONS\n.TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\n"
          "After a command: its options; alone: the commands.\n"
          ".TP\n\\fB\\-V\\fR, \\fB\\-\\-version\\fR\nThe version.\n",
          to);
    put_common(to);
    put_see_also(to, "");
}

/*
 * Completions of bash, zsh and fish.  All three know where they are from the words behind recto: a
 * command is its first word, or its first two.  Bash gets no help from the bash-completion package,
 * which need not be there.
 */
#include "cli/docs.h"

#include <string.h>

/* Text between single quotes of sh, with the characters of special behind a backslash. */
static void put_quoted(FILE *to, const char *text, int len, const char *special)
{
    for (int i = 0; i < len; i++) {
        if (text[i] == '\'')
            fputs("'\\'", to);
        else if (strchr(special, text[i]) != NULL)
            fputc('\\', to);
        fputc(text[i], to);
    }
}

/* "a|b|c" or "a,b,c" with another separator. */
static void put_values(FILE *to, const char *argument, char separator)
{
    for (const char *p = argument; *p != '\0'; p++)
        fputc(*p == '|' || *p == ',' ? separator : *p, to);
}

static void bash_value(FILE *to, const char *argument)
{
    switch (docs_argument_kind(argument)) {
    case DOCS_FILE:
        fputs("_recto_paths -f", to);
        break;
    case DOCS_FOLDER:
        fputs("_recto_paths -d", to);
        break;
    case DOCS_CHOICE:
        fputs("_recto_words '", to);
        put_values(to, argument, ' ');
        fputc('\'', to);
        break;
    case DOCS_LIST:
        fputs("_recto_list '", to);
        put_values(to, argument, ' ');
        fputc('\'', to);
        break;
    case DOCS_TEXT:
        fputc(':', to);
        break;
    }
}

/* The branch of one command: values after options, option names, operands. */
static void bash_command(FILE *to, const cli_command *c)
{
    int n;
    const cli_option *options = cli_options(&n);
    fprintf(to, "    '%s')\n        case $option in\n", c->name);
    for (int i = 0; i < n; i++) {
        const cli_option *o = &options[i];
        if ((o->commands & c->bit) == 0 || o->argument == NULL)
            continue;
        if (o->letter != 0)
            fprintf(to, "        -%c | --%s) ", o->letter, o->name);
        else
            fprintf(to, "        --%s) ", o->name);
        bash_value(to, o->argument);
        fputs(" && return ;;\n", to);
    }
    fputs("        esac\n        _recto_rest '", to);
    for (int i = 0, any = 0; i < n; i++)
        if ((options[i].commands & c->bit) != 0)
            fprintf(to, "%s--%s", any++ ? " " : "", options[i].name);
    docs_kind kind = docs_operand_kind(c->operands);
    fprintf(to, "' %s ;;\n", kind == DOCS_FILE ? "-f" : kind == DOCS_FOLDER ? "-d" : "");
}

static const char BASH_HEAD[] =
    "# Completion of recto for bash.  Made by recto-docs from the program's tables.\n"
    "\n"
    "# Candidates come from compgen, a line each, and go to COMPREPLY; cur is the word so far.\n"
    "_recto_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
    "\n"
    "_recto_paths() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\")\n"
    "}\n"
    "\n"
    "# The last of several values, separated by commas.\n"
    "_recto_list() {\n"
    "    local before=\n"
    "    case $cur in *,*) before=${cur%,*}, ;; esac\n"
    "    compopt -o nospace 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\")\n"
    "}\n"
    "\n"
    "# _recto_rest OPTIONS [-f|-d]: no option's value is wanted\n"
    "_recto_rest() {\n"
    "    if [[ $cur == -* && -z $plain ]]; then\n"
    "        _recto_words \"$1\"\n"
    "    elif [[ -n ${2-} ]]; then\n"
    "        _recto_paths \"$2\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "_recto() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} plain= i\n"
    "    local first=${COMP_WORDS[1]-} command\n"
    "    COMPREPLY=()\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        [[ ${COMP_WORDS[i]} == -- ]] && plain=1 option=\n"
    "    done\n"
    "    # --name=value comes as three words\n"
    "    if [[ $cur == '=' ]]; then\n"
    "        cur=\n"
    "    elif [[ $option == '=' && COMP_CWORD -gt 2 ]]; then\n"
    "        option=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    command=$first\n"
    "    case $first in\n";

void docs_bash(FILE *to)
{
    docs_group groups[DOCS_MAX_GROUPS];
    int n_groups = docs_groups(groups), n;
    const cli_command *commands = cli_commands(&n);
    fputs(BASH_HEAD, to);
    for (int g = 0; g < n_groups; g++) {
        if (!groups[g].nested)
            continue;
        fprintf(to, "    %s)\n        if ((COMP_CWORD == 2)); then\n            _recto_words '",
                groups[g].name);
        for (int i = groups[g].first; i < n && docs_in_group(&commands[i], &groups[g]); i++)
            fprintf(to, "%s ", docs_second_word(&commands[i]));
        fputs(
            "--help'\n            return\n        fi\n        command+=\" ${COMP_WORDS[2]-}\" ;;\n",
            to);
    }
    fputs("    esac\n    if ((COMP_CWORD == 1)); then\n        _recto_words '", to);
    for (int g = 0; g < n_groups; g++)
        fprintf(to, "%s ", groups[g].name);
    fputs("--help --version'\n        return\n    fi\n    case $command in\n", to);
    for (int i = 0; i < n; i++)
        bash_command(to, &commands[i]);
    fputs("    esac\n}\n\ncomplete -F _recto recto\n", to);
}

static void zsh_action(FILE *to, docs_kind kind, const char *argument)
{
    switch (kind) {
    case DOCS_FILE:
        fputs("_files", to);
        break;
    case DOCS_FOLDER:
        fputs("_files -/", to);
        break;
    case DOCS_CHOICE:
        fputc('(', to);
        put_values(to, argument, ' ');
        fputc(')', to);
        break;
    case DOCS_LIST:
        fputs("_values -s , form ", to);
        put_values(to, argument, ' ');
        break;
    case DOCS_TEXT:
        fputc(' ', to);
        break;
    }
}

/* _arguments of one command; indent is the column of its branch. */
static void zsh_command(FILE *to, const cli_command *c, const char *word, int indent)
{
    int n;
    const cli_option *options = cli_options(&n);
    fprintf(to, "%*s%s)\n%*s_arguments -s -S", indent, "", word, indent + 4, "");
    for (int i = 0; i < n; i++) {
        const cli_option *o = &options[i];
        if ((o->commands & c->bit) == 0)
            continue;
        fprintf(to, " \\\n%*s", indent + 8, "");
        if (o->letter != 0)
            fprintf(to, "'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter,
                    o->argument != NULL ? "+" : "", o->name, o->argument != NULL ? "=" : "");
        else
            /* a star: may be given again */
            fprintf(to, o->argument != NULL ? "'*--%s=[" : "'--%s[", o->name);
        put_quoted(to, o->help, docs_brief(o->help), "[]\\");
        fputc(']', to);
        if (o->argument != NULL) {
            fputs(":", to);
            put_quoted(to, o->argument, (int)strlen(o->argument), ":\\");
            fputs(":", to);
            zsh_action(to, docs_argument_kind(o->argument), o->argument);
        }
        fputc('\'', to);
    }
    docs_kind kind = docs_operand_kind(c->operands);
    if (kind != DOCS_TEXT) {
        fprintf(to, " \\\n%*s'*:", indent + 8, "");
        put_quoted(to, c->operands, (int)strcspn(c->operands, " ."), ":\\");
        fputc(':', to);
        zsh_action(to, kind, "");
        fputc('\'', to);
    }
    fputs(" ;;\n", to);
}

/* A menu of words with their meaning: "name:summary" lines of an array. */
static void zsh_menu(FILE *to, const char *name, const char *summary, int indent)
{
    fprintf(to, "%*s'%s:", indent, "", name);
    put_quoted(to, summary, (int)strlen(summary), ":\\");
    fputs("'\n", to);
}

static void zsh_nested(FILE *to, const docs_group *g)
{
    int n;
    const cli_command *commands = cli_commands(&n);
    fprintf(to, "    %s)\n        if ((CURRENT == 2)); then\n            menu=(\n", g->name);
    for (int i = g->first; i < n && docs_in_group(&commands[i], g); i++)
        zsh_menu(to, docs_second_word(&commands[i]), commands[i].summary, 16);
    fputs("            )\n            _describe command menu\n            return\n        fi\n"
          "        shift words\n        ((CURRENT--))\n        case $words[1] in\n",
          to);
    for (int i = g->first; i < n && docs_in_group(&commands[i], g); i++)
        zsh_command(to, &commands[i], docs_second_word(&commands[i]), 8);
    fputs("        esac ;;\n", to);
}

void docs_zsh(FILE *to)
{
    docs_group groups[DOCS_MAX_GROUPS];
    int n_groups = docs_groups(groups), n;
    const cli_command *commands = cli_commands(&n);
    fputs("#compdef recto\n"
          "# Completion of recto for zsh.  Made by recto-docs from the program's tables.\n\n"
          "_recto() {\n    local -a menu\n"
          "    if ((CURRENT == 2)); then\n        menu=(\n",
          to);
    for (int g = 0; g < n_groups; g++) {
        char summary[256];
        docs_group_summary(summary, sizeof summary, &groups[g]);
        zsh_menu(to, groups[g].name, summary, 12);
    }
    fputs("            '--help:the commands'\n            '--version:the version'\n"
          "        )\n        _describe command menu\n        return\n    fi\n"
          "    shift words\n    ((CURRENT--))\n    case $words[1] in\n",
          to);
    for (int g = 0; g < n_groups; g++)
        if (groups[g].nested)
            zsh_nested(to, &groups[g]);
        else
            zsh_command(to, &commands[groups[g].first], groups[g].name, 4);
    fputs("    esac\n}\n\n_recto \"$@\"\n", to);
}

/* The end of a line; fish knows \' and \\ between single quotes. */
static void fish_meaning(FILE *to, const char *text, int len)
{
    fputs(" -d '", to);
    for (int i = 0; i < len; i++)
        fprintf(to, strchr("'\\", text[i]) != NULL ? "\\%c" : "%c", text[i]);
    fputs("'\n", to);
}

static void fish_option(FILE *to, const cli_command *c, const cli_option *o)
{
    fprintf(to, "complete -c recto -n '__recto_at %s' -l %s", c->name, o->name);
    if (o->letter != 0)
        fprintf(to, " -s %c", o->letter);
    switch (docs_argument_kind(o->argument)) {
    case DOCS_FILE:
        fputs(" -r -F", to);
        break;
    case DOCS_FOLDER:
        fputs(" -x -a '(__fish_complete_directories)'", to);
        break;
    case DOCS_CHOICE:
        fputs(" -x -a '", to);
        put_values(to, o->argument, ' ');
        fputc('\'', to);
        break;
    case DOCS_LIST:
        fputs(" -x -a '(__fish_append , ", to);
        put_values(to, o->argument, ' ');
        fputs(")'", to);
        break;
    case DOCS_TEXT:
        if (o->argument != NULL)
            fputs(" -x", to);
        break;
    }
    fish_meaning(to, o->help, docs_brief(o->help));
}

static void fish_second_word(FILE *to, const cli_command *c)
{
    fprintf(to, "complete -c recto -n '__recto_after %.*s' -a %s", (int)strcspn(c->name, " "),
            c->name, docs_second_word(c));
    fish_meaning(to, c->summary, (int)strlen(c->summary));
}

void docs_fish(FILE *to)
{
    docs_group groups[DOCS_MAX_GROUPS];
    int n_groups = docs_groups(groups), n, n_options;
    const cli_command *commands = cli_commands(&n);
    const cli_option *options = cli_options(&n_options);
    fputs("# Completion of recto for fish.  Made by recto-docs from the program's tables.\n\n"
          "# The words behind recto begin with these.\n"
          "function __recto_at\n"
          "    set -l words (commandline -opc)\n"
          "    set -l last (math (count $argv) + 1)\n"
          "    test (count $words) -ge $last\n"
          "    and test \"$words[2..$last]\" = \"$argv\"\n"
          "end\n\n"
          "# Exactly these words stand there.\n"
          "function __recto_after\n"
          "    set -l words (commandline -opc)\n"
          "    test (count $words) -eq (math (count $argv) + 1)\n"
          "    and test \"$words[2..]\" = \"$argv\"\n"
          "end\n\n"
          "complete -c recto -f\n"
          "complete -c recto -n __recto_after -l help -s h -d 'the commands'\n"
          "complete -c recto -n __recto_after -l version -s V -d 'the version'\n",
          to);
    for (int g = 0; g < n_groups; g++) {
        char summary[256];
        docs_group_summary(summary, sizeof summary, &groups[g]);
        fprintf(to, "complete -c recto -n __recto_after -a %s", groups[g].name);
        fish_meaning(to, summary, (int)strlen(summary));
    }
    for (int i = 0; i < n; i++) {
        fputc('\n', to);
        if (docs_second_word(&commands[i])[0] != '\0')
            fish_second_word(to, &commands[i]);
        docs_kind kind = docs_operand_kind(commands[i].operands);
        if (kind == DOCS_FILE)
            fprintf(to, "complete -c recto -n '__recto_at %s' -F\n", commands[i].name);
        else if (kind == DOCS_FOLDER)
            fprintf(to, "complete -c recto -n '__recto_at %s' -a '(__fish_complete_directories)'\n",
                    commands[i].name);
        for (int o = 0; o < n_options; o++)
            if ((options[o].commands & commands[i].bit) != 0)
                fish_option(to, &commands[i], &options[o]);
    }
}

/* recto-docs FOLDER: write recto.1, recto-COMMAND.1, recto.bash, _recto and recto.fish there. */
#include "cli/docs.h"

#include <ctype.h>
#include <string.h>

int docs_groups(docs_group *out)
{
    int n_commands, n = 0;
    const cli_command *commands = cli_commands(&n_commands);
    for (int i = 0; i < n_commands && n < DOCS_MAX_GROUPS; i++) {
        size_t len = strcspn(commands[i].name, " ");
        if (n > 0 && docs_in_group(&commands[i], &out[n - 1]))
            continue;
        out[n] = (docs_group){.nested = commands[i].name[len] == ' ', .first = i};
        snprintf(out[n++].name, sizeof out->name, "%.*s", (int)len, commands[i].name);
    }
    return n;
}

bool docs_in_group(const cli_command *c, const docs_group *g)
{
    size_t len = strcspn(c->name, " ");
    return strlen(g->name) == len && memcmp(c->name, g->name, len) == 0;
}

const char *docs_second_word(const cli_command *c)
{
    const char *space = strchr(c->name, ' ');
    return space != NULL ? space + 1 : "";
}

void docs_group_summary(char *out, size_t cap, const docs_group *g)
{
    int n;
    const cli_command *commands = cli_commands(&n);
    if (!g->nested) {
        snprintf(out, cap, "%s", commands[g->first].summary);
        return;
    }
    size_t at = (size_t)snprintf(out, cap, "the commands");
    for (int i = g->first; i < n && docs_in_group(&commands[i], g) && at < cap; i++)
        at += (size_t)snprintf(out + at, cap - at, "%s %s", i > g->first ? "," : "",
                               docs_second_word(&commands[i]));
}

docs_kind docs_argument_kind(const char *argument)
{
    if (argument == NULL)
        return DOCS_TEXT;
    if (cli_is_choice(argument))
        return DOCS_CHOICE;
    if (strpbrk(argument, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL)
        return strchr(argument, ',') != NULL ? DOCS_LIST : DOCS_TEXT;
    if (strncmp(argument, "DIR", 3) == 0)
        return DOCS_FOLDER;
    return strstr(argument, "FILE") != NULL || strstr(argument, "MODEL") != NULL ? DOCS_FILE
                                                                                 : DOCS_TEXT;
}

docs_kind docs_operand_kind(const char *operands)
{
    if (operands[0] == '\0')
        return DOCS_TEXT;
    bool folder = strncmp(operands, "OUT", 3) == 0 || strncmp(operands, "DIR", 3) == 0;
    return folder && strchr(operands, '|') == NULL ? DOCS_FOLDER : DOCS_FILE;
}

int docs_brief(const char *help)
{
    int len = (int)strcspn(help, ";(");
    const char *stop = strstr(help, ".  ");
    if (stop != NULL && stop - help < len)
        len = (int)(stop - help);
    while (len > 0 && (isspace((unsigned char)help[len - 1]) || help[len - 1] == ','))
        len--;
    return len;
}

/* Open FOLDER/name, let write fill it; false with a message on a fault. */
static bool write_file(const char *folder, const char *name, void (*write)(FILE *),
                       const docs_group *group)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *to = n > 0 && n < (int)sizeof path ? fopen(path, "w") : NULL;
    bool ok = to != NULL;
    if (ok) {
        if (group != NULL)
            docs_man_group(to, group);
        else
            write(to);
        ok = ferror(to) == 0;
        ok = fclose(to) == 0 && ok;
    }
    if (!ok)
        fprintf(stderr, "recto-docs: cannot write %s in %s\n", name, folder);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: recto-docs FOLDER\n", stderr);
        return EXIT_USAGE;
    }
    docs_group groups[DOCS_MAX_GROUPS];
    int n = docs_groups(groups);
    bool ok = write_file(argv[1], "recto.1", docs_man_main, NULL) &&
              write_file(argv[1], "recto.bash", docs_bash, NULL) &&
              write_file(argv[1], "_recto", docs_zsh, NULL) &&
              write_file(argv[1], "recto.fish", docs_fish, NULL);
    for (int i = 0; ok && i < n; i++) {
        char name[64];
        snprintf(name, sizeof name, "recto-%.31s.1", groups[i].name);
        ok = write_file(argv[1], name, NULL, &groups[i]);
    }
    return ok ? EXIT_OK : EXIT_OUTPUT;
}

/* recto-docs: man pages and completions from the tables of cli/table.h, written when the program is
 * built.  Not part of the program. */
#ifndef RECTO_CLI_DOCS_H
#define RECTO_CLI_DOCS_H

#include "cli/table.h"

enum { DOCS_MAX_GROUPS = 64 };

/* Commands with the same first word: one man page, one word to complete. */
typedef struct docs_group {
    char name[32];
    bool nested; /* its commands have a second word */
    int first;   /* index of its first command */
} docs_group;

/** The groups in the order of the table; at most DOCS_MAX_GROUPS are wanted. */
int docs_groups(docs_group *out);
/** The command belongs to the group. */
bool docs_in_group(const cli_command *c, const docs_group *g);
/** What the group does, in a line of a menu. */
void docs_group_summary(char *out, size_t cap, const docs_group *g);
/** The second word of a nested command's name. */
const char *docs_second_word(const cli_command *c);

/* What can be completed where a value stands. */
typedef enum docs_kind {
    DOCS_TEXT = 0, /* nothing */
    DOCS_FILE,
    DOCS_FOLDER,
    DOCS_CHOICE, /* one of a|b|c */
    DOCS_LIST,   /* some of a,b,c */
} docs_kind;

/** Kind of an option's value, or of a command's operands, from the name that stands for it. */
docs_kind docs_argument_kind(const char *argument);
docs_kind docs_operand_kind(const char *operands);
/** Length of the help's first statement: a line of a completion menu. */
int docs_brief(const char *help);

void docs_man_main(FILE *to);
void docs_man_group(FILE *to, const docs_group *g);
void docs_bash(FILE *to);
void docs_zsh(FILE *to);
void docs_fish(FILE *to);

#endif

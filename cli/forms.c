/* The forms of --to. */
#include "cli/cli.h"

#include <string.h>

int cli_forms(const recto_writer **forms, int *n_forms, const char *list)
{
    *n_forms = 0;
    while (*list != '\0') {
        char name[32];
        size_t len = strcspn(list, ",");
        if (len >= sizeof name || *n_forms == MAX_FORMS) {
            cli_message(NULL, "--to: there is no form '%s'", list);
            return EXIT_USAGE;
        }
        memcpy(name, list, len);
        name[len] = '\0';
        const recto_writer *w = recto_writer_lookup(name);
        if (w == NULL) {
            cli_message(NULL, "--to: there is no form '%s'; see --help", name);
            return EXIT_USAGE;
        }
        bool twice = false;
        for (int i = 0; i < *n_forms; i++)
            twice = twice || forms[i] == w;
        if (!twice)
            forms[(*n_forms)++] = w;
        list += len + (list[len] == ',');
    }
    if (*n_forms > 0)
        return EXIT_OK;
    cli_message(NULL, "--to needs a form");
    return EXIT_USAGE;
}

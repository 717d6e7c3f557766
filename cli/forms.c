/* The forms of --to. */
#include "cli/cli.h"

#include <string.h>

/* An option for one form asks for that form. */
static int check_option(const char *option, const char *form, const recto_writer *const *forms,
                        int n_forms)
{
    for (int i = 0; i < n_forms; i++)
        if (strcmp(forms[i]->name, form) == 0)
            return EXIT_OK;
    cli_message(NULL, "--%s is for --to %s", option, form);
    return EXIT_USAGE;
}

int cli_forms_fit(const recto_options *run, const recto_writer *const *forms, int n_forms)
{
    int code = run->keep_layout ? check_option("layout", "txt", forms, n_forms) : EXIT_OK;
    if (code == EXIT_OK && run->pdfa)
        code = check_option("pdfa", "pdf", forms, n_forms);
    return code;
}

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

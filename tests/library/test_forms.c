/* Protects the forms of output as the library hands them out: each through a function, those of
 * several files by their names, and settings that go with forms. */
#include "recto.h"

#include "check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct text {
    char *data; /* NUL-terminated */
    size_t size;
} text;

static int collect(void *user, int page, const void *data, size_t size)
{
    text *t = user;
    (void)page;
    char *grown = realloc(t->data, t->size + size + 1);
    if (grown == NULL)
        return 1;
    memcpy(grown + t->size, data, size);
    t->data = grown;
    t->size += size;
    t->data[t->size] = '\0';
    return 0;
}

static const char *sample(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", getenv("RECTO_SAMPLES"), name);
    return path;
}

static int set_up(void **state)
{
    char message[256];
    recto_engine *engine = NULL;
    assert_int_equal(recto_engine_open(&engine, NULL, message, sizeof message), RECTO_CODE_OK);
    *state = engine;
    return 0;
}

static int tear_down(void **state)
{
    recto_engine_close(*state);
    return 0;
}

static void each_form_comes_through_a_function(void **state)
{
    static const struct {
        const char *form, *begins, *holds;
    } forms[] = {
        {"md", "", "| "},
        {"json", "{", "\"label\": \"table\""},
        {"jsonl", "{", "\"page\""},
        {"txt", "", "\n"},
        {"html", "<!DOCTYPE html>", "<table"},
        {"hocr", "<?xml", "ocrx_word"},
        {"alto", "<?xml", "<String"},
        {"page", "<?xml", "<TextEquiv"},
        {"csv", "", ","},
        {"pdf", "%PDF-", "%%EOF"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        text out = {NULL, 0};
        recto_job *job = recto_job_new(*state);
        assert_int_equal(recto_job_input_file(job, sample("invoice-digital.pdf")), RECTO_CODE_OK);
        assert_int_equal(recto_job_output_function(job, forms[i].form, collect, &out),
                         RECTO_CODE_OK);
        assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
        recto_job_free(job);
        assert_non_null(out.data);
        assert_memory_equal(out.data, forms[i].begins, strlen(forms[i].begins));
        bool found = false; /* a PDF holds zeros */
        for (size_t k = 0; k + strlen(forms[i].holds) <= out.size && !found; k++)
            found = memcmp(out.data + k, forms[i].holds, strlen(forms[i].holds)) == 0;
        assert_true(found);
        free(out.data);
    }
}

static void forms_of_several_files_are_named_after_their_path(void **state)
{
    char folder[] = "/tmp/recto-forms-XXXXXX", front[64], file[96];
    assert_non_null(mkdtemp(folder));
    snprintf(front, sizeof front, "%s/doc", folder);
    recto_job *job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, sample("invoice-digital.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_file(job, "csv", front), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_file(job, "page", front), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
    recto_job_free(job);
    static const char *const endings[] = {".table-1.csv", ".page-1.xml"};
    for (int i = 0; i < 2; i++) {
        snprintf(file, sizeof file, "%s%s", front, endings[i]);
        assert_int_equal(unlink(file), 0);
    }
    assert_int_equal(rmdir(folder), 0); /* nothing else is there */
}

static void settings_of_forms_are_known(void **state)
{
    recto_job *job = recto_job_new(*state);
    assert_int_equal(recto_job_set(job, "images", "embed"), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "layout", "yes"), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "pdfa", "no"), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "images", "some"), RECTO_CODE_ARGUMENT);
    recto_job_free(job);
    text out = {NULL, 0};
    job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, sample("invoice-digital.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "images", "files"), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_function(job, "md", collect, &out), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_ARGUMENT); /* where would they go? */
    recto_job_free(job);
    free(out.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_comes_through_a_function),
        cmocka_unit_test(forms_of_several_files_are_named_after_their_path),
        cmocka_unit_test(settings_of_forms_are_known),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* Protects the search for models: order of the folders, what counts as a model, and the names of
 * what is missing. */
#include "pipeline/model_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"

static char root[64];
static recto_arena *arena;

static void make_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void make_file(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
}

static void set_path(const char *name, const char *value)
{
    char text[512];
    const char *at;
    size_t len = 0;
    for (text[0] = 0; (at = strstr(value, "%s")) != NULL; value = at + 2)
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s%s", (int)(at - value), value,
                                root);
    snprintf(text + len, sizeof text - len, "%s", value);
    setenv(name, text, 1);
}

static int enter(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/recto-find-XXXXXX");
    arena = recto_arena_new(0, 0);
    if (mkdtemp(root) == NULL || arena == NULL)
        return 1;
    unsetenv("RECTO_MODEL_PATH");
    set_path("XDG_DATA_HOME", "%s/data");
    set_path("HOME", "%s/home");
    make_folder("a");
    make_folder("a/zeta");
    make_file("a/zeta/config.json");
    make_file("a/zeta/model.safetensors");
    make_folder("a/quantized");
    make_file("a/quantized/lm-Q4_K.gguf");
    make_file("a/quantized/mmproj-F16.gguf");
    make_file("a/alpha-00001-of-00002.gguf");
    make_file("a/alpha-00002-of-00002.gguf");
    make_folder("a/notes");
    make_file("a/notes/config.json");
    make_folder("b");
    make_folder("b/line-latin");
    make_file("b/line-latin/line-latin.safetensors");
    make_folder("data");
    make_folder("data/recto");
    make_folder("data/recto/models");
    make_folder("data/recto/models/zeta");
    make_file("data/recto/models/zeta/config.json");
    make_file("data/recto/models/zeta/tokenizer.json");
    return 0;
}

static int leave(void **state)
{
    char command[128];
    (void)state;
    recto_arena_free(arena);
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

static void find_lists_models_in_the_order_of_the_folders(void **state)
{
    static const char *const names[] = {"alpha-00001-of-00002", "lm-Q4_K", "zeta", "line-latin",
                                        "zeta"};
    recto_model_place *places;
    size_t n = 0;
    (void)state;
    set_path("RECTO_MODEL_PATH", "%s/a::%s/b:");
    assert_int_equal(recto_model_find_all(&places, &n, arena, NULL), RECTO_OK);
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(places[i].name, names[i]);
        assert_int_equal(places[i].kind, i == 3 ? RECTO_MODEL_LINE : RECTO_MODEL_VLM);
    }
}

static void find_takes_the_first_of_a_name_and_paths_as_they_are(void **state)
{
    const char *path;
    recto_error err = {0};
    char want[256];
    (void)state;
    set_path("RECTO_MODEL_PATH", "%s/a");
    assert_int_equal(recto_model_find_vlm(&path, "zeta", arena, NULL), RECTO_OK);
    snprintf(want, sizeof want, "%s/a/zeta", root);
    assert_string_equal(path, want);
    assert_int_equal(recto_model_find_vlm(&path, "lm-Q4_K", arena, NULL), RECTO_OK);
    snprintf(want, sizeof want, "%s/a/quantized/lm-Q4_K.gguf", root);
    assert_string_equal(path, want);
    assert_int_equal(recto_model_find_vlm(&path, "quantized", arena, NULL), RECTO_OK);
    snprintf(want, sizeof want, "%s/a/quantized", root);
    assert_string_equal(path, want);
    assert_int_equal(recto_model_find_vlm(&path, "./none", arena, NULL), RECTO_OK);
    assert_string_equal(path, "./none"); /* opening it will say what is wrong */
    assert_int_equal(recto_model_find_vlm(&path, "none", arena, &err), RECTO_ERR_MODEL);
    assert_non_null(strstr(err.msg, "'none'"));
    assert_non_null(strstr(err.msg, "/a"));
    unsetenv("RECTO_MODEL_PATH");
    assert_int_equal(recto_model_find_vlm(&path, NULL, arena, NULL), RECTO_OK);
    snprintf(want, sizeof want, "%s/data/recto/models/zeta", root);
    assert_string_equal(path, want);
    setenv("XDG_DATA_HOME", "relative", 1); /* is to be ignored: HOME holds no models */
    assert_int_equal(recto_model_find_vlm(&path, NULL, arena, &err), RECTO_ERR_MODEL);
    assert_non_null(strstr(err.msg, ".local/share/recto/models"));
}

static void find_sees_another_line_reader_only_on_the_named_path(void **state)
{
    const char *dir;
    recto_error err = {0};
    char want[256];
    (void)state;
    assert_int_equal(recto_model_find_line(&dir, arena, NULL), RECTO_OK);
    assert_null(dir);
    set_path("RECTO_MODEL_PATH", "%s/a:%s/b");
    assert_int_equal(recto_model_find_line(&dir, arena, NULL), RECTO_OK);
    snprintf(want, sizeof want, "%s/b/line-latin", root);
    assert_string_equal(dir, want);
    set_path("RECTO_MODEL_PATH", "%s/b/line-latin");
    assert_int_equal(recto_model_find_line(&dir, arena, NULL), RECTO_OK);
    assert_string_equal(dir, want);
    set_path("RECTO_MODEL_PATH", "%s/none");
    assert_int_equal(recto_model_find_line(&dir, arena, &err), RECTO_ERR_MODEL);
    assert_non_null(strstr(err.msg, "RECTO_MODEL_PATH"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(find_lists_models_in_the_order_of_the_folders, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(find_takes_the_first_of_a_name_and_paths_as_they_are, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(find_sees_another_line_reader_only_on_the_named_path, enter,
                                        leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

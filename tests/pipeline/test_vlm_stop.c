/* Protects: a user who stops a run while a model is loaded or answers gets out at the next step,
 * whichever it is, and nothing is left behind (the sanitizers look). */
#include "pipeline/vlm.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"

/* Says stop when it is asked for the left-th time. */
static bool stop_when_done(void *left)
{
    return (*(int *)left)-- == 0;
}

static recto_vlm *open_tiny(void)
{
    char path[1024];
    recto_vlm *m = NULL;
    recto_error err = {0};
    snprintf(path, sizeof path, "%s/vlm/tiny/a/original", getenv("RECTO_TEST_DATA"));
    const recto_vlm_source source = {.path = path};
    assert_int_equal(recto_vlm_open(&m, &source, NULL, &err), RECTO_OK);
    return m;
}

static void loading_stops_before_any_matrix(void **state)
{
    int n = 0;
    (void)state;
    for (;; n++) {
        int left = n;
        recto_error err = {0};
        recto_vlm *m = open_tiny();
        const recto_vlm_load_options load = {
            .kind = RECTO_BACKEND_REF, .n_positions = 64, .stop = stop_when_done, .user = &left};
        recto_status st = recto_vlm_load(m, &load, &err);
        recto_vlm_close(m);
        if (st == RECTO_OK)
            break;
        assert_int_equal(st, RECTO_ERR_CANCELLED);
        assert_int_equal(err.code, RECTO_ERR_CANCELLED);
    }
    /* patches, projector, 4 matrices in each of 3 layers, twice; the head */
    assert_in_range(n, 20, 60);
}

static void answering_stops_at_any_step(void **state)
{
    int n = 0;
    recto_vlm *m = open_tiny();
    const recto_vlm_load_options load = {.kind = RECTO_BACKEND_REF, .n_positions = 64};
    recto_error err = {0};
    recto_image *im = NULL;
    recto_vlm_answer answer;
    (void)state;
    assert_int_equal(recto_vlm_load(m, &load, &err), RECTO_OK);
    assert_int_equal(recto_image_new(&im, 40, 40, 1, &err), RECTO_OK);
    for (;; n++) {
        int left = n;
        const recto_vlm_job job = {.task = RECTO_VLM_TEXT,
                                   .min_tiles = 1,
                                   .max_tiles = 1,
                                   .max_tokens = 5,
                                   .stop = stop_when_done,
                                   .user = &left};
        recto_status st = recto_vlm_ask(&answer, m, im, &job, &err);
        if (st == RECTO_OK)
            break;
        assert_int_equal(st, RECTO_ERR_CANCELLED);
        assert_null(answer.text);
    }
    assert_in_range(n, 3, 200);
    /* the stopped model still answers */
    assert_non_null(answer.text);
    recto_vlm_answer_free(&answer);
    recto_image_free(im);
    recto_vlm_close(m);
}

static void hashing_stops_when_asked_or_closed(void **state)
{
    int now = 0, never = 1 << 20;
    recto_vlm *m = open_tiny();
    (void)state;
    recto_vlm_hash_start(m, stop_when_done, &now);
    assert_null(recto_vlm_sha256(m));
    recto_vlm_hash_start(m, stop_when_done, &never);
    assert_non_null(recto_vlm_sha256(m));
    recto_vlm_close(m);
    m = open_tiny();
    recto_vlm_hash_start(m, NULL, NULL);
    recto_vlm_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_stops_before_any_matrix),
        cmocka_unit_test(answering_stops_at_any_step),
        cmocka_unit_test(hashing_stops_when_asked_or_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Protects: allocations are zeroed, aligned and disjoint; marks free exactly what came after;
 * limits and overflow give NULL and leave the arena usable. */
#include "check.h"

#include "core/arena.h"

#include <stdalign.h>
#include <string.h>

static void allocations_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(64, 0);
    assert_non_null(a);
    unsigned char *kept[200];
    for (size_t i = 0; i < 200; i++) {
        kept[i] = recto_arena_alloc(a, i);
        assert_non_null(kept[i]);
        assert_int_equal((uintptr_t)kept[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(kept[i][k], 0);
        memset(kept[i], (int)i, i);
    }
    for (size_t i = 0; i < 200; i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_equal(kept[i][k], i);
    }
    recto_arena_free(a);
    recto_arena_free(NULL);
}

static void reset_frees_what_came_after_the_mark(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(128, 0);
    char *before = recto_arena_text(a, "before", 6);
    recto_arena_mark mark = recto_arena_here(a);
    size_t used = recto_arena_used(a);
    char *first = recto_arena_alloc(a, 16);
    for (int i = 0; i < 100; i++)
        assert_non_null(recto_arena_alloc(a, 100));
    assert_true(recto_arena_used(a) >= used + 100 * 100);
    recto_arena_reset(a, mark);
    assert_int_equal(recto_arena_used(a), used);
    assert_string_equal(before, "before");
    char *again = recto_arena_alloc(a, 16);
    assert_ptr_equal(again, first);
    for (int k = 0; k < 16; k++)
        assert_int_equal(again[k], 0);
    recto_arena_free(a);
}

static void a_mark_of_an_empty_arena_clears_it(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(0, 0);
    recto_arena_mark mark = recto_arena_here(a);
    assert_non_null(recto_arena_alloc(a, 1 << 20));
    recto_arena_reset(a, mark);
    assert_int_equal(recto_arena_used(a), 0);
    recto_arena_clear(a);
    assert_int_equal(recto_arena_used(a), 0);
    recto_arena_free(a);
}

static void a_cleared_arena_reuses_its_largest_block(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(64, 0);
    void *large = NULL;
    for (int i = 0; i < 12; i++)
        large = recto_arena_alloc(a, (size_t)64 << i);
    recto_arena_clear(a);
    /* the largest block serves the next round from its beginning */
    assert_ptr_equal(recto_arena_alloc(a, 8), large);
    recto_arena_free(a);
}

static void grow_extends_the_newest_in_place_and_copies_others(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(4096, 0);
    int *v = recto_arena_array(a, 4, sizeof *v);
    for (int i = 0; i < 4; i++)
        v[i] = i + 1;
    int *wider = recto_arena_grow(a, v, 4, 8, sizeof *v);
    assert_ptr_equal(wider, v);
    assert_int_equal(wider[3], 4);
    assert_int_equal(wider[7], 0);
    assert_non_null(recto_arena_alloc(a, 1));
    int *moved = recto_arena_grow(a, wider, 8, 16, sizeof *v);
    assert_ptr_not_equal(moved, wider);
    assert_int_equal(moved[3], 4);
    assert_int_equal(moved[15], 0);
    int *far = recto_arena_grow(a, moved, 16, 100000, sizeof *v); /* does not fit in the block */
    assert_int_equal(far[3], 4);
    assert_int_equal(far[99999], 0);
    assert_ptr_equal(recto_arena_grow(a, far, 100000, 10, sizeof *v), far);
    int *fresh = recto_arena_grow(a, NULL, 0, 3, sizeof *v);
    assert_int_equal(fresh[2], 0);
    recto_arena_free(a);
}

static void products_that_overflow_give_null(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(0, 0);
    assert_null(recto_arena_array(a, SIZE_MAX / 2, 3));
    assert_null(recto_arena_alloc(a, SIZE_MAX));
    assert_null(recto_arena_alloc(a, SIZE_MAX - 64));
    char *p = recto_arena_alloc(a, 8);
    assert_null(recto_arena_grow(a, p, 8, SIZE_MAX / 2, 4));
    assert_null(recto_arena_text(a, "", SIZE_MAX));
    assert_non_null(recto_arena_array(a, 0, 8));
    recto_arena_free(a);
}

static void the_limit_holds_and_room_comes_back(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(64, 10000);
    recto_arena_mark mark = recto_arena_here(a);
    int n = 0;
    while (n < 1000 && recto_arena_alloc(a, 100) != NULL)
        n++;
    assert_in_range(n, 50, 100);
    assert_true(recto_arena_used(a) <= 10000);
    char *last = recto_arena_alloc(a, 1);
    assert_true(last == NULL || recto_arena_grow(a, last, 1, 10000, 1) == NULL);
    recto_arena_reset(a, mark);
    assert_non_null(recto_arena_alloc(a, 5000));
    assert_null(recto_arena_alloc(a, 9000));
    recto_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_zeroed_aligned_and_apart),
        cmocka_unit_test(reset_frees_what_came_after_the_mark),
        cmocka_unit_test(a_mark_of_an_empty_arena_clears_it),
        cmocka_unit_test(a_cleared_arena_reuses_its_largest_block),
        cmocka_unit_test(grow_extends_the_newest_in_place_and_copies_others),
        cmocka_unit_test(products_that_overflow_give_null),
        cmocka_unit_test(the_limit_holds_and_room_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

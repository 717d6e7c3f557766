/* Protects: the SHA-256 in every provenance record (FIPS 180-4 examples). */
#include "check.h"

#include "core/hash.h"

#include "core/file.h"
#include <errno.h>
#include <unistd.h>

#include <stdlib.h>
#include <string.h>

static void examples_of_the_standard_hold(void **state)
{
    (void)state;
    char hex[RECTO_SHA256_HEX];
    recto_sha256(hex, "abc", 3);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    recto_sha256(hex, NULL, 0);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    char *million = malloc(1000000);
    assert_non_null(million);
    memset(million, 'a', 1000000);
    recto_sha256(hex, million, 1000000);
    free(million);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Counts down; true at 0. */
static bool stop_at_zero(void *left)
{
    return (*(int *)left)-- == 0;
}

static void hashing_in_pieces_gives_the_same_and_can_be_stopped(void **state)
{
    const size_t size = ((size_t)9 << 20) + 3; /* three pieces */
    char whole[RECTO_SHA256_HEX], pieces[RECTO_SHA256_HEX];
    char *bytes = calloc(1, size);
    int often = 100, twice = 2, never = 0;
    (void)state;
    assert_non_null(bytes);
    bytes[size - 1] = 'x';
    recto_sha256(whole, bytes, size);
    assert_true(recto_sha256_unless(pieces, bytes, size, stop_at_zero, &often));
    assert_string_equal(whole, pieces);
    assert_int_equal(often, 97);
    assert_false(recto_sha256_unless(pieces, bytes, size, stop_at_zero, &twice));
    assert_false(recto_sha256_unless(pieces, bytes, size, stop_at_zero, &never));
    recto_sha256(whole, NULL, 0);
    assert_true(recto_sha256_unless(pieces, NULL, 0, stop_at_zero, &never));
    assert_string_equal(whole, pieces);
    free(bytes);
}

static void a_file_is_hashed_whole_whatever_its_position(void **state)
{
    const size_t size = ((size_t)1 << 19) + 7;
    char whole[RECTO_SHA256_HEX], read_back[RECTO_SHA256_HEX];
    int fd = -1, never = -1, at_once = 0;
    uint64_t read_size = 0;
    recto_error err = {0};
    (void)state;
    char *bytes = calloc(1, size);
    assert_non_null(bytes);
    bytes[0] = 'a';
    assert_int_equal(recto_file_temp(&fd, NULL), RECTO_OK);
    assert_int_equal(recto_sha256_fd(read_back, &read_size, fd, 0, NULL, NULL, &err), RECTO_OK);
    assert_int_equal(read_size, 0);
    recto_sha256(whole, NULL, 0);
    assert_string_equal(read_back, whole);
    assert_int_equal(recto_file_write(fd, bytes, size, NULL), RECTO_OK);
    recto_sha256(whole, bytes, size);
    assert_int_equal(recto_sha256_fd(read_back, &read_size, fd, size, stop_at_zero, &never, &err),
                     RECTO_OK);
    assert_int_equal(read_size, size);
    assert_string_equal(read_back, whole);
    assert_int_equal(recto_sha256_fd(read_back, NULL, fd, size - 1, NULL, NULL, &err),
                     RECTO_ERR_LIMIT);
    assert_int_equal(recto_sha256_fd(read_back, NULL, fd, 0, stop_at_zero, &at_once, &err),
                     RECTO_ERR_CANCELLED);
    close(fd);
    assert_int_equal(recto_sha256_fd(read_back, NULL, fd, 0, NULL, NULL, &err), RECTO_ERR_IO);
    assert_int_equal(err.sys, EBADF);
    free(bytes);
}

/* Any cut gives the hash of the whole; a run that is given nothing gives that of nothing. */
static void a_run_gives_the_hash_of_the_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 55, 56, 63, 64, 65, 1000, 300000};
    uint8_t *bytes = malloc(300000);
    assert_non_null(bytes);
    for (size_t i = 0; i < 300000; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t cut = 0; cut <= sizes[i]; cut += 1 + sizes[i] / 9) {
            char whole[RECTO_SHA256_HEX], pieces[RECTO_SHA256_HEX];
            recto_sha256_run run;
            recto_sha256(whole, bytes, sizes[i]);
            recto_sha256_begin(&run);
            recto_sha256_add(&run, bytes, cut);
            recto_sha256_add(&run, bytes + cut, sizes[i] - cut);
            recto_sha256_end(pieces, &run);
            assert_string_equal(whole, pieces);
        }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_standard_hold),
        cmocka_unit_test(a_run_gives_the_hash_of_the_whole),
        cmocka_unit_test(hashing_in_pieces_gives_the_same_and_can_be_stopped),
        cmocka_unit_test(a_file_is_hashed_whole_whatever_its_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

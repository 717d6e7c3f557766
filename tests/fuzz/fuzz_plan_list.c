/* Any bytes as a list of paths: what separates paths does not depend on how the list is cut into
 * pieces, and every path becomes a key that is text and an output that stays in OUT. */
#include "core/utf8.h"
#include "pipeline/plan_parts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool true_here)
{
    if (!true_here)
        abort();
}

/* No name of it is empty, ".", ".." or too long for a file system. */
static void check_place(const char *place, size_t most, bool flat)
{
    need(place[0] != '/' && (!flat || strchr(place, '/') == NULL));
    for (size_t n; *place != '\0'; place += n + (place[n] == '/')) {
        n = strcspn(place, "/");
        need(n > 0 && n <= most);
        need(!(n == 1 && place[0] == '.') && !(n == 2 && memcmp(place, "..", 2) == 0));
        need(place[n] == '\0' || place[n + 1] != '\0');
    }
}

static recto_status take(void *user, const char *path, recto_error *err)
{
    recto_buf *all = user;
    recto_buf key = RECTO_BUF_INIT;
    (void)err;
    need(path[0] != '\0' && strlen(path) <= RECTO_PLAN_LIST_LINE);
    recto_buf_add(all, path, strlen(path) + 1);
    recto_plan_listed(&key, path);
    need(!key.failed && recto_utf8_valid(recto_buf_cstr(&key), key.len) == key.len);
    for (size_t i = 0; i < key.len; i++)
        need((unsigned char)key.data[i] >= ' ' && key.data[i] != 0x7F);
    check_place(recto_buf_cstr(&key), SIZE_MAX, false);
    recto_arena *arena = recto_arena_new(0, 0);
    for (int flat = 0; key.len > 0 && flat < 2; flat++) {
        const char *output = NULL, *note = NULL;
        need(recto_plan_output(&output, &note, key.data, flat != 0, arena, NULL) == RECTO_OK);
        need((note != NULL) == (strcmp(output, key.data) != 0) && strlen(output) <= 3000);
        check_place(output, 241, flat != 0);
        need(recto_utf8_valid(output, strlen(output)) == strlen(output));
    }
    recto_arena_free(arena);
    recto_buf_free(&key);
    return RECTO_OK;
}

static recto_status parse(recto_buf *all, const uint8_t *data, size_t size, size_t piece)
{
    recto_plan_list list = {.take = take, .user = all};
    recto_error err = {0};
    recto_status st = RECTO_OK;
    if (piece < size && size <= RECTO_PLAN_LIST_HEAD) { /* decided as by a first piece of all */
        list.number = 1;
        list.zeros = size > 0 && memchr(data, 0, size) != NULL;
        if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
            data += 3;
            size -= 3;
        }
    } else if (piece < RECTO_PLAN_LIST_HEAD) {
        piece = RECTO_PLAN_LIST_HEAD;
    }
    for (size_t at = 0; at < size && st == RECTO_OK; at += piece)
        st = recto_plan_list_feed(&list, data + at, size - at < piece ? size - at : piece, &err);
    if (st == RECTO_OK)
        st = recto_plan_list_end(&list, &err);
    recto_buf_free(&list.line);
    need(st == RECTO_OK || (st == RECTO_ERR_FORMAT && err.msg[0] != '\0'));
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_buf whole = RECTO_BUF_INIT, pieces = RECTO_BUF_INIT;
    (void)recto_plan_list_probe(data, size < RECTO_PLAN_LIST_HEAD ? size : RECTO_PLAN_LIST_HEAD);
    recto_status st = parse(&whole, data, size, SIZE_MAX / 2);
    bool utf16 = size >= 2 && (data[0] ^ data[1]) == 1 && (data[0] | 1) == 0xFF; /* refused */
    need(utf16 || parse(&pieces, data, size, 7) == st);
    need(utf16 || whole.len == pieces.len);
    need(whole.len == 0 || utf16 || memcmp(whole.data, pieces.data, whole.len) == 0);
    recto_buf_free(&whole);
    recto_buf_free(&pieces);
    return 0;
}

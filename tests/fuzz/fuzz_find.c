/* Any bytes as a JSON output to be indexed, and as what a user types to look for it: blocks keep
 * their promises, and no words are a fault of FTS5's syntax.  The first byte says which. */
#include "pipeline/find_parts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static recto_status on_block(void *user, const find_block *b, recto_error *err)
{
    int *n = user;
    (void)err;
    require(b->page >= 1 && b->label != NULL && b->text[0] != '\0');
    require(b->px == NULL || strlen(b->px) < 96);
    (*n)++;
    return RECTO_OK;
}

static sqlite3 *open_words(void)
{
    sqlite3 *db = NULL;
    recto_error err;
    require(sqlite3_open(":memory:", &db) == SQLITE_OK);
    require(recto_find_sql_create(db, &err) == RECTO_OK);
    require(sqlite3_exec(db, "INSERT INTO words(text) VALUES('some words to be found')", NULL, NULL,
                         NULL) == SQLITE_OK);
    return db;
}

static void look_for(const char *words)
{
    static sqlite3 *db;
    recto_buf query = RECTO_BUF_INIT;
    recto_error err = {0};
    sqlite3_stmt *stmt = NULL;
    if (db == NULL)
        db = open_words();
    recto_status status = recto_find_query(&query, words, &err);
    require(status == RECTO_OK || status == RECTO_ERR_ARG);
    if (status == RECTO_OK) {
        require(sqlite3_prepare_v2(db, "SELECT rowid FROM words WHERE words MATCH ?1", -1, &stmt,
                                   NULL) == SQLITE_OK);
        require(sqlite3_bind_text(stmt, 1, recto_buf_cstr(&query), -1, SQLITE_STATIC) == SQLITE_OK);
        int rc = sqlite3_step(stmt);
        require(rc == SQLITE_ROW || rc == SQLITE_DONE);
        sqlite3_finalize(stmt);
    }
    recto_buf_free(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *text = malloc(size);
    require(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    if (data[0] == 'q') {
        look_for(text);
    } else {
        int n = 0;
        recto_error err = {0};
        recto_status status = recto_find_pages(text, size - 1, on_block, &n, &err);
        require(status == RECTO_OK || (status == RECTO_ERR_FORMAT && strlen(err.msg) > 0));
    }
    free(text);
    return 0;
}

/* Searchable copies of arbitrary documents, and arbitrary requests for one.
 *
 * First byte 0: the rest is a document; it is copied with text on each page, and the copy must open
 * again with as many pages.  Else the rest is requests to a server that has opened a small PDF (1)
 * or a PNG: two bytes of length, little end first, and so many bytes each. */
#include "vision/source_wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char HASH[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/* Without cross references, which are then made up. */
static const char SMALL_PDF[] =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 2/Kids[3 0 R "
    "3 0 R]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>endobj\n"
    "4 0 obj<</Length 32>>stream\nBT 3 Tr /F 9 Tf (old) Tj ET      \nendstream endobj\n"
    "trailer<</Root 1 0 R>>\n";

static const uint8_t SMALL_PNG[] = {
    0x89, 'P',  'N',  'G',  0x0D, 0x0A, 0x1A, 0x0A, 0,    0,    0,    0x0D, 'I',  'H',
    'D',  'R',  0,    0,    0,    1,    0,    0,    0,    1,    8,    0,    0,    0,
    0,    0x3A, 0x7E, 0x9B, 0x55, 0,    0,    0,    0x0A, 'I',  'D',  'A',  'T',  0x78,
    0x9C, 0x63, 0xF8, 0x0F, 0,    1,    1,    1,    0,    0x1B, 0xB6, 0xEE, 0x56, 0,
    0,    0,    0,    'I',  'E',  'N',  'D',  0xAE, 0x42, 0x60, 0x82};

static void require(bool truth)
{
    if (!truth)
        abort();
}

/* --- documents ----------------------------------------------------------------------------- */

enum { MAX_COPY = 4 << 20, MAX_PAGES = 8 };

static bool drain(recto_buf *out, recto_source *s)
{
    static uint8_t piece[1 << 16];
    size_t got = sizeof piece;
    while (got == sizeof piece && out->len < MAX_COPY) {
        if (recto_source_copy_take(&got, piece, sizeof piece, s, NULL) != RECTO_OK)
            return false;
        recto_buf_add(out, piece, got);
    }
    return got < sizeof piece;
}

static bool copy(recto_buf *out, recto_source *s, const uint8_t *data, size_t size)
{
    const recto_source_copy_options opt = {.producer = "fuzz", .sha256 = HASH};
    recto_word words[2] = {{{10, 10, 30, 20}, "one", 1, 0}, {{35, 10, 60, 20}, "two", 1, 0}};
    recto_line line = {
        .box = {10, 10, 60, 20}, .words = words, .n_words = 2, .baseline = 18, .size = 10};
    bool keeps_input;
    if (recto_source_copy_begin(&keeps_input, s, &opt, NULL) != RECTO_OK)
        return false;
    if (keeps_input)
        recto_buf_add(out, data, size);
    for (int i = 0; i < recto_source_page_count(s) && i < MAX_PAGES; i++) {
        const recto_source_copy_page page = {.index = i,
                                             .width = 100,
                                             .height = 100,
                                             .dpi = 72,
                                             .to_page = RECTO_AFFINE_IDENTITY,
                                             .lines = &line,
                                             .n_lines = 1,
                                             .replace_hidden = true};
        if (recto_source_copy_add(s, &page, NULL) != RECTO_OK || !drain(out, s))
            return false;
    }
    return recto_source_copy_end(s, NULL) == RECTO_OK && drain(out, s);
}

static void try_document(const uint8_t *data, size_t size)
{
    const recto_source_options opt = {.max_pixels = 1 << 20, .max_pages = MAX_PAGES};
    recto_source *s, *again;
    recto_buf out = RECTO_BUF_INIT;
    if (recto_source_open(&s, data, size, &opt, NULL) != RECTO_OK)
        return;
    if (copy(&out, s, data, size) && !out.failed) {
        require(recto_source_open(&again, (const uint8_t *)out.data, out.len, NULL, NULL) ==
                RECTO_OK);
        require(recto_source_page_count(again) == recto_source_page_count(s));
        recto_source_close(again);
    }
    recto_source_close(s);
    recto_buf_free(&out);
}

/* --- requests ------------------------------------------------------------------------------ */

typedef struct requests {
    const uint8_t *at;
    size_t left;
    bool opened;
    uint64_t put; /* bytes of the reply under way */
} requests;

static size_t receive(void *self, void *request, size_t room)
{
    requests *r = self;
    const recto_source_wire_request open = {
        .kind = RECTO_SOURCE_WIRE_OPEN, .dpi = 72, .max_pixels = 1 << 20, .max_pages = 10};
    r->put = 0;
    if (!r->opened) {
        r->opened = true;
        memcpy(request, &open, sizeof open);
        return sizeof open;
    }
    if (r->left < 2)
        return 0;
    size_t n = (size_t)r->at[0] | (size_t)r->at[1] << 8;
    n = n < r->left - 2 ? n : r->left - 2;
    require(n <= room);
    memcpy(request, r->at + 2, n);
    r->at += 2 + n;
    r->left -= 2 + n;
    return n > 0 ? n : sizeof(recto_source_wire_request);
}

static bool put(void *self, uint64_t offset, const void *bytes, size_t size)
{
    requests *r = self;
    (void)bytes;
    r->put = offset + size > r->put ? offset + size : r->put;
    return true;
}

static bool reply(void *self, uint64_t size)
{
    const requests *r = self;
    require(size == r->put && size >= sizeof(recto_source_wire_head));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] == 0) {
        try_document(data + 1, size - 1);
        return 0;
    }
    requests r = {.at = data + 1, .left = size - 1};
    const recto_source_channel channel = {&r, receive, put, reply};
    if (data[0] == 1)
        recto_source_serve(&channel, (const uint8_t *)SMALL_PDF, sizeof SMALL_PDF - 1);
    else
        recto_source_serve(&channel, SMALL_PNG, sizeof SMALL_PNG);
    return 0;
}

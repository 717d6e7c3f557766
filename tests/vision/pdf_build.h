/* Small PDFs put together in memory, for tests: objects in order, a correct cross-reference table.
 *
 * pdf_build_page() makes the usual one: object 1 the catalog, 2 the page tree, 3 the page, 4 its
 * content, 5 Helvetica as /F1, 6 Helvetica with odd codes as /F2, then whatever the test adds. */
#ifndef RECTO_TESTS_PDF_BUILD_H
#define RECTO_TESTS_PDF_BUILD_H

#include "check.h"

#include "core/buf.h"
#include "vision/source.h"

#include <stdio.h>
#include <string.h>

enum { PDF_BUILD_MAX = 512 };

typedef struct pdf_build {
    recto_buf out;
    size_t offset[PDF_BUILD_MAX];
    int n;
} pdf_build;

static inline void pdf_build_object(pdf_build *b, const char *body)
{
    if (b->n == 0)
        recto_buf_text(&b->out, "%PDF-1.6\n");
    assert_true(b->n + 1 < PDF_BUILD_MAX);
    b->offset[++b->n] = b->out.len;
    recto_buf_printf(&b->out, "%d 0 obj\n%s\nendobj\n", b->n, body);
}

/* dict: entries without << >> and /Length. */
static inline void pdf_build_stream(pdf_build *b, const char *dict, const void *bytes, size_t len)
{
    assert_true(b->n + 1 < PDF_BUILD_MAX);
    b->offset[++b->n] = b->out.len;
    recto_buf_printf(&b->out, "%d 0 obj\n<< %s /Length %zu >>\nstream\n", b->n, dict, len);
    recto_buf_add(&b->out, bytes, len);
    recto_buf_text(&b->out, "\nendstream\nendobj\n");
}

static inline void pdf_build_finish(pdf_build *b, const char *trailer)
{
    size_t start = b->out.len;
    recto_buf_printf(&b->out, "xref\n0 %d\n0000000000 65535 f \n", b->n + 1);
    for (int i = 1; i <= b->n; i++)
        recto_buf_printf(&b->out, "%010zu 00000 n \n", b->offset[i]);
    recto_buf_printf(&b->out, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%zu\n%%%%EOF\n",
                     b->n + 1, trailer, start);
    assert_false(b->out.failed);
}

/* Letters a..d of /F2 are fi, acute, dotlessi, softhyphen; e..h are Hebrew by its ToUnicode. */
static const char PDF_BUILD_TO_UNICODE[] =
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def "
    "1 begincodespacerange <00> <FF> endcodespacerange 8 beginbfchar <61> <FB01> <62> <00B4> "
    "<63> <0131> <64> <00AD> <65> <05D0> <66> <05D1> <67> <05D2> <68> <E123> endbfchar endcmap end "
    "end";

/* extra: more entries of the page and its resources, e.g. "/Rotate 90", "/XObject << >>". */
static inline void pdf_build_page(pdf_build *b, const char *content, const char *page_extra,
                                  const char *resources_extra)
{
    char page[1024];
    pdf_build_object(b, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_build_object(b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    snprintf(page, sizeof page,
             "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R %s "
             "/Resources << /Font << /F1 5 0 R /F2 6 0 R >> %s >> >>",
             page_extra, resources_extra);
    pdf_build_object(b, page);
    pdf_build_stream(b, "", content, strlen(content));
    pdf_build_object(b, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
                        "/Encoding /WinAnsiEncoding >>");
    pdf_build_object(b, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R "
                        "/Encoding << /Differences [97 /fi /acute /dotlessi /hyphen] >> >>");
    pdf_build_stream(b, "", PDF_BUILD_TO_UNICODE, strlen(PDF_BUILD_TO_UNICODE));
}

/* Open what was built; fails the test if that is not possible. */
static inline recto_source *pdf_build_open(const pdf_build *b, const recto_source_options *opt)
{
    recto_source *s = NULL;
    recto_error err = {0};
    recto_status status =
        recto_source_open(&s, (const uint8_t *)b->out.data, b->out.len, opt, &err);
    if (status != RECTO_OK)
        fail_msg("%s", err.msg);
    return s;
}

/* One page with this content, opened; *b is to be freed after the source is closed. */
static inline recto_source *pdf_build_content(pdf_build *b, const char *content)
{
    *b = (pdf_build){.out = RECTO_BUF_INIT};
    pdf_build_page(b, content, "", "");
    pdf_build_finish(b, "");
    return pdf_build_open(b, NULL);
}

#endif

/* HTML: one file that needs nothing else.  Each page as it looks, with its words over it to be
 * selected, beside its text as it flows; search, outline, and jumps between a block and its place.
 *
 * All of it works without the script but for search, and the script is ours: a policy in the head
 * allows this very style sheet and this very script (by their hashes), pictures that are in the
 * file and nothing else, so that text from a document can neither run nor load nor send anything.
 *
 * What is kept from page to page: the outline (up to 1 MiB), and, while a text goes on, what stands
 * behind it; if that grows too large, the text is closed and its other part stands where it is. */
#include "text/writer_html.h"

#include "core/hash.h"
#include "text/writer_forms.h"
#include "text/xml.h"

#include <string.h>

/* Some thirty pages with their pictures: tables that go on over more are cut into several. */
enum { HELD_MAX = 8 << 20 };

bool recto_writer_html_keep(recto_writer_html_doc *h, recto_writer_html_kept *kept,
                            const void *bytes, size_t len)
{
    if (len == 0)
        return true;
    if (kept->cap - kept->len < len) {
        size_t cap = kept->cap < 4096 ? 4096 : kept->cap;
        while (cap - kept->len < len)
            cap *= 2;
        char *grown = recto_arena_grow(h->keep, kept->bytes, kept->cap, cap, 1);
        if (grown == NULL)
            return false;
        kept->bytes = grown;
        kept->cap = cap;
    }
    memcpy(kept->bytes + kept->len, bytes, len);
    kept->len += len;
    return true;
}

/* --- head ------------------------------------------------------------------------------------- */

static unsigned nibble(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* 'sha256-BASE64' as a policy names a style sheet or script. */
static void source_hash(recto_buf *out, const char *text)
{
    char hex[RECTO_SHA256_HEX];
    unsigned char digest[32];
    recto_sha256(hex, text, strlen(text));
    for (size_t i = 0; i < sizeof digest; i++)
        digest[i] = (unsigned char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    recto_buf_text(out, "'sha256-");
    recto_xml_base64(out, digest, sizeof digest);
    recto_buf_char(out, '\'');
}

static const char *title_of(const recto_docinfo *info)
{
    if (info->title != NULL && info->title[0] != '\0')
        return info->title;
    return info->source_name == NULL ? "" : info->source_name;
}

static void head(recto_buf *out, const recto_docinfo *info)
{
    recto_buf_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                        "&#39;none&#39;; img-src data:; style-src ");
    recto_buf policy = RECTO_BUF_INIT;
    source_hash(&policy, recto_writer_html_style);
    recto_buf_text(&policy, "; script-src ");
    source_hash(&policy, recto_writer_html_script);
    recto_buf_text(&policy, "; base-uri 'none'; form-action 'none'");
    recto_xml_piece(out, recto_buf_cstr(&policy), policy.len);
    out->failed = out->failed || policy.failed;
    recto_buf_free(&policy);
    recto_buf_text(out, "\">\n<meta name=\"viewport\" content=\"width=device-width, "
                        "initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                        "<meta name=\"robots\" content=\"noindex\">\n"
                        "<meta name=\"generator\" content=\"recto ");
    recto_xml_text(out, info->version == NULL ? "" : info->version);
    recto_buf_text(out, "\">\n<title>");
    recto_xml_text(out, title_of(info));
    recto_buf_text(out, "</title>\n<style>");
    recto_buf_text(out, recto_writer_html_style);
    recto_buf_text(out, "</style>\n</head>\n");
}

static void bar(recto_buf *out, const recto_docinfo *info)
{
    recto_buf_text(out, "<body>\n<header class=\"bar\">\n<a class=\"toout\" href=\"#outline\">"
                        "Outline</a>\n<strong class=\"name\">");
    recto_xml_text(out, info->source_name == NULL ? "" : info->source_name);
    recto_buf_text(
        out,
        "</strong>\n<span class=\"tool js\" hidden>"
        "<button id=\"back\" type=\"button\" title=\"Page before (k)\">‹</button>"
        "<input id=\"number\" inputmode=\"numeric\" size=\"4\" aria-label=\"Page\">"
        "<span id=\"pages\"></span>"
        "<button id=\"on\" type=\"button\" title=\"Next page (j)\">›</button></span>\n"
        "<span class=\"tool js\" role=\"search\" hidden>"
        "<input id=\"words\" type=\"search\" placeholder=\"Search (/)\" aria-label=\"Search\">"
        "<button id=\"before\" type=\"button\" title=\"Match before (Shift+Enter)\">↑</button>"
        "<button id=\"next\" type=\"button\" title=\"Next match (Enter)\">↓</button>"
        "<span id=\"count\" role=\"status\"></span></span>\n"
        "<span class=\"tool js\" hidden>"
        "<button id=\"view\" type=\"button\" title=\"What is shown (v)\">Page and text</button>"
        "<button id=\"theme\" type=\"button\" title=\"Light or dark (t)\">◐</button></span>\n"
        "</header>\n<main lang=\"\">\n");
}

static void fact(recto_buf *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    recto_buf_printf(out, "<dt>%s</dt><dd dir=\"auto\">", name);
    recto_xml_text(out, value);
    recto_buf_text(out, "</dd>\n");
}

static void about(recto_buf *out, const recto_docinfo *info)
{
    recto_buf_text(out, "<details class=\"about\" lang=\"en\"><summary dir=\"auto\">");
    recto_xml_text(out, title_of(info));
    recto_buf_text(out, "</summary>\n<dl>\n");
    fact(out, "File", info->source_name);
    fact(out, "Title", info->title);
    fact(out, "Author", info->author);
    fact(out, "Subject", info->subject);
    fact(out, "Keywords", info->keywords);
    fact(out, "Made with", info->creator);
    fact(out, "Produced by", info->producer);
    fact(out, "Created", info->created);
    fact(out, "Modified", info->modified);
    fact(out, "SHA-256", info->source_sha256);
    recto_buf_printf(out, "<dt>Pages</dt><dd>%d</dd>\n", info->n_pages);
    fact(out, "Read by recto", info->version);
    fact(out, "Model", info->model_name);
    fact(out, "Model SHA-256", info->model_sha256);
    recto_buf_text(out, "</dl></details>\n");
}

static void html_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    recto_writer_html_doc *h = recto_arena_alloc(keep, sizeof *h);
    *state = h;
    if (h == NULL) {
        out->failed = true;
        return;
    }
    h->keep = keep;
    head(out, info);
    bar(out, info);
    about(out, info);
}

/* --- pages ------------------------------------------------------------------------------------ */

static const char *const flag_words[RECTO_FLAG_COUNT] = {
    "blank",
    "read with low confidence",
    "its text layer was not trusted",
    "cut off by a limit",
    "holds a script that cannot be read",
    "holds handwriting",
    "damaged in the source",
    "turned upright",
    "the model repeated itself and was stopped",
    "the model's answer was mended",
    "text that nobody sees was left out",
    "partly read from the image",
};

static void page_head(recto_buf *out, const recto_page *page)
{
    static const char *const readers[RECTO_READER_KIND_COUNT] = {NULL, "text layer", "line reader",
                                                                 "vision-language model"};
    recto_buf_printf(out, "<p class=\"pagehead\" lang=\"en\"><a href=\"#page-%d\">Page %d</a>",
                     page->number, page->number);
    if (page->status == RECTO_OK && readers[page->reader] != NULL) {
        recto_buf_printf(out, " <span>%s", readers[page->reader]);
        if (page->reader == RECTO_READER_LINE)
            recto_buf_printf(out, ", confidence %d %%", recto_xml_percent(page->conf));
        recto_buf_text(out, "</span>");
    }
    for (int bit = 0; bit < RECTO_FLAG_COUNT && page->status == RECTO_OK; bit++) {
        if ((page->flags & 1u << bit) == 0)
            continue;
        recto_buf_text(out, " <span class=\"flag\">");
        recto_xml_text(out, flag_words[bit]);
        recto_buf_text(out, "</span>");
    }
    recto_buf_text(out, "</p>\n");
}

/* What there is to say where there is no text. */
static void page_state(recto_buf *out, const recto_page *page)
{
    if (page->status != RECTO_OK) {
        recto_buf_printf(out, "<p class=\"failed\" lang=\"en\">Page %d could not be read: %s",
                         page->number, recto_status_name(page->status));
        if (page->error != NULL) {
            recto_buf_text(out, " (");
            recto_xml_text(out, page->error);
            recto_buf_char(out, ')');
        }
        recto_buf_text(out, "</p>\n");
    } else if (page->n_blocks == 0) {
        bool blank = (page->flags & RECTO_FLAG_BLANK_PAGE) != 0;
        recto_buf_printf(out, "<p class=\"nothing\" lang=\"en\">%s</p>\n",
                         blank ? "This page is blank." : "No text was found on this page.");
    }
}

/* Page numbers as runs: most documents have one. */
static bool note_page(recto_writer_html_doc *h, int number)
{
    int run[2] = {number, number};
    size_t n = h->runs.len;
    if (n > 0) {
        memcpy(run, h->runs.bytes + n - sizeof run, sizeof run);
        if (run[1] + 1 == number) {
            run[1] = number;
            memcpy(h->runs.bytes + n - sizeof run, run, sizeof run);
            return true;
        }
        run[0] = run[1] = number;
    }
    return recto_writer_html_keep(h, &h->runs, run, sizeof run);
}

static void begin_call(recto_writer_html_doc *h, recto_buf *out, recto_buf *after)
{
    h->out = out;
    h->after = after;
    recto_buf_add(after, h->held.bytes, h->held.len);
    h->held.len = 0;
}

/* What is not written yet waits for the next call. */
static void end_call(recto_writer_html_doc *h)
{
    if (h->joining && h->after->len > HELD_MAX)
        recto_writer_html_close_join(h);
    bool kept = recto_writer_html_keep(h, &h->held, h->after->data, h->after->len);
    h->out->failed = h->out->failed || h->after->failed || !kept;
    recto_buf_free(h->after);
    h->out = h->after = NULL;
    h->page = NULL;
}

static void html_page(recto_buf *out, void *state, const recto_docinfo *info,
                      const recto_page *page)
{
    (void)info;
    recto_writer_html_doc *h = state;
    recto_buf after = RECTO_BUF_INIT;
    if (h == NULL)
        return;
    begin_call(h, out, &after);
    h->page = page;
    h->loose_caption = 0;
    recto_buf *to = recto_writer_html_at(h);
    recto_buf_printf(to, "<section class=\"page\" id=\"page-%d\" aria-label=\"Page %d\">\n",
                     page->number, page->number);
    page_head(to, page);
    recto_writer_html_sheet(h, to);
    recto_buf_text(to, "<div class=\"flow\">\n");
    page_state(to, page);
    for (int i = 0; i < page->n_blocks; i++)
        if (!recto_writer_is_shown(page, i))
            recto_writer_html_block(h, i);
    if (!h->joining)
        recto_writer_html_close_lists(h);
    recto_buf_text(recto_writer_html_at(h), "</div>\n</section>\n");
    out->failed = out->failed || !note_page(h, page->number);
    end_call(h);
}

/* --- end -------------------------------------------------------------------------------------- */

/* The document's own bookmarks, where no headings were found. */
static void bookmarks(recto_buf *out, const recto_docinfo *info)
{
    for (int i = 0; i < info->n_bookmarks; i++) {
        const recto_bookmark *mark = &info->bookmarks[i];
        int level = mark->level < 1 ? 1 : mark->level > 6 ? 6 : mark->level;
        recto_buf_printf(out, "<li class=\"l%d\">", level);
        if (mark->page > 0)
            recto_buf_printf(out, "<a href=\"#page-%d\" dir=\"auto\">", mark->page);
        recto_xml_text(out, mark->title == NULL ? "" : mark->title);
        recto_buf_text(out, mark->page > 0 ? "</a></li>\n" : "</li>\n");
    }
}

static void outline(recto_buf *out, const recto_writer_html_doc *h, const recto_docinfo *info)
{
    recto_buf_text(out, "<nav id=\"outline\" aria-label=\"Outline\">\n");
    if (h->outline.len > 0 || info->n_bookmarks > 0) {
        recto_buf_text(out, "<p class=\"navhead\">Outline</p>\n<ol class=\"outline\" lang=\"\">\n");
        if (h->outline.len > 0)
            recto_buf_add(out, h->outline.bytes, h->outline.len);
        else
            bookmarks(out, info);
        recto_buf_text(out, h->outline_full ? "<li>…</li>\n</ol>\n" : "</ol>\n");
    }
    recto_buf_text(out, "<p class=\"navhead\">Pages</p>\n<p class=\"pagelist\">\n");
    for (size_t at = 0; at < h->runs.len; at += 2 * sizeof(int)) {
        int run[2];
        memcpy(run, h->runs.bytes + at, sizeof run);
        for (int page = run[0]; page <= run[1]; page++)
            recto_buf_printf(out, "<a href=\"#page-%d\">%d</a>\n", page, page);
    }
    recto_buf_text(out, "</p>\n</nav>\n");
}

static void html_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    recto_writer_html_doc *h = state;
    recto_buf after = RECTO_BUF_INIT;
    if (h == NULL)
        return;
    begin_call(h, out, &after);
    recto_writer_html_close_join(h);
    end_call(h);
    recto_buf_text(out, "</main>\n");
    outline(out, h, info);
    recto_buf_text(out, "<script>");
    recto_buf_text(out, recto_writer_html_script);
    recto_buf_text(out, "</script>\n</body>\n</html>\n");
}

const recto_writer recto_writer_html = {
    .name = "html",
    .suffix = ".html",
    .text = true,
    .picture = true,
    .begin = html_begin,
    .page = html_page,
    .end = html_end,
};

/* Taking invisible text out of a content stream: all other bytes stay as they are, only the
 * operators that show text in render mode 3 are cut out with their operands.
 *
 * Showing text also moves the place where the next text begins.  So where visible text follows
 * without a place of its own nothing is cut at all, nor where the stream cannot be told apart
 * safely (inline images, the operator that sets spacing and shows in one). */
#include "vision/pdf_write_update.h"

#include <mupdf/fitz.h>
#include <mupdf/pdf.h>
#include <string.h>

enum { MAX_DEPTH = 256, INVISIBLE = 3 };
static const size_t MAX_BYTES = (size_t)64 << 20;

typedef struct stripper {
    fz_context *ctx;
    const unsigned char *bytes;
    recto_buf *out;
    size_t copied;   /* bytes of the input that are in out or cut */
    size_t operands; /* where those of the operator to come begin */
    int mode;        /* text render mode */
    int depth;       /* of q */
    int saved[MAX_DEPTH];
    int last_number;
    bool moved; /* something cut would have moved the next text */
    bool cut, unsafe;
} stripper;

static void cut(stripper *s, size_t end, const char *instead)
{
    recto_buf_add(s->out, s->bytes + s->copied, s->operands - s->copied);
    recto_buf_text(s->out, instead);
    s->copied = end;
    s->cut = true;
    s->moved = true;
}

static void save(stripper *s)
{
    if (s->depth == MAX_DEPTH)
        s->unsafe = true;
    else
        s->saved[s->depth++] = s->mode;
}

static void show(stripper *s, const char *op, size_t end)
{
    if (s->mode != INVISIBLE) {
        s->unsafe = s->unsafe || s->moved;
        return;
    }
    if (op[0] == '"')
        s->unsafe = true;
    else
        cut(s, end, op[0] == '\'' ? " T*\n" : "\n");
}

static void operate(stripper *s, const char *op, size_t end)
{
    static const char *const places[] = {"Td", "TD", "Tm", "T*", "BT"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strcmp(op, places[i]) == 0)
            s->moved = false;
    }
    if (strcmp(op, "Tj") == 0 || strcmp(op, "TJ") == 0 || strcmp(op, "\"") == 0) {
        show(s, op, end);
    } else if (strcmp(op, "'") == 0) {
        s->moved = false;
        show(s, op, end);
    } else if (strcmp(op, "Tr") == 0) {
        s->mode = s->last_number;
    } else if (strcmp(op, "q") == 0) {
        save(s);
    } else if (strcmp(op, "Q") == 0) {
        s->mode = s->depth > 0 ? s->saved[--s->depth] : s->mode;
    } else if (strcmp(op, "BI") == 0) {
        s->unsafe = true;
    }
}

/* Throws. */
static void read_all(stripper *s, fz_stream *stm, pdf_lexbuf *lex)
{
    for (;;) {
        pdf_token token = pdf_lex(s->ctx, stm, lex);
        size_t end = (size_t)fz_tell(s->ctx, stm);
        if (token == PDF_TOK_EOF || s->unsafe)
            return;
        if (token == PDF_TOK_INT)
            s->last_number = (int)lex->i;
        else if (token == PDF_TOK_REAL)
            s->last_number = (int)lex->f;
        if (token != PDF_TOK_KEYWORD)
            continue;
        operate(s, lex->scratch, end);
        s->operands = end;
    }
}

/* Throws. */
static void strip(stripper *s, pdf_document *doc, pdf_obj *contents)
{
    fz_context *ctx = s->ctx;
    fz_stream *stm = NULL;
    fz_buffer *in = NULL;
    pdf_lexbuf lex;
    pdf_lexbuf_init(ctx, &lex, PDF_LEXBUF_SMALL);
    fz_var(stm);
    fz_var(in);
    fz_try(ctx)
    {
        stm = pdf_open_contents_stream(ctx, doc, contents);
        in = fz_read_all(ctx, stm, 0);
        fz_drop_stream(ctx, stm);
        stm = NULL;
        unsigned char *bytes;
        size_t size = fz_buffer_storage(ctx, in, &bytes);
        s->bytes = bytes;
        s->unsafe = size > MAX_BYTES;
        stm = fz_open_buffer(ctx, in);
        read_all(s, stm, &lex);
        if (s->cut && !s->unsafe)
            recto_buf_add(s->out, bytes + s->copied, size - s->copied);
    }
    fz_always(ctx)
    {
        fz_drop_stream(ctx, stm);
        fz_drop_buffer(ctx, in);
        pdf_lexbuf_fin(ctx, &lex);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

bool recto_pdf_write_strip(recto_buf *out, recto_pdf_doc *d, pdf_obj *contents, int mode)
{
    stripper s = {.ctx = d->ctx, .out = out, .mode = mode};
    strip(&s, d->doc, contents);
    return s.cut && !s.unsafe;
}

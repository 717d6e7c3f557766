/* JSON writing: commas, indentation, escapes.  Numbers are formatted without printf's %f, whose
 * decimal point follows the locale. */
#include "core/json.h"

#include "core/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

recto_json_out recto_json_out_over(recto_buf *buf, bool pretty)
{
    return (recto_json_out){.buf = buf, .pretty = pretty, .first = true};
}

static void indent(recto_json_out *j)
{
    recto_buf_char(j->buf, '\n');
    for (int i = 0; i < j->depth; i++)
        recto_buf_text(j->buf, "  ");
}

/* What stands before a value or a key. */
static void separate(recto_json_out *j)
{
    if (j->after_key) {
        j->after_key = false;
        return;
    }
    if (!j->first)
        recto_buf_char(j->buf, ',');
    if (j->pretty && j->depth > 0) {
        if (j->inline_depth == 0)
            indent(j);
        else if (!j->first)
            recto_buf_char(j->buf, ' ');
    }
    j->first = false;
}

static void begin(recto_json_out *j, char bracket, bool on_one_line)
{
    separate(j);
    recto_buf_char(j->buf, bracket);
    j->depth++;
    if (on_one_line || j->inline_depth > 0)
        j->inline_depth++;
    j->first = true;
}

static void end(recto_json_out *j, char bracket)
{
    j->depth--;
    if (j->inline_depth > 0)
        j->inline_depth--;
    else if (j->pretty && !j->first)
        indent(j);
    recto_buf_char(j->buf, bracket);
    j->first = false;
}

void recto_json_out_begin_object(recto_json_out *j)
{
    begin(j, '{', false);
}

void recto_json_out_end_object(recto_json_out *j)
{
    end(j, '}');
}

void recto_json_out_begin_array(recto_json_out *j)
{
    begin(j, '[', false);
}

void recto_json_out_end_array(recto_json_out *j)
{
    end(j, ']');
}

void recto_json_out_begin_inline_object(recto_json_out *j)
{
    begin(j, '{', true);
}

void recto_json_out_begin_inline_array(recto_json_out *j)
{
    begin(j, '[', true);
}

/* Escaped: what JSON demands, and the controls above ASCII that would upset a terminal. */
static void escaped(recto_buf *b, uint32_t cp)
{
    switch (cp) {
    case '"':
        recto_buf_text(b, "\\\"");
        break;
    case '\\':
        recto_buf_text(b, "\\\\");
        break;
    case '\n':
        recto_buf_text(b, "\\n");
        break;
    case '\r':
        recto_buf_text(b, "\\r");
        break;
    case '\t':
        recto_buf_text(b, "\\t");
        break;
    default:
        if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
            recto_buf_printf(b, "\\u%04" PRIx32, cp);
        else
            recto_buf_utf8(b, cp);
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

static void quoted(recto_buf *b, const char *text)
{
    const char *end_of = text + strlen(text);
    recto_buf_char(b, '"');
    for (const char *p = text; p < end_of;) {
        const char *run = p;
        while (p < end_of && is_plain((unsigned char)*p))
            p++;
        recto_buf_add(b, run, (size_t)(p - run));
        if (p < end_of)
            escaped(b, recto_utf8_next(&p, end_of));
    }
    recto_buf_char(b, '"');
}

void recto_json_out_key(recto_json_out *j, const char *key)
{
    separate(j);
    quoted(j->buf, key);
    recto_buf_text(j->buf, j->pretty ? ": " : ":");
    j->after_key = true;
}

void recto_json_out_text(recto_json_out *j, const char *utf8)
{
    if (utf8 == NULL) {
        recto_json_out_null(j);
        return;
    }
    separate(j);
    quoted(j->buf, utf8);
}

/* Digits of v, at least `least` of them; most of a document is numbers, so no printf here. */
static void digits(recto_buf *b, uint64_t v, int least)
{
    char text[24];
    int at = (int)sizeof text;
    for (int n = 0; n < least || v > 0; n++, v /= 10)
        text[--at] = (char)('0' + v % 10);
    recto_buf_add(b, text + at, sizeof text - (size_t)at);
}

void recto_json_out_int(recto_json_out *j, int64_t v)
{
    separate(j);
    if (v < 0)
        recto_buf_char(j->buf, '-');
    digits(j->buf, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 1);
}

void recto_json_out_real(recto_json_out *j, double v, int decimals)
{
    static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    if (!isfinite(v)) {
        recto_json_out_null(j);
        return;
    }
    separate(j);
    int d = decimals < 0 ? 0 : decimals > 6 ? 6 : decimals;
    double scaled = fabs(v) * (double)powers[d];
    if (scaled >= 9007199254740992.0) { /* 2^53: a double has no decimals left worth rounding */
        char text[40];
        snprintf(text, sizeof text, "%.16e", v);
        text[strcspn(text, "123456789") + 1] = '.'; /* whatever the locale has there */
        recto_buf_text(j->buf, text);
        return;
    }
    uint64_t n = (uint64_t)llround(scaled);
    uint64_t part = n % powers[d];
    if (v < 0 && n != 0)
        recto_buf_char(j->buf, '-');
    digits(j->buf, n / powers[d], 1);
    for (; part != 0 && part % 10 == 0; d--)
        part /= 10;
    if (part == 0)
        return;
    recto_buf_char(j->buf, '.');
    digits(j->buf, part, d);
}

void recto_json_out_bool(recto_json_out *j, bool v)
{
    separate(j);
    recto_buf_text(j->buf, v ? "true" : "false");
}

void recto_json_out_null(recto_json_out *j)
{
    separate(j);
    recto_buf_text(j->buf, "null");
}

void recto_json_put_text(recto_json_out *j, const char *key, const char *utf8)
{
    recto_json_out_key(j, key);
    recto_json_out_text(j, utf8);
}

void recto_json_put_int(recto_json_out *j, const char *key, int64_t v)
{
    recto_json_out_key(j, key);
    recto_json_out_int(j, v);
}

void recto_json_put_real(recto_json_out *j, const char *key, double v, int decimals)
{
    recto_json_out_key(j, key);
    recto_json_out_real(j, v, decimals);
}

void recto_json_put_bool(recto_json_out *j, const char *key, bool v)
{
    recto_json_out_key(j, key);
    recto_json_out_bool(j, v);
}

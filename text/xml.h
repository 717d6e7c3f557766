/* What the writers of HTML, hOCR, ALTO and PAGE share: text and numbers in markup, boxes on the
 * pixel grid, bytes as data URIs.
 *
 * Markup is written straight into the buffer.  Text that recto_escape_cleaned lets through holds no
 * character that XML 1.0 forbids, so escaping five characters makes any of it well-formed. */
#ifndef RECTO_TEXT_XML_H
#define RECTO_TEXT_XML_H

#include "core/buf.h"
#include "text/doc.h"

/** Append cleaned text for content or a double-quoted attribute. */
void recto_xml_text(recto_buf *out, const char *text);
/** The same for text whose line feeds and runs of spaces count (code). */
void recto_xml_lines(recto_buf *out, const char *text);
/** The same for a piece of text that is clean already. */
void recto_xml_piece(recto_buf *out, const char *text, size_t len);
/** Append ' name="value"'; nothing if value is NULL. */
void recto_xml_attr(recto_buf *out, const char *name, const char *value);
/** Append "<name>value</name>" and a line feed; nothing if value is NULL. */
void recto_xml_element(recto_buf *out, const char *name, const char *value);

/** Append a number; no printf, since that takes as long as all else together. */
void recto_xml_int(recto_buf *out, long v);
/** Append v rounded to 0..3 decimals, without zeros at the end; 0 if it is not finite. */
void recto_xml_real(recto_buf *out, float v, int decimals);
/** Append ' name="v"'. */
void recto_xml_int_attr(recto_buf *out, const char *name, long v);
void recto_xml_real_attr(recto_buf *out, const char *name, float v, int decimals);

/* A box of whole pixels inside the page; x1 and y1 are just outside. */
typedef struct recto_xml_box {
    int x0, y0, x1, y1;
} recto_xml_box;

/** Width or height of the page in whole pixels; 0 if it is unknown. */
int recto_xml_side(float px);
/** The smallest box of whole pixels around r (a twentieth of a pixel over does not count), inside
 * the page, at least 1 px wide and high where the page is. */
recto_xml_box recto_xml_pixels(const recto_page *page, recto_rect r);
/** Whether a block's or cell's box says where it is: a VLM may not know. */
bool recto_xml_is_placed(recto_rect r);
/** Share 0..1 as a whole number 0..100. */
int recto_xml_percent(float share);

/** Whether the first letter with a direction is one from right to left. */
bool recto_xml_is_rtl(const char *text);
/** Append bytes in base64. */
void recto_xml_base64(recto_buf *out, const void *bytes, size_t size);
/** Whether asset is a picture that browsers take: bytes, size, PNG or JPEG. */
bool recto_xml_is_picture(const recto_asset *asset);
/** Append a picture as a data URI. */
void recto_xml_data_uri(recto_buf *out, const recto_asset *asset);

#endif

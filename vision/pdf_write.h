/* Writing PDF: objects, streams, cross references, the font of invisible text, and that text.
 * Internal to vision/.  Nothing here knows a PDF that is there already; pdf_write_update.c adds to
 * one, pdf_write_image.c makes a page of an image file.
 *
 * Bytes are appended to a buf that the caller empties whenever it likes; only the places of objects
 * stay, 24 bytes each.  The same calls give the same bytes: there are no dates and no random
 * numbers.  Source: ISO 32000-1 (PDF 1.7); ISO 19005-2 (PDF/A-2) where it is asked for. */
#ifndef RECTO_VISION_PDF_WRITE_H
#define RECTO_VISION_PDF_WRITE_H

#include "core/buf.h"
#include "core/hash.h"
#include "vision/source.h"

/* Encrypts the bytes of object num gen; appends to out.  False: it cannot. */
typedef bool (*recto_pdf_write_cipher)(void *user, recto_buf *out, int num, int gen,
                                       const void *bytes, size_t size);

typedef struct recto_pdf_write_entry {
    uint64_t offset; /* in the file */
    int num, gen;
} recto_pdf_write_entry;

typedef struct recto_pdf_write {
    recto_buf out; /* bytes that were not taken yet */
    uint64_t base; /* place of out's first byte in the file */
    recto_pdf_write_entry *entries;
    int n_entries, cap_entries;
    int next_num;                  /* of the next new object */
    recto_pdf_write_cipher cipher; /* NULL: nothing is encrypted */
    void *cipher_user;
    recto_status failed; /* first failure: NOMEM, LIMIT or FORMAT; sticks */
} recto_pdf_write;

/** Begin a file, or a section that follows `base` bytes. */
void recto_pdf_write_init(recto_pdf_write *w, uint64_t base, int first_num);
void recto_pdf_write_free(recto_pdf_write *w);
/** RECTO_OK, or why what was written is of no use. */
RECTO_MUST_CHECK recto_status recto_pdf_write_status(const recto_pdf_write *w, recto_error *err);
/** Bytes handed out so far and waiting: the size of the file if it ended here. */
uint64_t recto_pdf_write_size(const recto_pdf_write *w);
/** Move up to size waiting bytes to `to`; returns how many. */
size_t recto_pdf_write_take(recto_pdf_write *w, void *to, size_t size);

/** The number of a new object; at most 8,388,607 may be made (LIMIT). */
int recto_pdf_write_new(recto_pdf_write *w);
/** "num gen obj" on a line, and its place remembered; then the object; then the end. */
void recto_pdf_write_begin(recto_pdf_write *w, int num, int gen);
void recto_pdf_write_end(recto_pdf_write *w);
/** A whole stream object.  dict: entries besides /Length and, if packed here, /Filter.  packing:
 * deflate the bytes. */
void recto_pdf_write_stream(recto_pdf_write *w, int num, int gen, const char *dict,
                            const void *bytes, size_t size, bool packing);
/** A string of object num gen, encrypted where the file is. */
void recto_pdf_write_string(recto_pdf_write *w, int num, int gen, const char *text);
/** A decimal number with at most `places` (0 to 6) digits after the point, as short as it can be;
 * what is not finite is 0. */
void recto_pdf_write_number(recto_buf *out, double value, int places);
/** Append the bytes deflated.  False: out of memory. */
bool recto_pdf_write_deflate(recto_buf *out, const void *bytes, size_t size);

/* Deflating what comes in pieces. */
typedef struct recto_pdf_write_packer recto_pdf_write_packer;

/** fast: for pixels.  NULL: out of memory. */
recto_pdf_write_packer *recto_pdf_write_packer_new(recto_buf *out, bool fast);
void recto_pdf_write_packer_add(recto_pdf_write_packer *p, const void *bytes, size_t size);
/** False: out of memory, now or before.  Frees p; NULL gives false. */
bool recto_pdf_write_packer_end(recto_pdf_write_packer *p);

/**
 * The end of the file: cross references to all objects, trailer, startxref.
 *
 * keys    entries of the trailer besides /Size and /Prev ("/Root 1 0 R /ID [...]"), clear text
 * prev    place of the section before; UINT64_MAX = none
 * stream  as a cross-reference stream (which needs a prev), else as a table
 */
void recto_pdf_write_finish(recto_pdf_write *w, const char *keys, uint64_t prev, bool stream);

/* --- the font: pdf_write_font.c ------------------------------------------------------------- */

/* A font that draws nothing.  Each character gets a number (CID) when it is first used, so that any
 * of Unicode can be there; the font's objects come last. */
typedef struct recto_pdf_write_font {
    uint32_t *characters; /* of CID k at [k], from 1 */
    int n, cap;
    uint16_t *pages[0x110000 >> 8]; /* CID of a character: [cp >> 8][cp & 255]; 0 = none yet */
    int num;                        /* its object; 0: not yet used */
    bool failed;                    /* out of memory */
} recto_pdf_write_font;

/* In thousandths of the size: every character is as wide, and reaches so far up and down. */
enum { RECTO_PDF_WRITE_ADVANCE = 500, RECTO_PDF_WRITE_ASCENT = 780, RECTO_PDF_WRITE_DESCENT = 220 };

/** The CID of a character; 65535 of them fit, more become U+FFFD. */
uint16_t recto_pdf_write_font_cid(recto_pdf_write_font *font, uint32_t cp);
/** Write the objects; font->num is the one that pages name. */
void recto_pdf_write_font_end(recto_pdf_write *w, recto_pdf_write_font *font);
void recto_pdf_write_font_free(recto_pdf_write_font *font);

/* --- invisible text: pdf_write_text.c -------------------------------------------------------- */

/**
 * Lines of words as a content stream that draws nothing, in a graphics state of its own.
 *
 * name  of the font in the page's resources
 * m     from the lines' px (y down) to the page's user space (y up)
 *
 * Every word is as wide as its box, on its line's baseline, in its line's size; between two words
 * of a line stands a space as wide as the gap.  False: out of memory.
 */
bool recto_pdf_write_text(recto_buf *out, recto_pdf_write_font *font, const char *name,
                          const recto_line *lines, int n_lines, recto_affine m);

/* --- PDF/A: pdf_write_pdfa.c ----------------------------------------------------------------- */

/** The metadata stream (XMP) that calls the file PDF/A-2b. */
void recto_pdf_write_pdfa_metadata(recto_pdf_write *w, int num, const char *producer);
/** The profile of sRGB. */
void recto_pdf_write_pdfa_profile(recto_pdf_write *w, int num);

/* --- images: pdf_write_image.c, pdf_write_fax.c ----------------------------------------------- */

/**
 * A JPEG file as an image object, its bytes as they are.
 *
 * orientation_out  1..8 as in EXIF: how its rows lie on the page
 * plain            PDF/A: no inks (CMYK)
 *
 * False: it is of a kind that PDF readers may not take; nothing was written, decode it.
 */
bool recto_pdf_write_image_jpeg(int *orientation_out, recto_pdf_write *w, int num,
                                const uint8_t *bytes, size_t size, bool plain);
/** A PNG file likewise: its compressed rows as they are.  False: it is interlaced or has
 * transparency. */
bool recto_pdf_write_image_png(recto_pdf_write *w, int num, const uint8_t *bytes, size_t size);
/** Pixels, packed without loss: of black and white only as a fax (G4).  NOMEM shows in w. */
void recto_pdf_write_image_pixels(recto_pdf_write *w, int num, const recto_image *im);

/** Black and white rows packed as CCITT Group 4, as PDF takes them by default; rows of
 * (width + 7) / 8 bytes, 0 = black, the highest bit leftmost.  False: out of memory. */
bool recto_pdf_write_fax(recto_buf *out, const uint8_t *bits, int width, int height);

#endif

/* Page sources: PDF (MuPDF) and images (libpng, libjpeg-turbo, Leptonica for the rest), told apart
 * by content, never by name.  A source is used by one thread. */
#ifndef RECTO_VISION_SOURCE_H
#define RECTO_VISION_SOURCE_H

#include "core/arena.h"
#include "core/layout.h"
#include "vision/image.h"

typedef struct recto_source recto_source;

typedef struct recto_source_options {
    const char *const *passwords; /* tried in turn, the empty one first; may be NULL */
    int n_passwords;
    float dpi;          /* rendering resolution for PDF pages; 0 = 300 */
    int64_t max_pixels; /* a page: over it LIMIT; 0 = 200 million */
    int max_pages;      /* a document: over it LIMIT; 0 = no limit */
} recto_source_options;

typedef struct recto_source_bookmark {
    const char *title;
    int level; /* 1.. */
    int page;  /* 1-based; 0 unknown */
} recto_source_bookmark;

typedef struct recto_source_meta {
    const char *format; /* "pdf", "png", "jpeg", "tiff", "bmp", "gif", "webp", "pnm", "jp2" */
    const char *title, *author, *subject, *keywords, *creator,
        *producer;                  /* clean text, NULL if absent */
    const char *created, *modified; /* ISO 8601, NULL if absent */
    bool encrypted;
    const recto_source_bookmark *bookmarks;
    int n_bookmarks;
} recto_source_meta;

/* What is on a page, found without rendering it: an own fz_device sees the boxes of text, images
 * and paths.  For image files only the size is filled and image_cover is 1. */
typedef struct recto_source_facts {
    float width_pt, height_pt; /* as displayed, after /Rotate and the crop box */
    int rotate_deg;            /* the page's own /Rotate: 0, 90, 180, 270 */
    int turned_deg; /* nearly all its visible text runs sideways, so everything here (sizes, layout,
                       pixels) is of the page turned clockwise by this after rotate_deg; mostly 0 */
    int n_chars;    /* visible characters of the text layer on the page */
    int n_chars_hidden; /* invisible ones: render mode 3, transparent, of no size, in the colour of
                           what is under them, painted over, clipped away or outside the page */
    int n_chars_bad;    /* undecodable: U+FFFD, private use, controls, no ToUnicode */
    int n_chars_odd;    /* decodable, but their font's text is in no language: shifted or permuted
                           codes, another script under false names */
    int n_images;
    float image_cover; /* share of the page's area under images, 0..1 */
    bool single_image; /* the page shows one image that covers (nearly) all ink: read it at its own
                          resolution */
    int image_w, image_h; /* that image's pixels; 0 if none */
    int n_paths;          /* filled or stroked paths that are not simple rules or boxes */
    float path_cover; /* share of the page's area under such paths' boxes (vector drawings, outlined
                         text) */
    bool damaged;     /* MuPDF repaired or reported errors on this page */
} recto_source_facts;

/**
 * Open a document held in memory.
 *
 * out    close with recto_source_close
 * bytes  borrowed; must outlive the source
 *
 * Errors: FORMAT (not a kind we read, or broken beyond repair), ENCRYPTED (no password fits),
 * UNSUPPORTED, LIMIT (pages), NOMEM.  Thread-safe for different sources.
 */
RECTO_MUST_CHECK recto_status recto_source_open(recto_source **out, const uint8_t *bytes,
                                                size_t size, const recto_source_options *opt,
                                                recto_error *err);
void recto_source_close(recto_source *s); /* NULL is a no-op */
/** Do the bytes (the first 1024 or more, or all) begin like a kind we read?  Nothing is parsed. */
bool recto_source_probe(const uint8_t *bytes, size_t size);
int recto_source_page_count(const recto_source *s);
const recto_source_meta *recto_source_metadata(const recto_source *s);

/** Facts of page i (0-based).  Errors: FORMAT, LIMIT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_source_page_facts(recto_source_facts *out, recto_source *s,
                                                      int i, recto_error *err);
/**
 * The text layer of page i as lines of words with rules and pictures, in px at layout_dpi.
 *
 * include_hidden  also take invisible text (an OCR layer), its words styled RECTO_STYLE_HIDDEN
 * keep            receives everything the layout points to
 *
 * A word with an undecodable character has confidence 0, one of n_chars_odd 0.25, all others 1.
 * Words are split at spaces and at gaps; a run of words broken by a wide gap becomes two lines.
 * Image files give an empty layout.  Errors: FORMAT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_source_page_layout(recto_layout *out, recto_source *s, int i,
                                                       float layout_dpi, bool include_hidden,
                                                       recto_arena *keep, recto_error *err);
/**
 * Facts and layout of one page in a single interpretation of its content: what the default reader
 * needs, at the price of one `mutool draw -F stext`.  The layout holds visible text only.
 */
RECTO_MUST_CHECK recto_status recto_source_page_scan(recto_source_facts *facts_out,
                                                     recto_layout *layout_out, recto_source *s,
                                                     int i, float layout_dpi, recto_arena *keep,
                                                     recto_error *err);
/**
 * Pixels of page i for reading: grey.  A page that is one image comes at the image's own resolution
 * (upright as displayed, not resampled); other PDF pages are rendered at opt.dpi; im->dpi is set to
 * the true px per inch of the page, for image files to the file's own value (0 if unknown).
 *
 * Errors: FORMAT, LIMIT (pixels), UNSUPPORTED, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_source_page_pixels(recto_image **out, recto_source *s, int i,
                                                       recto_error *err);
/* A file inside a PDF: embedded files, portfolios' members and file annotations. */
typedef struct recto_source_attachment {
    const char
        *name; /* clean text without folders, "attachment" if it has none; lives with the source */
    uint64_t size; /* as the PDF says; 0 = unknown */
} recto_source_attachment;

/** How many files the document holds (image files: none; at most 10,000 are counted).  Errors:
 * those of a page. */
RECTO_MUST_CHECK recto_status recto_source_attachment_count(int *out, recto_source *s,
                                                            recto_error *err);
RECTO_MUST_CHECK recto_status recto_source_attachment_info(recto_source_attachment *out,
                                                           recto_source *s, int k,
                                                           recto_error *err);
/** The bytes of attachment k, written to fd from its start.  Errors: FORMAT, LIMIT (over limit_size
 * bytes when unpacked; 0 = no limit), OUTPUT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_source_attachment_write(recto_source *s, int k, int fd,
                                                            uint64_t limit_size, recto_error *err);

/* --- a searchable copy -------------------------------------------------------------------- */

/* A PDF that looks like the document and holds its text, invisible, where it is seen.  Of a PDF it
 * is the document itself with the text added; of an image file a new one whose pages are its
 * images.  One copy at a time; a parser that dies takes the copy with it. */

typedef struct recto_source_copy_options {
    const char *producer; /* "recto 0.1.0" */
    const char *sha256;   /* of the document, 64 hexadecimal digits: the copy's /ID comes of it */
    bool pdfa;            /* images: as PDF/A-2b */
} recto_source_copy_options;

typedef struct recto_source_copy_page {
    int index;                /* 0-based */
    float width, height, dpi; /* of the page as displayed, px; all 0 = as the file says */
    recto_affine to_page;     /* from the lines' px to the page's */
    const recto_line *lines;  /* boxes, baselines and sizes where the text runs level */
    int n_lines;              /* 0: the page as it is */
    bool bare;                /* images: without its picture, which cannot be decoded */
    bool replace_hidden;      /* invisible text that the page has gives way, where that is safe */
} recto_source_copy_page;

/**
 * Begin a copy.
 *
 * keeps_input_out  the copy's first bytes are all those of the document; what is taken follows them
 *
 * Errors: UNSUPPORTED (PDF/A of a PDF; a PDF that is encrypted and broken), LIMIT, NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_source_copy_begin(bool *keeps_input_out, recto_source *s,
                                                      const recto_source_copy_options *opt,
                                                      recto_error *err);
/** A page, in rising order; pages left out stay as they are.  Errors: of a page; after one the copy
 * is lost. */
RECTO_MUST_CHECK recto_status recto_source_copy_add(recto_source *s,
                                                    const recto_source_copy_page *page,
                                                    recto_error *err);
/** No more pages. */
RECTO_MUST_CHECK recto_status recto_source_copy_end(recto_source *s, recto_error *err);
/** The next bytes of the copy, at most size (<= 1 MiB).  Fewer than size: no more are ready; after
 * copy_end: it is complete. */
RECTO_MUST_CHECK recto_status recto_source_copy_take(size_t *got, void *to, size_t size,
                                                     recto_source *s, recto_error *err);

/** Colour picture of page i for overlays, at dpi (image files: as they are). */
RECTO_MUST_CHECK recto_status recto_source_page_picture(recto_image **out, recto_source *s, int i,
                                                        float dpi, recto_error *err);

#endif

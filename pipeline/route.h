/* Routing: which reader a page gets, and why, from the boxes on it and without rendering it. */
#ifndef RECTO_PIPELINE_ROUTE_H
#define RECTO_PIPELINE_ROUTE_H

#include "pipeline/options.h"
#include "text/doc.h"
#include "vision/source.h"

typedef struct recto_route {
    recto_reader_kind reader;
    const char *reason;  /* one phrase, no document text */
    uint32_t flags;      /* RECTO_FLAG_* that follow from the decision */
    bool check_cover;    /* undecided: render small and see whether the layer covers the ink */
    bool look_for_parts; /* the layer's: see whether the page has parts that it does not say
                            (pipeline/patches.h) */
    bool compare_hidden; /* an invisible OCR layer lies there: it stands only if sampled lines agree
                          */
} recto_route;

/**
 * Decide for one page.
 *
 * facts   of the page (recto_source_page_scan)
 * is_pdf  false for image files, which have no layer
 *
 * Thread-safe, O(1).
 */
recto_route recto_route_page(const recto_source_facts *facts, recto_reader_choice choice,
                             bool is_pdf);

/** True if the page holds text that nobody sees, and more of it than a stray glyph or two. */
bool recto_route_hides_text(const recto_source_facts *facts);

/** The final word after rendering: the share of the page's text ink that the layer covers, 0..1;
 * has_parts: what it misses lies in parts that can be read by themselves. */
void recto_route_covered(recto_route *route, float share, bool has_parts);
/** Say whether any parts of the page are read from its image. */
void recto_route_parts(recto_route *route, bool any);

#endif

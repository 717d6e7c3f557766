/* The searchable PDF of a document: a form like any other, but made by the parser, which has the
 * document's pages, out of the words that the readers found.
 *
 * Pages that a reader read from their image (line, VLM) get their text, invisible; pages whose own
 * text was taken, and pages that nobody asked for, stay as they are.  The bytes of the input are
 * copied by the engine; what follows them comes from the parser in pieces. */
#ifndef RECTO_PIPELINE_SEARCHABLE_H
#define RECTO_PIPELINE_SEARCHABLE_H

#include "pipeline/convert_parts.h"
#include "pipeline/sink.h"

/**
 * Make the PDF of all pages read and write it to the sink.
 *
 * A page whose text cannot be added (the parser fails on it) is left as it is, and that is recorded
 * (n_undrawn); after a few of them, or where no copy can be made at all, the output fails.
 * Errors: what stops the document (OUTPUT, NOMEM, CANCELLED, DEVICE, IO), and else why there is no
 * PDF.
 */
RECTO_MUST_CHECK recto_status recto_searchable_write(recto_convert_doc *d, recto_sink *sink,
                                                     recto_error *err);

/** Is it an error that stops the document, not the PDF alone? */
bool recto_searchable_stops(recto_status st);

/**
 * The text of a page in lines of words with places, in reading order.
 *
 * page  settled, not yet placed (recto_pagejob_place)
 *
 * Words that a reader found have their own places.  A text without lines (VLM) is set in its box
 * line by line, or, where the model told none, over the page from top to bottom.
 * lines_out lives in keep.  Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_searchable_lines(recto_line **lines_out, int *n_out,
                                                     const recto_page *page, recto_arena *keep,
                                                     recto_error *err);

#endif

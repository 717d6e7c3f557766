/* Forms: fields among the words of a page become FORM blocks with the label that stands beside
 * them.
 *
 * While order, tables and paragraphs are found, a field stands in the text as a word of its own
 * (its state or value), marked in a bit of its style that nothing else uses; afterwards the blocks
 * are cut at these words.  So a field is read where a person would read it. */
#ifndef RECTO_TEXT_FORM_H
#define RECTO_TEXT_FORM_H

#include "text/flow.h"
#include "text/join.h"

typedef struct recto_form recto_form;

/**
 * Put the fields of a layout among its lines.  Ballot boxes that are characters ("☐", "☒") count as
 * fields, too; buttons, which hold nothing, do not.
 *
 * out       the layout to go on with; *layout itself where there are no fields
 * form_out  for recto_form_blocks, in tmp; NULL where there are no fields
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_form_load(recto_layout *out, recto_form **form_out,
                                              const recto_layout *layout, recto_arena *keep,
                                              recto_arena *tmp, recto_error *err);

/**
 * Cut blocks at their fields: FORM blocks, TEXT for what is left.  Fields in a table stay in their
 * cells as text and follow the table as FORM blocks, too.
 *
 * form    NULL is a no-op
 * blocks  replaced, in tmp with room for two more
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_form_blocks(recto_block **blocks, int *n, recto_form *form,
                                                recto_join *join, recto_arena *keep,
                                                recto_arena *tmp, recto_error *err);

#endif

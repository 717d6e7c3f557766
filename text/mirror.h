/* Pages that are read from right to left.
 *
 * Everything on them is as on other pages, but for left and right: columns, indents, list markers,
 * first columns of tables.  So such a layout is mirrored before it is looked at, and the blocks
 * that come out are mirrored back.  Words stay in their reading order all the time. */
#ifndef RECTO_TEXT_MIRROR_H
#define RECTO_TEXT_MIRROR_H

#include "text/doc.h"

/** Is most of the text in scripts that run from right to left? */
bool recto_mirror_wants(const recto_layout *layout);

/** A copy of a layout with left and right exchanged, in keep.  False if out of memory. */
bool recto_mirror_layout(recto_layout *out, const recto_layout *layout, recto_arena *keep);

/** Exchange left and right of blocks and all they hold. */
void recto_mirror_blocks(recto_block *blocks, int n, float width);

#endif

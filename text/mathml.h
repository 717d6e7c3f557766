/* LaTeX formulas as MathML, which browsers set without a script.
 *
 * What models and papers write in formulas: scripts, fractions, roots, accents, Greek and
 * operators, fences, matrices and cases, words.  It is no TeX: a formula with anything else in it
 * is refused as a whole, and the caller shows its LaTeX. */
#ifndef RECTO_TEXT_MATHML_H
#define RECTO_TEXT_MATHML_H

#include "core/buf.h"

/**
 * Append the formula as one <math> element with its LaTeX as alttext.
 *
 * latex    clean text of len bytes, without its dollars
 * display  a formula of its own line
 *
 * False, and nothing appended, if it holds what is not known here.  O(len).
 */
bool recto_mathml_write(recto_buf *out, const char *latex, size_t len, bool display);

#endif

/* One token's scores: what best path and beam share. */
#ifndef RECTO_TEXT_CTC_ROW_H
#define RECTO_TEXT_CTC_ROW_H

/** Strongest class of a token; of equals the blank, then the first; 0 if none is a number. */
int recto_ctc_strongest(const float *row, int n, int blank);
/** Softmax probability of a class; best is the strongest one.  0 if that is no number. */
float recto_ctc_prob(const float *row, int n, int best, int cls);

#endif

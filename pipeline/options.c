#include "pipeline/options.h"

#include "vision/tiles.h"

#include <ctype.h>
#include <stdlib.h>

static const float DEFAULT_DPI = 300.0f;

/* A decimal page number at *p, 1..99999999; 0 if there is none. */
static int parse_number(const char **p)
{
    int n = 0;
    while (isdigit((unsigned char)**p)) {
        if (n > 9999999)
            return 0;
        n = n * 10 + (**p - '0');
        (*p)++;
    }
    return n;
}

static bool parse_range(recto_page_range *out, const char **p)
{
    out->first = parse_number(p);
    if (out->first < 1)
        return false;
    out->last = out->first;
    if (**p != '-')
        return true;
    (*p)++;
    if (**p == ',' || **p == '\0') {
        out->last = INT32_MAX;
        return true;
    }
    out->last = parse_number(p);
    return out->last >= out->first;
}

recto_status recto_options_pages(recto_options *opt, const char *text, recto_error *err)
{
    const char *p = text;
    opt->n_ranges = 0;
    opt->pages_text = text;
    do {
        if (opt->n_ranges == RECTO_MAX_RANGES)
            return recto_error_set(err, RECTO_ERR_ARG, "more than %d page ranges",
                                   RECTO_MAX_RANGES);
        if (!parse_range(&opt->pages[opt->n_ranges], &p))
            return recto_error_set(
                err, RECTO_ERR_ARG,
                "page range '%s' is not of the form 1-3,7,10- (pages count from 1)", text);
        opt->n_ranges++;
    } while (*p == ',' && p++);
    if (*p != '\0')
        return recto_error_set(err, RECTO_ERR_ARG,
                               "page range '%s' is not of the form 1-3,7,10- (pages count from 1)",
                               text);
    return RECTO_OK;
}

recto_status recto_options_tiles(recto_options *opt, const char *text, recto_error *err)
{
    const char *p = text;
    int first = parse_number(&p), last = first;
    bool range = p[0] == '.' && p[1] == '.';
    if (range) {
        p += 2;
        last = parse_number(&p);
    } else {
        first = 1;
    }
    if (*p != '\0' || first < 1 || last < first || last > RECTO_TILES_MAX)
        return recto_error_set(err, RECTO_ERR_ARG,
                               "tiles '%s' are not of the form 1..12 (up to %d)", text,
                               RECTO_TILES_MAX);
    opt->vlm.min_tiles = first;
    opt->vlm.max_tiles = last;
    opt->vlm.tiles_text = text;
    return RECTO_OK;
}

bool recto_options_wants(const recto_options *opt, int page)
{
    for (int i = 0; i < opt->n_ranges; i++)
        if (page >= opt->pages[i].first && page <= opt->pages[i].last)
            return true;
    return opt->n_ranges == 0;
}

float recto_options_dpi(const recto_options *opt)
{
    return opt->dpi > 0 ? opt->dpi : DEFAULT_DPI;
}

const char *recto_options_reader_name(recto_reader_choice choice)
{
    static const char *const names[] = {"auto", "layer", "line", "vlm"};
    return names[choice];
}

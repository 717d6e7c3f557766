/* The rules, in the order they are asked.  Shares are of the page's area (images, paths) or of the
 * visible characters (undecodable ones). */
#include "pipeline/route.h"

/* Above this share of characters that are undecodable or make no words the page is read as a whole;
 * below it, the words that have them. */
static const float BAD_SHARE = 0.5f;
/* Images or drawings under this share cannot hold a page's worth of text. */
static const float SMALL_COVER = 0.5f;
/* A layer with fewer visible characters than this over a page-sized image is a stamp or a page
 * number. */
enum { STAMP_CHARS = 80 };
/* Fewer invisible characters than this are an accident of the producer. */
enum { HIDDEN_CHARS = 10 };
/* The layer must cover this share of the text-like ink found in a small rendering. */
static const float COVER_SHARE = 0.7f;

static const char GOOD[] = "the text layer is decodable and covers the page's ink";
static const char GOOD_BUT_PARTS[] =
    "the text layer is good but for parts that are read from the image";

static recto_route to_line(const char *reason, uint32_t flags)
{
    return (recto_route){.reader = RECTO_READER_LINE, .reason = reason, .flags = flags};
}

static recto_route to_layer(const char *reason)
{
    return (recto_route){.reader = RECTO_READER_LAYER, .reason = reason};
}

static recto_route route_without_visible_text(const recto_source_facts *f)
{
    bool drawn = f->n_images > 0 || f->n_paths > 0;
    if (!drawn && f->n_chars_hidden == 0)
        return (recto_route){.reader = RECTO_READER_NONE,
                             .reason = "nothing is on the page",
                             .flags = RECTO_FLAG_BLANK_PAGE};
    if (f->n_chars_hidden == 0)
        return to_line("no text layer", 0);
    recto_route r = to_line("the text layer is invisible", RECTO_FLAG_UNTRUSTED_TEXT_LAYER);
    r.compare_hidden = drawn;
    return r;
}

recto_route recto_route_page(const recto_source_facts *f, recto_reader_choice choice, bool is_pdf)
{
    if (choice == RECTO_CHOOSE_VLM)
        return (recto_route){.reader = RECTO_READER_VLM, .reason = "asked for"};
    if (!is_pdf)
        return choice == RECTO_CHOOSE_LAYER ? (recto_route){.reader = RECTO_READER_NONE,
                                                            .reason = "an image has no text layer"}
                                            : to_line("an image", 0);
    if (choice == RECTO_CHOOSE_LINE)
        return to_line("asked for", 0);
    if (choice == RECTO_CHOOSE_LAYER)
        return to_layer("asked for");
    if (f->n_chars == 0)
        return route_without_visible_text(f);
    if ((float)f->n_chars_bad > BAD_SHARE * (float)f->n_chars)
        return to_line("the text layer cannot be decoded", RECTO_FLAG_UNTRUSTED_TEXT_LAYER);
    if (f->image_cover >= SMALL_COVER && f->n_chars < STAMP_CHARS)
        return to_line("a page image with little text over it", RECTO_FLAG_UNTRUSTED_TEXT_LAYER);
    recto_route r = to_layer(GOOD);
    r.look_for_parts = f->n_chars_bad + f->n_chars_odd > 0 || f->n_images > 0 || f->n_paths > 0;
    r.check_cover = f->image_cover >= SMALL_COVER || f->path_cover >= SMALL_COVER;
    return r;
}

bool recto_route_hides_text(const recto_source_facts *facts)
{
    return facts->n_chars_hidden >= HIDDEN_CHARS;
}

void recto_route_parts(recto_route *route, bool any)
{
    route->reason = any ? GOOD_BUT_PARTS : GOOD;
}

void recto_route_covered(recto_route *route, float share, bool has_parts)
{
    route->check_cover = false;
    if (share < COVER_SHARE && !has_parts)
        *route = to_line("the text layer misses text that is on the page",
                         RECTO_FLAG_UNTRUSTED_TEXT_LAYER);
}

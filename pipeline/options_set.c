/* Settings by name, as texts: the one place that says which values a setting takes, for the command
 * line and for the library alike. */
#include "pipeline/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef const char *(*setter)(recto_options *opt, const char *value);

void recto_options_defaults(recto_options *opt)
{
    memset(opt, 0, sizeof *opt);
    opt->max_pixels = 200000000;
    opt->max_bytes = 4000000000u;
    opt->vlm.max_tokens = RECTO_VLM_MAX_TOKENS;
}

bool recto_options_count(int64_t *out, const char *text, int64_t low, int64_t high)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    long long unit = 1;
    if (end != text && *end != '\0' && end[1] == '\0')
        unit = *end == 'k' ? 1000 : *end == 'M' ? 1000000 : *end == 'G' ? 1000000000 : 0;
    else if (end == text || *end != '\0')
        unit = 0;
    if (errno != 0 || unit == 0 || v < 0 || v > INT64_MAX / unit)
        return false;
    *out = v * unit;
    return *out >= low && *out <= high;
}

bool recto_options_number(double *out, const char *text, double low, double high)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*out) && *out >= low && *out <= high;
}

/* Index of text in names, -1 if it is not there. */
static int find_name(const char *text, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    return -1;
}

/* A switch of the command line comes without a value. */
static const char *set_switch(bool *out, const char *value)
{
    static const char *const names[] = {"no", "yes"};
    int choice = value == NULL ? 1 : find_name(value, names, 2);
    *out = choice == 1;
    return choice >= 0 ? NULL : "yes or no";
}

static const char *set_reader(recto_options *opt, const char *value)
{
    static const char *const readers[] = {"auto", "layer", "line", "vlm"};
    int choice = find_name(value, readers, 4);
    opt->reader = choice < 0 ? RECTO_CHOOSE_AUTO : (recto_reader_choice)choice;
    return choice >= 0 ? NULL : "auto, layer, line or vlm";
}

static const char *set_pages(recto_options *opt, const char *value)
{
    return recto_options_pages(opt, value, NULL) == RECTO_OK
               ? NULL
               : "of the form 1-3,7,10- (from page 1)";
}

static const char *set_dpi(recto_options *opt, const char *value)
{
    double dpi;
    bool good = recto_options_number(&dpi, value, 72, 600);
    opt->dpi = good ? (float)dpi : 0;
    return good ? NULL : "a number from 72 to 600";
}

static const char *set_overlay(recto_options *opt, const char *value)
{
    return set_switch(&opt->overlay, value);
}

static const char *set_images(recto_options *opt, const char *value)
{
    static const char *const names[] = {"none", "files", "embed"};
    int choice = find_name(value, names, 3);
    opt->images = choice < 0 ? RECTO_IMAGES_NONE : (recto_images)choice;
    return choice >= 0 ? NULL : "files, embed or none";
}

static const char *set_layout(recto_options *opt, const char *value)
{
    return set_switch(&opt->keep_layout, value);
}

static const char *set_pdfa(recto_options *opt, const char *value)
{
    return set_switch(&opt->pdfa, value);
}

static const char *set_max_pixels(recto_options *opt, const char *value)
{
    return recto_options_count(&opt->max_pixels, value, 1, 2000000000) ? NULL
                                                                       : "from 1 to 2000000000";
}

static const char *set_max_pages(recto_options *opt, const char *value)
{
    int64_t n = 0;
    if (!recto_options_count(&n, value, 1, 100000000))
        return "from 1 to 100000000";
    opt->max_pages = (int)n;
    return NULL;
}

static const char *set_max_bytes(recto_options *opt, const char *value)
{
    int64_t n = 0;
    if (!recto_options_count(&n, value, 1, (int64_t)1 << 46))
        return "a number of bytes, such as 500M";
    opt->max_bytes = (size_t)n;
    return NULL;
}

static const char *set_seconds(double *out, const char *value)
{
    return recto_options_number(out, value, 0.01, 1e7) ? NULL
                                                       : "a number of seconds from 0.01 to 1e7";
}

static const char *set_timeout(recto_options *opt, const char *value)
{
    return set_seconds(&opt->timeout_s, value);
}

static const char *set_document_timeout(recto_options *opt, const char *value)
{
    return set_seconds(&opt->document_timeout_s, value);
}

/* --- of the VLM --------------------------------------------------------------------------- */

static const char *set_model(recto_options *opt, const char *value)
{
    opt->vlm.model = value;
    return value[0] != '\0' ? NULL : "a folder, a GGUF file or a name";
}

static const char *set_mmproj(recto_options *opt, const char *value)
{
    opt->vlm.mmproj = value;
    return value[0] != '\0' ? NULL : "a GGUF file";
}

static const char *set_task(recto_options *opt, const char *value)
{
    for (int t = 0; t < RECTO_VLM_ASK; t++)
        if (strcmp(value, recto_vlm_prompt_name((recto_vlm_task)t)) == 0) {
            opt->vlm.task = (recto_vlm_task)t;
            return NULL;
        }
    return "document, table, formula, text, layout or chart";
}

static const char *set_ask(recto_options *opt, const char *value)
{
    opt->vlm.question = value;
    return value[0] != '\0' ? NULL : "a question";
}

static const char *set_system(recto_options *opt, const char *value)
{
    opt->vlm.system = value;
    return NULL;
}

static const char *set_think(recto_options *opt, const char *value)
{
    return set_switch(&opt->vlm.think, value);
}

static const char *set_tiles(recto_options *opt, const char *value)
{
    return recto_options_tiles(opt, value, NULL) == RECTO_OK ? NULL : "of the form 1..12, up to 64";
}

static const char *set_max_tokens(recto_options *opt, const char *value)
{
    int64_t n = 0;
    if (!recto_options_count(&n, value, 1, 1 << 20))
        return "from 1 to 1048576";
    opt->vlm.max_tokens = (int)n;
    return NULL;
}

static const char *set_precision(recto_options *opt, const char *value)
{
    static const char *const precisions[] = {"auto", "bf16", "f32"};
    static const recto_backend_kind kinds[] = {RECTO_BACKEND_AUTO, RECTO_BACKEND_DNNL_BF16,
                                               RECTO_BACKEND_F32};
    int choice = find_name(value, precisions, 3);
    opt->vlm.kind = choice < 0 ? RECTO_BACKEND_AUTO : kinds[choice];
    return choice >= 0 ? NULL : "auto, bf16 or f32";
}

/* --- all of them -------------------------------------------------------------------------- */

static const struct {
    const char *name;
    setter set;
    bool for_vlm;
} SETTINGS[] = {
    {"reader", set_reader, false},
    {"pages", set_pages, false},
    {"dpi", set_dpi, false},
    {"overlay", set_overlay, false},
    {"images", set_images, false},
    {"layout", set_layout, false},
    {"pdfa", set_pdfa, false},
    {"max-pixels", set_max_pixels, false},
    {"max-pages", set_max_pages, false},
    {"max-bytes", set_max_bytes, false},
    {"timeout", set_timeout, false},
    {"document-timeout", set_document_timeout, false},
    {"model", set_model, true},
    {"mmproj", set_mmproj, true},
    {"task", set_task, true},
    {"ask", set_ask, true},
    {"system", set_system, true},
    {"think", set_think, true},
    {"tiles", set_tiles, true},
    {"max-tokens", set_max_tokens, true},
    {"precision", set_precision, true},
};

/* Index of a setting, -1 if there is none of the name. */
static int find_setting(const char *name)
{
    for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++)
        if (strcmp(SETTINGS[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool recto_options_known(const char *name)
{
    return find_setting(name) >= 0;
}

bool recto_options_for_vlm(const char *name)
{
    int i = find_setting(name);
    return i >= 0 && SETTINGS[i].for_vlm;
}

const char *recto_options_set(recto_options *opt, const char *name, const char *value)
{
    int i = find_setting(name);
    if (i < 0)
        return "a setting that exists";
    setter set = SETTINGS[i].set;
    bool is_switch = set == set_overlay || set == set_layout || set == set_pdfa || set == set_think;
    return value == NULL && !is_switch ? "given" : set(opt, value);
}

const char *recto_options_check(recto_options *opt)
{
    recto_options_vlm *v = &opt->vlm;
    if (v->question != NULL && v->task != RECTO_VLM_DOCUMENT && v->task != RECTO_VLM_ASK)
        return "--task and --ask exclude each other";
    bool for_vlm = v->model != NULL || v->mmproj != NULL || v->question != NULL ||
                   v->system != NULL || v->think || v->tiles_text != NULL ||
                   v->task != RECTO_VLM_DOCUMENT || v->max_tokens != RECTO_VLM_MAX_TOKENS ||
                   v->kind != RECTO_BACKEND_AUTO;
    if (for_vlm && opt->reader != RECTO_CHOOSE_VLM)
        return "--model, --mmproj, --task, --ask, --system, --think, --tiles, --max-tokens and "
               "--precision are for --reader vlm";
    if (v->question != NULL)
        v->task = RECTO_VLM_ASK;
    return NULL;
}

/* Captions: told by their first word and number in many languages, or by place and size.
 *
 * "Figure 3 shows that..." begins a sentence of the text: without punctuation after the number
 * such a line is a caption only where it stands at a table or picture. */
#include "text/captions.h"
#include "core/utf8.h"
#include <math.h>
#include <string.h>

#define MAX_LOOK  12 /* blocks around a caption that are looked at for what it belongs to */
#define MAX_LINES 10
#define MAX_WORD  16 /* letters of a caption's first word */

typedef enum caption_kind { NO_CAPTION = 0, OF_TABLE, OF_PICTURE, OF_EITHER } caption_kind;

typedef struct head {
    caption_kind kind;
    bool closed; /* punctuation follows the number */
} head;

/* First words in lower case; a full stop after them and before the number is taken for granted.
 * `alone`: may stand without a number, if a colon follows. */
static const struct word {
    const char *text;
    caption_kind kind;
    bool alone;
} words[] = {
    {"figure", OF_PICTURE, false},       {"fig", OF_PICTURE, false},
    {"figs", OF_PICTURE, false},         {"figures", OF_PICTURE, false},
    {"table", OF_TABLE, false},          {"tab", OF_TABLE, false},
    {"abbildung", OF_PICTURE, false},    {"abb", OF_PICTURE, false},
    {"tabelle", OF_TABLE, false},        {"tableau", OF_TABLE, false},
    {"tabla", OF_TABLE, false},          {"tabela", OF_TABLE, false},
    {"tabella", OF_TABLE, false},        {"tabel", OF_TABLE, false},
    {"tabell", OF_TABLE, false},         {"taulukko", OF_TABLE, false},
    {"tabulka", OF_TABLE, false},        {"tabuľka", OF_TABLE, false},
    {"táblázat", OF_TABLE, false},       {"tablo", OF_TABLE, false},
    {"cuadro", OF_EITHER, false},        {"quadro", OF_EITHER, false},
    {"таблица", OF_TABLE, false},        {"табл", OF_TABLE, false},
    {"таблиця", OF_TABLE, false},        {"πίνακας", OF_TABLE, false},
    {"bảng", OF_TABLE, false},           {"جدول", OF_TABLE, false},
    {"טבלה", OF_TABLE, false},           {"表", OF_TABLE, false},
    {"figura", OF_PICTURE, false},       {"figuur", OF_PICTURE, false},
    {"figur", OF_PICTURE, false},        {"afbeelding", OF_PICTURE, false},
    {"afb", OF_PICTURE, false},          {"bild", OF_PICTURE, true},
    {"kuva", OF_PICTURE, false},         {"kuvio", OF_PICTURE, false},
    {"rysunek", OF_PICTURE, false},      {"rys", OF_PICTURE, false},
    {"obrázek", OF_PICTURE, false},      {"obr", OF_PICTURE, false},
    {"obrázok", OF_PICTURE, false},      {"slika", OF_PICTURE, false},
    {"joonis", OF_PICTURE, false},       {"ábra", OF_PICTURE, false},
    {"рис", OF_PICTURE, false},          {"рисунок", OF_PICTURE, false},
    {"мал", OF_PICTURE, false},          {"фиг", OF_PICTURE, false},
    {"εικόνα", OF_PICTURE, false},       {"σχήμα", OF_PICTURE, false},
    {"şekil", OF_PICTURE, false},        {"resim", OF_PICTURE, false},
    {"hình", OF_PICTURE, false},         {"gambar", OF_PICTURE, false},
    {"شكل", OF_PICTURE, false},          {"איור", OF_PICTURE, false},
    {"תמונה", OF_PICTURE, false},        {"图", OF_PICTURE, false},
    {"圖", OF_PICTURE, false},           {"図", OF_PICTURE, false},
    {"photo", OF_PICTURE, true},         {"foto", OF_PICTURE, true},
    {"photograph", OF_PICTURE, true},    {"fotografía", OF_PICTURE, true},
    {"plate", OF_PICTURE, false},        {"plan", OF_PICTURE, false},
    {"chart", OF_EITHER, false},         {"graph", OF_PICTURE, false},
    {"graphique", OF_PICTURE, false},    {"grafik", OF_PICTURE, false},
    {"gráfico", OF_PICTURE, false},      {"grafico", OF_PICTURE, false},
    {"diagram", OF_PICTURE, false},      {"diagramm", OF_PICTURE, false},
    {"scheme", OF_PICTURE, false},       {"schéma", OF_PICTURE, false},
    {"schema", OF_PICTURE, false},       {"map", OF_PICTURE, false},
    {"karte", OF_PICTURE, false},        {"carte", OF_PICTURE, false},
    {"illustration", OF_PICTURE, false}, {"ill", OF_PICTURE, false},
    {"listing", OF_EITHER, false},       {"exhibit", OF_EITHER, false},
};

/* --- words -------------------------------------------------------------------------------------
 */

/* The first word in lower case, its end in *after; ideographs stand alone. */
static bool first_word(char out[4 * MAX_WORD + 1], const char **after, const char *text)
{
    const char *p = text;
    const char *end = text + strlen(text);
    size_t len = 0;
    for (int n = 0; p < end && n < MAX_WORD; n++) {
        const char *at = p;
        uint32_t c = recto_utf8_next(&at, end);
        if (!recto_utf8_is_letter(c))
            break;
        len += (size_t)recto_utf8_put(out + len, recto_utf8_lower(c));
        p = at;
        if (c >= 0x3040 && c < 0xA000)
            break;
    }
    out[len] = '\0';
    *after = p;
    return len > 0;
}

/* Bytes of "3", "2.1", "IV", "A-4" at p; 0 if there is none. */
static size_t number_length(const char *p)
{
    size_t n = 0;
    if (*p >= 'A' && *p <= 'Z' && (p[1] == '.' || p[1] == '-') && p[2] >= '0' && p[2] <= '9')
        n = 2;
    size_t digits = strspn(p + n, "0123456789");
    if (digits == 0) {
        size_t roman = strspn(p, "IVXLC");
        if (roman == 0 && *p >= 'A' && *p <= 'Z')
            roman = 1;
        return roman <= 6 ? roman : 0;
    }
    n += digits;
    while ((p[n] == '.' || p[n] == '-') && p[n + 1] >= '0' && p[n + 1] <= '9')
        n += 1 + strspn(p + n + 1, "0123456789");
    if (p[n] >= 'a' && p[n] <= 'z' && !(p[n + 1] >= 'a' && p[n + 1] <= 'z'))
        n++; /* 3a */
    return n <= 10 ? n : 0;
}

static const char *skip_spaces(const char *p)
{
    for (;;) {
        if (*p == ' ')
            p++;
        else if (strncmp(p, "\xC2\xA0", 2) == 0) /* no-break space */
            p += 2;
        else
            return p;
    }
}

/* Does punctuation, or the end, come after the number? */
static bool is_closed(const char *p)
{
    p = skip_spaces(p);
    return *p == ':' || *p == '.' || *p == '\0' || *p == '|' || *p == '(' ||
           strncmp(p, "- ", 2) == 0 || strncmp(p, "\xE2\x80\x93", 3) == 0 ||
           strncmp(p, "\xE2\x80\x94", 3) == 0 || strncmp(p, "\xEF\xBC\x9A", 3) == 0;
}

static bool has_leaders(const char *text)
{
    return strstr(text, ". . .") != NULL || strstr(text, ".....") != NULL ||
           strstr(text, "\xE2\x80\xA6\xE2\x80\xA6") != NULL;
}

/* How a text starts, as captions go. */
static head read_head(const char *text)
{
    char word[4 * MAX_WORD + 1];
    const char *p = text;
    head none = {NO_CAPTION, false};
    size_t number = 0;
    if (*text >= '0' && *text <= '9') { /* "3. ábra" */
        number = strspn(text, "0123456789");
        p = skip_spaces(text + number + (text[number] == '.'));
    }
    if (number > 3 || !first_word(word, &p, p))
        return none;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i].text) != 0)
            continue;
        head h = {words[i].kind, false};
        if (number > 0) {
            bool known = strcmp(word, "ábra") == 0 || strcmp(word, "táblázat") == 0;
            h.closed = is_closed(p);
            return known ? h : none;
        }
        if (words[i].alone && *p == ':')
            return (head){h.kind, true};
        p = skip_spaces(p + (*p == '.'));
        size_t n = number_length(p);
        const char *after = p + n;
        bool ends =
            *after == '\0' || (unsigned char)*after >= 0x80 || strchr(" .:|,()", *after) != NULL;
        if (n == 0 || !ends || *after == ',')
            return none;
        h.closed = is_closed(after);
        return h;
    }
    return none;
}

bool recto_captions_opens(const recto_line *line)
{
    char text[128];
    size_t len = 0;
    for (int k = 0; k < line->n_words && k < 4; k++) { /* more words than a head has */
        size_t n = strlen(line->words[k].text);
        if (len + n + 2 > sizeof text)
            break;
        if (len > 0)
            text[len++] = ' ';
        memcpy(text + len, line->words[k].text, n);
        len += n;
    }
    text[len] = '\0';
    head h = read_head(text);
    return h.kind != NO_CAPTION && h.closed;
}

/* --- places ------------------------------------------------------------------------------------
 */

static bool is_float(const recto_block *b)
{
    return b->label == RECTO_LABEL_PICTURE || b->label == RECTO_LABEL_TABLE;
}

/* White between two boxes that share much of their width; HUGE_VALF if they do not. */
static float white_between(const recto_rect *a, const recto_rect *b)
{
    float least = fminf(recto_rect_width(*a), recto_rect_width(*b));
    if (recto_rect_overlap_x(*a, *b) <= 0.3f * least)
        return HUGE_VALF;
    float white = a->y0 < b->y0 ? b->y0 - a->y1 : a->y0 - b->y1;
    return fmaxf(white, 0.0f);
}

static bool is_near_float(const recto_block *blocks, int n, int i, const recto_flow_metrics *m)
{
    for (int k = i > 2 ? i - 2 : 0; k < n && k <= i + 2; k++) {
        if (is_float(&blocks[k]) && white_between(&blocks[k].box, &blocks[i].box) < 3.0f * m->pitch)
            return true;
    }
    return false;
}

/* Small or slanted text right below a picture and no wider than it. */
static bool is_legend(const recto_block *blocks, int i, const recto_flow_metrics *m)
{
    const recto_block *b = &blocks[i];
    if (i == 0 || blocks[i - 1].label != RECTO_LABEL_PICTURE || b->n_lines > 4)
        return false;
    const recto_rect *p = &blocks[i - 1].box;
    bool small = b->size < (m->exact ? 0.96f : 0.92f) * m->body;
    bool slanted = (b->style & (uint32_t)RECTO_STYLE_ITALIC) != 0;
    return (small || slanted) && b->box.y0 > p->y1 - 0.5f * m->body &&
           b->box.y0 - p->y1 < 2.0f * m->pitch && b->box.x0 > p->x0 - 2.0f * m->body &&
           b->box.x1 < p->x1 + 2.0f * m->body;
}

void recto_captions_label(recto_block *blocks, int n, const recto_flow_metrics *m)
{
    for (int i = 0; i < n; i++) {
        recto_block *b = &blocks[i];
        if (b->label != RECTO_LABEL_TEXT || b->n_lines < 1)
            continue;
        head h = read_head(b->text);
        bool fits = h.kind != NO_CAPTION && b->n_lines <= MAX_LINES && !has_leaders(b->text) &&
                    (h.closed || is_near_float(blocks, n, i, m));
        if (fits || is_legend(blocks, i, m))
            b->label = RECTO_LABEL_CAPTION;
    }
}

/* --- ties --------------------------------------------------------------------------------------
 */

/* Does text of the body stand between a caption and its float, as they lie one below the other? */
static bool is_parted(const recto_block *blocks, int n, int i, int k)
{
    const recto_rect *a = &blocks[i].box;
    const recto_rect *b = &blocks[k].box;
    float y0 = fminf(a->y1, b->y1);
    float y1 = fmaxf(a->y0, b->y0);
    int low = (i < k ? i : k) - MAX_LOOK;
    int high = (i < k ? k : i) + MAX_LOOK;
    for (int o = low > 0 ? low : 0; o < n && o <= high; o++) {
        const recto_block *x = &blocks[o];
        float mid = (x->box.y0 + x->box.y1) / 2.0f;
        if (o != i && o != k && mid > y0 && mid < y1 &&
            recto_rect_overlap_x(x->box, blocks[i].box) > 0.0f)
            return true;
    }
    return false;
}

/* How badly float k fits caption i, in em of the caption; HUGE_VALF: not at all. */
static float misfit(const recto_block *blocks, int n, int i, int k)
{
    const recto_block *c = &blocks[i];
    const recto_block *f = &blocks[k];
    float em = fmaxf(c->size, 1.0f);
    caption_kind kind = read_head(c->text).kind;
    float cost = white_between(&c->box, &f->box) / em;
    bool table = f->label == RECTO_LABEL_TABLE;
    if (cost < HUGE_VALF) {
        bool above = c->box.y0 < f->box.y0;
        cost += above == table ? 0.0f : 0.5f; /* the custom of most print */
        if (cost > 7.0f || (cost > 1.5f && is_parted(blocks, n, i, k)))
            return HUGE_VALF;
    } else { /* beside it */
        float shared = recto_rect_overlap_y(c->box, f->box);
        float gap = fmaxf(c->box.x0 - f->box.x1, f->box.x0 - c->box.x1) / em;
        if (shared < 0.5f * recto_rect_height(c->box) || gap > 5.0f)
            return HUGE_VALF;
        cost = 1.0f + fmaxf(gap, 0.0f);
    }
    if ((kind == OF_TABLE && !table) || (kind == OF_PICTURE && table))
        cost += 4.0f;
    if (kind == NO_CAPTION && table)
        return HUGE_VALF;
    return cost < 9.0f ? cost : HUGE_VALF;
}

/* The float that fits caption i best among those that are free. */
static int best_float(float *cost_out, const recto_block *blocks, int n, int i)
{
    int best = -1;
    *cost_out = HUGE_VALF;
    for (int k = i > MAX_LOOK ? i - MAX_LOOK : 0; k < n && k <= i + MAX_LOOK; k++) {
        if (!is_float(&blocks[k]) || blocks[k].tied != 0)
            continue;
        float cost = misfit(blocks, n, i, k);
        if (cost < *cost_out) {
            *cost_out = cost;
            best = k;
        }
    }
    return best;
}

/* The caption that fits float k best among those that are free. */
static int best_caption(const recto_block *blocks, int n, int k)
{
    int best = -1;
    float least = HUGE_VALF;
    for (int i = k > MAX_LOOK ? k - MAX_LOOK : 0; i < n && i <= k + MAX_LOOK; i++) {
        if (blocks[i].label != RECTO_LABEL_CAPTION || blocks[i].tied != 0)
            continue;
        float cost = misfit(blocks, n, i, k);
        if (cost < least) {
            least = cost;
            best = i;
        }
    }
    return best;
}

static int tie_pass(recto_block *blocks, int n, bool mutual)
{
    int n_tied = 0;
    for (int i = 0; i < n; i++) {
        float cost = 0.0f;
        if (blocks[i].label != RECTO_LABEL_CAPTION || blocks[i].tied != 0)
            continue;
        int k = best_float(&cost, blocks, n, i);
        if (k < 0 || (mutual && best_caption(blocks, n, k) != i))
            continue;
        blocks[i].tied = k + 1;
        blocks[k].tied = i + 1;
        n_tied++;
    }
    return n_tied;
}

void recto_captions_tie(recto_block *blocks, int n)
{
    for (int i = 0; i < n; i++)
        blocks[i].tied = 0;
    for (int pass = 0; pass < 4 && tie_pass(blocks, n, true) > 0; pass++)
        ; /* pairs that choose each other first */
    (void)tie_pass(blocks, n, false);
}

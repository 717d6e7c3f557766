/* Protects the border to the parsing process: through it a document must look exactly as it does
 * without, and no bytes from beyond may be believed that break a rule. */
#include "check.h"
#include "pdf_build.h"
#include "remote_port.h"

#include "core/file.h"

#include <dirent.h>
#include <math.h>
#include <sys/stat.h>

/* --- the same as in this process --------------------------------------------------------- */

static void require_same_error(const recto_error *a, const recto_error *b)
{
    assert_int_equal(a->code, b->code);
    assert_int_equal(a->sys, b->sys);
    assert_int_equal(a->offset, b->offset);
    assert_string_equal(a->msg, b->msg);
}

static void require_same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static void require_same_meta(const recto_source_meta *a, const recto_source_meta *b)
{
    assert_string_equal(a->format, b->format);
    require_same_text(a->title, b->title);
    require_same_text(a->author, b->author);
    require_same_text(a->subject, b->subject);
    require_same_text(a->keywords, b->keywords);
    require_same_text(a->creator, b->creator);
    require_same_text(a->producer, b->producer);
    require_same_text(a->created, b->created);
    require_same_text(a->modified, b->modified);
    assert_int_equal(a->encrypted, b->encrypted);
    assert_int_equal(a->n_bookmarks, b->n_bookmarks);
    for (int i = 0; i < a->n_bookmarks; i++) {
        assert_string_equal(a->bookmarks[i].title, b->bookmarks[i].title);
        assert_int_equal(a->bookmarks[i].level, b->bookmarks[i].level);
        assert_int_equal(a->bookmarks[i].page, b->bookmarks[i].page);
    }
}

static bool same_box(recto_rect a, recto_rect b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static bool same_bits(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void require_same_facts(const recto_source_facts *a, const recto_source_facts *b)
{
    assert_true(same_bits(a->width_pt, b->width_pt) && same_bits(a->height_pt, b->height_pt));
    assert_true(a->rotate_deg == b->rotate_deg && a->turned_deg == b->turned_deg);
    assert_true(a->n_chars == b->n_chars && a->n_chars_hidden == b->n_chars_hidden);
    assert_true(a->n_chars_bad == b->n_chars_bad && a->n_chars_odd == b->n_chars_odd);
    assert_int_equal(a->n_images, b->n_images);
    assert_true(same_bits(a->image_cover, b->image_cover) && a->single_image == b->single_image);
    assert_true(a->image_w == b->image_w && a->image_h == b->image_h);
    assert_true(a->n_paths == b->n_paths && same_bits(a->path_cover, b->path_cover));
    assert_int_equal(a->damaged, b->damaged);
}

static void require_same_line(const recto_line *a, const recto_line *b)
{
    assert_true(same_box(a->box, b->box) && a->n_words == b->n_words && a->style == b->style);
    assert_true(same_bits(a->baseline, b->baseline) && same_bits(a->size, b->size));
    assert_true(same_bits(a->conf, b->conf) && a->region == b->region);
    for (int i = 0; i < a->n_words; i++) {
        assert_string_equal(a->words[i].text, b->words[i].text);
        assert_true(same_box(a->words[i].box, b->words[i].box));
        assert_true(same_bits(a->words[i].conf, b->words[i].conf));
        assert_int_equal(a->words[i].style, b->words[i].style);
    }
}

static void require_same_layout(const recto_layout *a, const recto_layout *b)
{
    assert_true(same_bits(a->width, b->width) && same_bits(a->height, b->height));
    assert_true(same_bits(a->dpi, b->dpi));
    assert_int_equal(a->n_lines, b->n_lines);
    assert_int_equal(a->n_rules, b->n_rules);
    assert_int_equal(a->n_pictures, b->n_pictures);
    assert_int_equal(a->n_links, b->n_links);
    for (int i = 0; i < a->n_links; i++) {
        assert_true(same_box(a->links[i].box, b->links[i].box));
        assert_string_equal(a->links[i].url, b->links[i].url);
    }
    assert_int_equal(a->n_fields, b->n_fields);
    for (int i = 0; i < a->n_fields; i++) {
        const recto_field *f = &a->fields[i];
        const recto_field *g = &b->fields[i];
        assert_true(same_box(f->box, g->box) && f->kind == g->kind && f->checked == g->checked);
        assert_true(same_bits(f->conf, g->conf));
        assert_string_equal(f->name, g->name);
        assert_string_equal(f->label, g->label);
        assert_string_equal(f->value, g->value);
    }
    for (int i = 0; i < a->n_lines; i++)
        require_same_line(&a->lines[i], &b->lines[i]);
    for (int i = 0; i < a->n_rules; i++)
        assert_true(same_box(a->rules[i].box, b->rules[i].box) &&
                    a->rules[i].vertical == b->rules[i].vertical);
    for (int i = 0; i < a->n_pictures; i++)
        assert_true(same_box(a->pictures[i], b->pictures[i]));
}

static void require_same_image(const recto_image *a, const recto_image *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->channels, b->channels);
    assert_true(same_bits(a->dpi, b->dpi));
    size_t row = (size_t)a->width * (size_t)a->channels;
    for (int y = 0; y < a->height; y++)
        assert_memory_equal(a->px + (size_t)y * a->stride, b->px + (size_t)y * b->stride, row);
}

typedef struct pair {
    recto_source *here, *there;
    remote_port port;
    recto_arena *keep;
} pair;

static void require_same_scans(pair *p, int i)
{
    for (int way = 0; way < 4; way++) {
        recto_source_facts f[2] = {0};
        recto_layout l[2] = {0};
        recto_error err[2] = {0};
        recto_status status[2];
        for (int k = 0; k < 2; k++) {
            recto_source *s = k == 0 ? p->here : p->there;
            status[k] = way == 0 ? recto_source_page_facts(&f[k], s, i, &err[k])
                        : way == 1
                            ? recto_source_page_scan(&f[k], &l[k], s, i, 300.0f, p->keep, &err[k])
                            : recto_source_page_layout(&l[k], s, i, way == 2 ? 72.0f : 217.0f,
                                                       way == 2, p->keep, &err[k]);
        }
        assert_int_equal(status[0], status[1]);
        require_same_error(&err[0], &err[1]);
        require_same_facts(&f[0], &f[1]);
        require_same_layout(&l[0], &l[1]);
    }
}

static void require_same_pixels(pair *p, int i)
{
    for (int way = 0; way < 2; way++) {
        recto_image *im[2] = {NULL, NULL};
        recto_error err[2] = {0};
        for (int k = 0; k < 2; k++) {
            recto_source *s = k == 0 ? p->here : p->there;
            recto_status status = way == 0
                                      ? recto_source_page_pixels(&im[k], s, i, &err[k])
                                      : recto_source_page_picture(&im[k], s, i, 40.0f, &err[k]);
            assert_int_equal(status, err[k].code);
        }
        require_same_error(&err[0], &err[1]);
        assert_int_equal(im[0] == NULL, im[1] == NULL);
        if (im[0] != NULL)
            require_same_image(im[0], im[1]);
        recto_image_free(im[0]);
        recto_image_free(im[1]);
    }
}

static void require_same_attachments(pair *p)
{
    int n[2] = {-1, -1};
    recto_error err[2] = {0};
    assert_int_equal(recto_source_attachment_count(&n[0], p->here, &err[0]),
                     recto_source_attachment_count(&n[1], p->there, &err[1]));
    require_same_error(&err[0], &err[1]);
    assert_int_equal(n[0], n[1]);
    for (int k = 0; k < n[0]; k++) {
        recto_source_attachment a;
        recto_source_attachment b;
        assert_int_equal(recto_source_attachment_info(&a, p->here, k, NULL), RECTO_OK);
        assert_int_equal(recto_source_attachment_info(&b, p->there, k, NULL), RECTO_OK);
        assert_string_equal(a.name, b.name);
        assert_int_equal(a.size, b.size);
    }
}

static void require_same_document(const uint8_t *bytes, size_t size,
                                  const recto_source_options *opt, int max_pages)
{
    pair p = {.port = {.bytes = bytes, .size = size}};
    recto_error err[2] = {0};
    recto_status status = recto_source_open(&p.here, bytes, size, opt, &err[0]);
    assert_int_equal(status,
                     recto_source_remote_open(&p.there, remote_port_make(&p.port), opt, &err[1]));
    require_same_error(&err[0], &err[1]);
    assert_int_equal(p.here == NULL, p.there == NULL);
    p.keep = recto_arena_new(0, 0);
    if (status == RECTO_OK) {
        int n = recto_source_page_count(p.here);
        assert_int_equal(n, recto_source_page_count(p.there));
        require_same_meta(recto_source_metadata(p.here), recto_source_metadata(p.there));
        for (int i = 0; i < n && i < max_pages; i++) {
            recto_arena_clear(p.keep);
            require_same_scans(&p, i);
            require_same_pixels(&p, i);
        }
        require_same_scans(&p, n); /* no such page */
        require_same_pixels(&p, -1);
        require_same_attachments(&p);
    }
    assert_int_equal(p.port.n_starts, 1); /* no error of a document ends its parser */
    recto_source_close(p.here);
    recto_source_close(p.there);
    assert_int_equal(p.port.n_closed, 1);
    recto_arena_free(p.keep);
    remote_port_free(&p.port);
}

/* Every file of a folder, but bombs (they take seconds and say the same); returns how many. */
static int each_file(const char *folder, size_t max_size, int max_pages)
{
    static const char *const passwords[] = {"wrong", NULL, "secret", "opensesame"};
    const recto_source_options opt = {
        .passwords = passwords, .n_passwords = 4, .dpi = 60.0f, .max_pixels = 30000000};
    DIR *d = opendir(folder);
    assert_non_null(d);
    int n = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[1024];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > max_size ||
            strncmp(e->d_name, "bomb", 4) == 0)
            continue;
        recto_bytes file;
        assert_int_equal(recto_bytes_read(&file, path, 0, NULL), RECTO_OK);
        require_same_document(file.data, file.size, &opt, max_pages);
        recto_bytes_close(&file);
        n++;
    }
    closedir(d);
    return n;
}

static void remote_shows_samples_as_they_are(void **state)
{
    (void)state;
    assert_true(each_file(getenv("RECTO_SAMPLES"), 600000, 2) > 20);
}

static void remote_shows_broken_files_as_they_are(void **state)
{
    (void)state;
    const char *const folders[] = {"tests/data/hostile", "tests/data/image", "tests/corpus/source"};
    int n = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", getenv("RECTO_SOURCE_DIR"), folders[i]);
        n += each_file(path, 100000, 2);
    }
    assert_true(n > 60);
}

static void remote_passes_options_on(void **state)
{
    (void)state;
    pdf_build b;
    recto_source_close(pdf_build_content(&b, "BT /F1 20 Tf 50 700 Td (Words) Tj ET"));
    const uint8_t *bytes = (const uint8_t *)b.out.data;
    const recto_source_options few_pixels = {.max_pixels = 1000, .dpi = 100.0f};
    require_same_document(bytes, b.out.len, &few_pixels, 1);
    require_same_document(bytes, b.out.len, NULL, 1);
    recto_buf_free(&b.out);

    char path[1024];
    recto_bytes file;
    snprintf(path, sizeof path, "%s/report.pdf", getenv("RECTO_SAMPLES"));
    assert_int_equal(recto_bytes_read(&file, path, 0, NULL), RECTO_OK);
    const recto_source_options one_page = {.max_pages = 1};
    require_same_document(file.data, file.size, &one_page, 1); /* LIMIT */
    recto_bytes_close(&file);
    snprintf(path, sizeof path, "%s/encrypted.pdf", getenv("RECTO_SAMPLES"));
    assert_int_equal(recto_bytes_read(&file, path, 0, NULL), RECTO_OK);
    require_same_document(file.data, file.size, NULL, 1); /* ENCRYPTED */
    recto_bytes_close(&file);
}

static void remote_refuses_passwords_beyond_a_request(void **state)
{
    (void)state;
    char *word = malloc(RECTO_SOURCE_REQUEST_MAX + 1);
    assert_non_null(word);
    memset(word, 'x', RECTO_SOURCE_REQUEST_MAX);
    word[RECTO_SOURCE_REQUEST_MAX] = '\0';
    const char *passwords[] = {word};
    const recto_source_options opt = {.passwords = passwords, .n_passwords = 1};
    remote_port port = {.bytes = (const uint8_t *)"%PDF-", .size = 5};
    recto_source *s;
    recto_error err = {0};
    assert_int_equal(recto_source_remote_open(&s, remote_port_make(&port), &opt, &err),
                     RECTO_ERR_LIMIT);
    assert_null(s);
    assert_int_equal(port.n_closed, 1);
    assert_int_equal(port.n_starts, 0);
    remote_port_free(&port);
    free(word);
}

/* --- hostile replies --------------------------------------------------------------------- */

/* One page with text, a rule, a picture, a bookmark and a title. */
static void build_rich(pdf_build *b)
{
    static const char content[] = "BT /F1 20 Tf 50 700 Td (Some words) Tj 0 -40 Td (more here) Tj "
                                  "ET 0 0 0 rg 50 600 400 1 re f "
                                  "q 100 0 0 100 50 300 cm /I Do Q";
    static const unsigned char gray[25] = {0, 80, 160, 255};
    *b = (pdf_build){.out = RECTO_BUF_INIT};
    pdf_build_page(b, content, "", "/XObject << /I 8 0 R >>");
    pdf_build_stream(b,
                     "/Type /XObject /Subtype /Image /Width 5 /Height 5 /ColorSpace /DeviceGray "
                     "/BitsPerComponent 8",
                     gray, sizeof gray);
    pdf_build_object(b, "<< /Title (A title) /CreationDate (D:20240131120000Z) >>");
    pdf_build_finish(b, "/Info 9 0 R");
}

typedef struct rich {
    pdf_build pdf;
    remote_port port;
    recto_source *s;
    recto_arena *keep;
} rich;

static void open_rich(rich *r)
{
    memset(r, 0, sizeof *r);
    build_rich(&r->pdf);
    r->keep = recto_arena_new(0, 0);
    r->port.bytes = (const uint8_t *)r->pdf.out.data;
    r->port.size = r->pdf.out.len;
    const recto_source_options opt = {.dpi = 40.0f};
    recto_error err = {0};
    if (recto_source_remote_open(&r->s, remote_port_make(&r->port), &opt, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
}

static void close_rich(rich *r)
{
    recto_source_close(r->s);
    remote_port_free(&r->port);
    recto_arena_free(r->keep);
    recto_buf_free(&r->pdf.out);
}

/* A change of `size` bytes at an offset of the reply. */
typedef struct change {
    size_t at;
    size_t size;
    uint8_t bytes[16];
    int64_t longer; /* bytes put on, or taken off, the reply's end */
} change;

static void apply(uint8_t *reply, uint64_t *size, void *user)
{
    const change *c = user;
    memcpy(reply + c->at, c->bytes, c->size);
    *size = (uint64_t)((int64_t)*size + c->longer);
}

static change change_u32(size_t at, uint32_t v)
{
    change c = {.at = at, .size = 4};
    memcpy(c.bytes, &v, 4);
    return c;
}

static change change_f32(size_t at, float v)
{
    change c = {.at = at, .size = 4};
    memcpy(c.bytes, &v, 4);
    return c;
}

static change change_text(size_t at, const char *text)
{
    change c = {.at = at, .size = strlen(text)};
    memcpy(c.bytes, text, c.size);
    return c;
}

static change change_end(int64_t longer)
{
    return (change){.longer = longer};
}

static recto_status call_kind(rich *r, recto_source_wire_kind kind, recto_error *err)
{
    recto_source_facts f;
    recto_layout l;
    recto_image *im = NULL;
    recto_status status;
    int n;
    if (kind == RECTO_SOURCE_WIRE_SCAN)
        return recto_source_page_scan(&f, &l, r->s, 0, 72.0f, r->keep, err);
    if (kind == RECTO_SOURCE_WIRE_ATTACHMENTS)
        return recto_source_attachment_count(&n, r->s, err);
    status = kind == RECTO_SOURCE_WIRE_PIXELS ? recto_source_page_pixels(&im, r->s, 0, err)
                                              : recto_source_page_picture(&im, r->s, 0, 40.0f, err);
    assert_int_equal(status == RECTO_OK, im != NULL);
    recto_image_free(im);
    return status;
}

/* The change makes the reply a CRASH, a fresh server is had, and then all is well. */
static void require_crash(rich *r, recto_source_wire_kind kind, change c)
{
    recto_error err = {0};
    int n_starts = r->port.n_starts;
    r->port.bend = apply;
    r->port.user = &c;
    r->port.bend_kind = (uint32_t)kind;
    recto_status status = call_kind(r, kind, &err);
    if (status != RECTO_ERR_CRASH)
        fail_msg("change at %zu: %s (%s)", c.at, recto_status_name(status), err.msg);
    assert_non_null(strstr(err.msg, "answered nonsense"));
    assert_int_equal(r->port.n_starts, n_starts);
    assert_int_equal(call_kind(r, kind, &err), RECTO_OK);
    assert_int_equal(r->port.n_starts, n_starts + 1);
}

enum { HEAD = sizeof(recto_source_wire_head) };
#define HEAD_AT(field)   offsetof(recto_source_wire_head, field)
#define FACTS_AT(field)  (HEAD + offsetof(recto_source_wire_facts, field))
#define LAYOUT           (HEAD + sizeof(recto_source_wire_facts))
#define LAYOUT_AT(field) (LAYOUT + offsetof(recto_source_wire_layout, field))
#define LINE             (LAYOUT + sizeof(recto_source_wire_layout))
#define LINE_AT(field)   (LINE + offsetof(recto_source_wire_line, field))
#define RULE             (LINE + 2 * sizeof(recto_source_wire_line)) /* the page has two lines */
#define RULE_AT(field)   (RULE + offsetof(recto_source_wire_rule, field))
#define PICTURE          (RULE + sizeof(recto_source_wire_rule))
#define WORD             (PICTURE + sizeof(recto_rect))
#define WORD_AT(field)   (WORD + offsetof(recto_source_wire_word, field))
#define TEXT             (WORD + 4 * sizeof(recto_source_wire_word)) /* "Some", "words"... */

static void remote_knows_the_shape_of_its_test_page(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    recto_source_facts f;
    recto_layout l;
    assert_int_equal(recto_source_page_scan(&f, &l, r.s, 0, 72.0f, r.keep, NULL), RECTO_OK);
    assert_int_equal(l.n_lines, 2);
    assert_int_equal(l.n_rules, 1);
    assert_int_equal(l.n_pictures, 1);
    assert_int_equal(l.lines[0].n_words, 2);
    assert_string_equal(l.lines[0].words[0].text, "Some");
    assert_string_equal((const char *)r.port.reply + TEXT, "Some");
    assert_string_equal(recto_source_metadata(r.s)->title, "A title");
    close_rich(&r);
}

static void remote_refuses_a_bent_head(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    const recto_source_wire_kind kinds[] = {RECTO_SOURCE_WIRE_SCAN, RECTO_SOURCE_WIRE_PIXELS,
                                            RECTO_SOURCE_WIRE_PICTURE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const recto_source_wire_kind k = kinds[i];
        require_crash(&r, k, change_u32(HEAD_AT(kind), (uint32_t)k + 1));
        require_crash(&r, k, change_u32(HEAD_AT(n_message), 1));
        /* an error, but the message is missing, too long, or followed by more */
        require_crash(&r, k, change_u32(HEAD_AT(status), RECTO_ERR_FORMAT));
        change with_message = {.at = HEAD_AT(status), .size = 12};
        const uint32_t long_message[3] = {RECTO_ERR_FORMAT, 0, 256};
        memcpy(with_message.bytes, long_message, 12);
        require_crash(&r, k, with_message);
        const uint32_t short_message[3] = {RECTO_ERR_FORMAT, 0, 3};
        memcpy(with_message.bytes, short_message, 12);
        require_crash(&r, k, with_message);
        /* classes that would stop a run */
        const recto_status stopping[] = {RECTO_ERR_IO,
                                         RECTO_ERR_OUTPUT,
                                         RECTO_ERR_ARG,
                                         RECTO_ERR_MODEL,
                                         RECTO_ERR_DEVICE,
                                         RECTO_ERR_CANCELLED,
                                         RECTO_ERR_TIMEOUT,
                                         RECTO_ERR_CRASH,
                                         99,
                                         (recto_status)0x80000000u};
        for (size_t j = 0; j < sizeof stopping / sizeof *stopping; j++)
            require_crash(&r, k, change_u32(HEAD_AT(status), (uint32_t)stopping[j]));
        require_crash(&r, k, change_end(1));
        require_crash(&r, k, change_end(-1));
        require_crash(&r, k, change_end(INT64_MAX / 2));
    }
    close_rich(&r);
}

static void empty_reply(uint8_t *reply, uint64_t *size, void *user)
{
    (void)reply;
    *size = *(const uint64_t *)user;
}

static void remote_refuses_replies_cut_anywhere(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    recto_error err = {0};
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_OK);
    const uint64_t whole = r.port.n_reply;
    for (uint64_t n = 0; n < whole; n += n < 24 ? 1 : 7) {
        r.port.bend = empty_reply;
        r.port.bend_kind = RECTO_SOURCE_WIRE_SCAN;
        r.port.user = &n;
        assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_ERR_CRASH);
    }
    close_rich(&r);
}

static void remote_refuses_impossible_facts(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    const change changes[] = {
        change_f32(FACTS_AT(width_pt), 0.0f),
        change_f32(FACTS_AT(width_pt), NAN),
        change_f32(FACTS_AT(width_pt), 601.0f), /* not what the layout says */
        change_f32(FACTS_AT(height_pt), INFINITY),
        change_f32(FACTS_AT(height_pt), -800.0f),
        change_u32(FACTS_AT(rotate_deg), 45),
        change_u32(FACTS_AT(turned_deg), 360),
        change_u32(FACTS_AT(n_chars), 0x80000000u),
        change_u32(FACTS_AT(n_chars_hidden), 0xFFFFFFFFu),
        change_u32(FACTS_AT(n_chars_bad), 1000000),
        change_u32(FACTS_AT(n_chars_bad), 0xFFFFFFFFu),
        change_u32(FACTS_AT(n_chars_odd), 1000000),
        change_u32(FACTS_AT(n_chars_odd), 0xFFFFFFFFu),
        change_u32(FACTS_AT(n_images), 0x80000000u),
        change_f32(FACTS_AT(image_cover), 1.5f),
        change_f32(FACTS_AT(image_cover), -NAN),
        change_u32(FACTS_AT(single_image), 2),
        change_u32(FACTS_AT(image_w), 0x80000001u),
        change_u32(FACTS_AT(image_h), 0xFFFFFFFFu),
        change_u32(FACTS_AT(n_paths), 0xFFFFFFFFu),
        change_f32(FACTS_AT(path_cover), -0.1f),
        change_u32(FACTS_AT(damaged), 0xFFu),
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        require_crash(&r, RECTO_SOURCE_WIRE_SCAN, changes[i]);
    close_rich(&r);
}

static void remote_refuses_impossible_layouts(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    const change changes[] = {
        change_f32(LAYOUT_AT(width), 1e9f),
        change_f32(LAYOUT_AT(height), NAN),
        change_f32(LAYOUT_AT(dpi), 73.0f),
        change_u32(LAYOUT_AT(n_lines), 0xFFFFFFFFu),
        change_u32(LAYOUT_AT(n_lines), 1),
        change_u32(LAYOUT_AT(n_lines), 0),
        change_u32(LAYOUT_AT(n_words), 0xFFFFFFFFu),
        change_u32(LAYOUT_AT(n_words), 4000001),
        change_u32(LAYOUT_AT(n_words), 3),
        change_u32(LAYOUT_AT(n_rules), 0x10000000u),
        change_u32(LAYOUT_AT(n_rules), 0),
        change_u32(LAYOUT_AT(n_pictures), 0xFFFFFFF0u),
        change_u32(LAYOUT_AT(n_links), 0xFFFFFFFFu),
        change_u32(LAYOUT_AT(n_links), 1),
        change_u32(LAYOUT_AT(n_fields), 0xFFFFFFFFu),
        change_u32(LAYOUT_AT(n_fields), 1),
        change_u32(LAYOUT_AT(n_text), 0xFFFFFFFFu),
        change_u32(LAYOUT_AT(n_text), 0),
        change_f32(LINE_AT(box.x0), NAN),
        change_f32(LINE_AT(box.x1), 1e6f),
        change_f32(LINE_AT(box.y0), -5.0f),
        change_u32(LINE_AT(n_words), 0),
        change_u32(LINE_AT(n_words), 0xFFFFFFFFu),
        change_u32(LINE_AT(n_words), 1),
        change_u32(LINE_AT(n_words), 4),
        change_f32(LINE_AT(baseline), INFINITY),
        change_f32(LINE_AT(size), 0.0f),
        change_f32(LINE_AT(size), NAN),
        change_f32(LINE_AT(conf), 1.01f),
        change_u32(LINE_AT(style), 0x40),
        change_u32(LINE_AT(region), 0xFFFFFFFEu),
        change_f32(RULE_AT(box.x1), 0.0f),
        change_f32(RULE_AT(box.x1), 1000.0f),
        change_u32(RULE_AT(vertical), 2),
        change_f32(PICTURE, 599.0f), /* x0 > x1 */
        change_f32(PICTURE + 4, NAN),
        change_f32(WORD_AT(box.x0), 500.0f), /* > x1 */
        change_f32(WORD_AT(box.y1), NAN),
        change_f32(WORD_AT(conf), -1.0f),
        change_u32(WORD_AT(style), 0x80000000u),
        change_u32(WORD_AT(len), 0),
        change_u32(WORD_AT(len), 3),
        change_u32(WORD_AT(len), 10),
        change_u32(WORD_AT(len), 0xFFFFFFFFu),
        change_text(TEXT, "So e"), /* a space */
        change_text(TEXT, "So\x07"
                          "e"),       /* a control */
        change_text(TEXT, "S\xFFme"), /* no UTF-8 */
        change_text(TEXT, "So\xC3"),  /* half a character */
        change_text(TEXT, "\xEE\x80\x80"
                          "e"), /* private use */
        change_text(TEXT, "\xE2\x80\xAE"
                          "e"),                    /* right-to-left override */
        change_text(TEXT + 4, "x"),                /* no end */
        {.at = TEXT + 1, .size = 1, .bytes = {0}}, /* an end before the end */
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        require_crash(&r, RECTO_SOURCE_WIRE_SCAN, changes[i]);
    close_rich(&r);
}

static void remote_cleans_what_is_not_normal(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    recto_source_facts f;
    recto_layout l;
    change c = change_text(TEXT, "\x65\xCC\x81!"); /* e and an acute accent */
    r.port.bend = apply;
    r.port.user = &c;
    r.port.bend_kind = RECTO_SOURCE_WIRE_SCAN;
    assert_int_equal(recto_source_page_scan(&f, &l, r.s, 0, 72.0f, r.keep, NULL), RECTO_OK);
    assert_string_equal(l.lines[0].words[0].text, "\xC3\xA9!");
    close_rich(&r);
}

static void remote_refuses_impossible_images(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
#define IMAGE_AT(field) (HEAD + offsetof(recto_source_wire_image, field))
    const change changes[] = {
        change_u32(IMAGE_AT(width), 0),    change_u32(IMAGE_AT(width), 0x7FFFFFFF),
        change_u32(IMAGE_AT(height), 0),   change_u32(IMAGE_AT(height), 0xFFFFFFFFu),
        change_u32(IMAGE_AT(channels), 0), change_u32(IMAGE_AT(channels), 2),
        change_u32(IMAGE_AT(channels), 4), change_f32(IMAGE_AT(dpi), -1.0f),
        change_f32(IMAGE_AT(dpi), NAN),    change_f32(IMAGE_AT(dpi), INFINITY),
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        require_crash(&r, RECTO_SOURCE_WIRE_PIXELS, changes[i]);
        require_crash(&r, RECTO_SOURCE_WIRE_PICTURE, changes[i]);
    }
    /* colour where grey was asked for: sizes would add up */
    change colour = {.at = IMAGE_AT(width), .size = 12};
    recto_error err = {0};
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_PIXELS, &err), RECTO_OK);
    recto_source_wire_image w;
    memcpy(&w, r.port.reply + HEAD, sizeof w);
    w.channels = 3;
    colour.longer = 2 * (int64_t)w.width * w.height;
    memcpy(colour.bytes, &w, 12);
    require_crash(&r, RECTO_SOURCE_WIRE_PIXELS, colour);
    close_rich(&r);
}

static void remote_refuses_images_over_the_limit(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    recto_source_close(r.s);
    const recto_source_options opt = {.dpi = 10.0f, .max_pixels = 20000};
    assert_int_equal(recto_source_remote_open(&r.s, remote_port_make(&r.port), &opt, NULL),
                     RECTO_OK);
    change big = {.at = HEAD, .size = 8, .longer = 0};
    recto_error err = {0};
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_PIXELS, &err), RECTO_OK);
    const int32_t side[2] = {500, 500}; /* 250,000 > 3 x 20,000 */
    memcpy(big.bytes, side, 8);
    recto_source_wire_image w;
    memcpy(&w, r.port.reply + HEAD, sizeof w);
    big.longer = 250000 - (int64_t)w.width * w.height;
    require_crash(&r, RECTO_SOURCE_WIRE_PIXELS, big);
    close_rich(&r);
}

/* Opening with this change of the first reply. */
static void require_no_open(change c)
{
    pdf_build pdf;
    build_rich(&pdf);
    remote_port port = {.bytes = (const uint8_t *)pdf.out.data,
                        .size = pdf.out.len,
                        .bend = apply,
                        .user = &c,
                        .bend_kind = RECTO_SOURCE_WIRE_OPEN};
    recto_source *s = NULL;
    recto_error err = {0};
    const recto_source_options opt = {.max_pages = 7};
    recto_status status = recto_source_remote_open(&s, remote_port_make(&port), &opt, &err);
    if (status != RECTO_ERR_CRASH)
        fail_msg("change at %zu: %s (%s)", c.at, recto_status_name(status), err.msg);
    assert_null(s);
    assert_int_equal(port.n_closed, 1);
    remote_port_free(&port);
    recto_buf_free(&pdf.out);
}

static void remote_refuses_impossible_documents(void **state)
{
    (void)state;
#define OPEN_AT(field) (HEAD + offsetof(recto_source_wire_open, field))
    const size_t text = HEAD + sizeof(recto_source_wire_open); /* "pdf", "A title", ... */
    const change changes[] = {
        change_u32(HEAD_AT(kind), RECTO_SOURCE_WIRE_SCAN),
        change_u32(OPEN_AT(n_pages), 0),
        change_u32(OPEN_AT(n_pages), 0xFFFFFFFFu),
        change_u32(OPEN_AT(n_pages), 1000001),
        change_u32(OPEN_AT(n_pages), 8), /* over max_pages */
        change_u32(OPEN_AT(encrypted), 2),
        change_u32(OPEN_AT(n_bookmarks), 1),
        change_u32(OPEN_AT(n_bookmarks), 0xFFFFFFFFu),
        change_u32(OPEN_AT(n_text), 0xFFFFFFFFu),
        change_u32(OPEN_AT(len[0]), RECTO_SOURCE_WIRE_NONE), /* no format */
        change_u32(OPEN_AT(len[0]), 2),
        change_u32(OPEN_AT(len[1]), 0),
        change_u32(OPEN_AT(len[1]), RECTO_SOURCE_WIRE_NONE),
        change_u32(OPEN_AT(len[1]), 1000),
        change_text(text, "pdg"), /* a format that we do not know */
        change_text(text + 4, "A\ttitle"),
        change_text(text + 4, "A\xFFtitle"),
        change_text(text + 12, "<script>"), /* no date */
        change_end(1),
        change_end(-1),
        change_end(-1000000),
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (changes[i].longer == -1000000)
            continue;
        require_no_open(changes[i]);
    }
}

/* --- errors and restarts ----------------------------------------------------------------- */

/* An error with this class and message. */
typedef struct told {
    recto_status status;
    const char *message;
    int32_t sys;
} told;

static void tell(uint8_t *reply, uint64_t *size, void *user)
{
    const told *t = user;
    recto_source_wire_head head;
    memcpy(&head, reply, sizeof head);
    head.status = (uint32_t)t->status;
    head.n_message = (uint32_t)strlen(t->message);
    head.sys = t->sys;
    head.offset = 42;
    memcpy(reply, &head, sizeof head);
    memcpy(reply + sizeof head, t->message, head.n_message);
    *size = sizeof head + head.n_message;
}

static recto_status call_told(rich *r, told t, recto_error *err)
{
    r->port.bend = tell;
    r->port.user = &t;
    r->port.bend_kind = RECTO_SOURCE_WIRE_SCAN;
    return call_kind(r, RECTO_SOURCE_WIRE_SCAN, err);
}

static void remote_hands_errors_on(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    recto_error err = {0};
    told t = {RECTO_ERR_FORMAT, "it is torn", 7};
    assert_int_equal(call_told(&r, t, &err), RECTO_ERR_FORMAT);
    assert_string_equal(err.msg, "page 1: it is torn");
    assert_int_equal(err.offset, 42);
    assert_int_equal(err.sys, 7);
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_OK);
    assert_int_equal(r.port.n_starts, 1); /* an ordinary error costs no server */

    /* escape sequences and overrides do not reach a terminal */
    told escape = {RECTO_ERR_LIMIT,
                   "a\x1B[2Jb\xC2\x9B"
                   "c \xE2\x80\xAE"
                   "d",
                   0};
    assert_int_equal(call_told(&r, escape, &err), RECTO_ERR_LIMIT);
    assert_string_equal(err.msg, "page 1: a[2Jbc d");
    assert_int_equal(r.port.n_starts, 1);

    told half = {RECTO_ERR_FORMAT, "broken \xC3", 0};
    assert_int_equal(call_told(&r, half, &err), RECTO_ERR_CRASH);
    told sys = {RECTO_ERR_FORMAT, "broken", -1};
    assert_int_equal(call_told(&r, sys, &err), RECTO_ERR_CRASH);
    assert_int_equal(call_told(&r, t, NULL), RECTO_ERR_FORMAT); /* no record is wanted */
    close_rich(&r);
}

static void remote_takes_a_servers_want_of_memory_for_a_limit(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    recto_error err = {0};
    told t = {RECTO_ERR_NOMEM, "out of memory for the page", 0};
    assert_int_equal(call_told(&r, t, &err), RECTO_ERR_LIMIT);
    assert_string_equal(err.msg,
                        "page 1: out of memory for the page (a parser's memory: --max-memory)");
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_OK);
    assert_int_equal(r.port.n_starts, 2);
    close_rich(&r);
}

static void remote_goes_on_with_a_fresh_server(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    const recto_status lost[] = {RECTO_ERR_CRASH, RECTO_ERR_TIMEOUT, RECTO_ERR_LIMIT,
                                 RECTO_ERR_CANCELLED};
    for (int i = 0; i < 4; i++) {
        recto_error err = {0};
        r.port.bend_kind = RECTO_SOURCE_WIRE_PIXELS;
        r.port.call_fails = lost[i];
        assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_PIXELS, &err), lost[i]);
        assert_string_equal(err.msg, "page 1: the parser was lost");
        assert_int_equal(r.port.n_starts, i + 1); /* not before it is needed */
        assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_PIXELS, &err), RECTO_OK);
        assert_int_equal(r.port.n_starts, i + 2);
    }
    close_rich(&r);
}

/* What a server keeps of the pages it saw must not add up. */
static void remote_has_a_long_document_from_several_servers(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    for (int i = 0; i < 2500; i++) {
        recto_error err = {0};
        assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_OK);
        assert_int_equal(r.port.n_starts, 1 + i / 1000);
    }
    close_rich(&r);
}

static void remote_tries_again_when_no_server_can_be_had(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    recto_error err = {0};
    r.port.bend_kind = RECTO_SOURCE_WIRE_SCAN;
    r.port.call_fails = RECTO_ERR_CRASH;
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_ERR_CRASH);
    r.port.start_fails = RECTO_ERR_DEVICE;
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_ERR_DEVICE);
    /* lost while it was shown the document */
    r.port.bend_kind = RECTO_SOURCE_WIRE_OPEN;
    r.port.call_fails = RECTO_ERR_TIMEOUT;
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_ERR_TIMEOUT);
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_OK);
    assert_int_equal(r.port.n_starts, 4);
    close_rich(&r);
}

static void remote_wants_the_same_document_from_a_fresh_server(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    recto_error err = {0};
    r.port.bend_kind = RECTO_SOURCE_WIRE_SCAN;
    r.port.call_fails = RECTO_ERR_CRASH;
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_ERR_CRASH);
    change more = change_u32(OPEN_AT(n_pages), 2);
    r.port.bend = apply;
    r.port.user = &more;
    r.port.bend_kind = RECTO_SOURCE_WIRE_OPEN;
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_ERR_CRASH);
    assert_string_equal(err.msg, "page 1: the parser answered nonsense: first 1 pages, then 2");
    assert_int_equal(call_kind(&r, RECTO_SOURCE_WIRE_SCAN, &err), RECTO_OK);
    close_rich(&r);
}

static void remote_closes_the_port_when_it_cannot_open(void **state)
{
    (void)state;
    const recto_status fails[] = {RECTO_ERR_DEVICE, RECTO_ERR_CANCELLED, RECTO_ERR_NOMEM};
    for (int i = 0; i < 3; i++) {
        remote_port port = {.bytes = (const uint8_t *)"%PDF-", .size = 5, .start_fails = fails[i]};
        recto_source *s;
        assert_int_equal(recto_source_remote_open(&s, remote_port_make(&port), NULL, NULL),
                         fails[i]);
        assert_null(s);
        assert_int_equal(port.n_closed, 1);
        remote_port_free(&port);
    }
}

/* --- the server's end -------------------------------------------------------------------- */

/* Requests that the engine never makes are answered with an error, whatever they hold. */
static void server_survives_impossible_requests(void **state)
{
    (void)state;
    rich r;
    open_rich(&r);
    remote_port *p = &r.port;
    const recto_source_wire_request bad[] = {
        {0},
        {.kind = 99},
        {.kind = RECTO_SOURCE_WIRE_SCAN, .index = 1, .dpi = 72.0f},
        {.kind = RECTO_SOURCE_WIRE_SCAN, .index = -1, .dpi = 72.0f},
        {.kind = RECTO_SOURCE_WIRE_SCAN, .dpi = NAN},
        {.kind = RECTO_SOURCE_WIRE_PICTURE, .dpi = -5.0f},
        {.kind = RECTO_SOURCE_WIRE_ATTACHMENT, .index = 0, .size = UINT64_MAX},
        {.kind = RECTO_SOURCE_WIRE_OPEN, .n_passwords = INT32_MAX},
        {.kind = RECTO_SOURCE_WIRE_OPEN, .n_passwords = -1},
        {.kind = RECTO_SOURCE_WIRE_SCAN, .dpi = 72.0f}, /* after a failed OPEN: no document */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t n = 0;
        assert_int_equal(remote_port_call(p, &bad[i], sizeof bad[i], &n, NULL), RECTO_OK);
        recto_source_wire_head head;
        assert_true(n > sizeof head);
        memcpy(&head, r.port.reply, sizeof head);
        assert_int_equal(head.status, RECTO_ERR_ARG);
    }
    uint64_t n = 0;
    assert_int_equal(remote_port_call(p, &bad[0], 3, &n, NULL), RECTO_OK);
    assert_true(n > 0);
    close_rich(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remote_shows_samples_as_they_are),
        cmocka_unit_test(remote_shows_broken_files_as_they_are),
        cmocka_unit_test(remote_passes_options_on),
        cmocka_unit_test(remote_refuses_passwords_beyond_a_request),
        cmocka_unit_test(remote_knows_the_shape_of_its_test_page),
        cmocka_unit_test(remote_refuses_a_bent_head),
        cmocka_unit_test(remote_refuses_replies_cut_anywhere),
        cmocka_unit_test(remote_refuses_impossible_facts),
        cmocka_unit_test(remote_refuses_impossible_layouts),
        cmocka_unit_test(remote_cleans_what_is_not_normal),
        cmocka_unit_test(remote_refuses_impossible_images),
        cmocka_unit_test(remote_refuses_images_over_the_limit),
        cmocka_unit_test(remote_refuses_impossible_documents),
        cmocka_unit_test(remote_hands_errors_on),
        cmocka_unit_test(remote_takes_a_servers_want_of_memory_for_a_limit),
        cmocka_unit_test(remote_goes_on_with_a_fresh_server),
        cmocka_unit_test(remote_has_a_long_document_from_several_servers),
        cmocka_unit_test(remote_tries_again_when_no_server_can_be_had),
        cmocka_unit_test(remote_wants_the_same_document_from_a_fresh_server),
        cmocka_unit_test(remote_closes_the_port_when_it_cannot_open),
        cmocka_unit_test(server_survives_impossible_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

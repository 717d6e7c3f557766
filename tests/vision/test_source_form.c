/* Protects form fields: names, values and states of AcroForm widgets, and that what a field shows
 * is told of once. */
#include "pdf_build.h"

typedef struct form {
    pdf_build b;
    recto_source *s;
    recto_arena *keep;
    recto_layout layout;
    recto_source_facts facts;
} form;

/* A page with these widgets; objects 6 and on are `more`, ended by NULL. */
static void open_form(form *t, const char *widgets, const char *const *more)
{
    char text[8192];
    *t = (form){.b = {.out = RECTO_BUF_INIT}};
    pdf_build_object(&t->b, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] >> >>");
    pdf_build_object(&t->b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    snprintf(
        text, sizeof text,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Annots [%s] /Resources << /Font "
        "<< /F 5 0 R >> >> /Contents 4 0 R >>",
        widgets);
    pdf_build_object(&t->b, text);
    static const char content[] = "BT /F 12 Tf 20 700 Td (Name:) Tj ET";
    pdf_build_stream(&t->b, "", content, sizeof content - 1);
    pdf_build_object(&t->b, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    for (; more != NULL && *more != NULL; more++)
        pdf_build_object(&t->b, *more);
    if (more == NULL) { /* 6: what a widget draws */
        static const char look[] = "BT /F 12 Tf 2 2 Td (drawn) Tj ET";
        pdf_build_stream(&t->b,
                         "/Type /XObject /Subtype /Form /BBox [0 0 100 20] /Resources << /Font << "
                         "/F 5 0 R >> >>",
                         look, sizeof look - 1);
    }
    pdf_build_finish(&t->b, "");
    t->s = pdf_build_open(&t->b, NULL);
    t->keep = recto_arena_new(0, 0);
    recto_error err = {0};
    if (recto_source_page_scan(&t->facts, &t->layout, t->s, 0, 72.0f, t->keep, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
}

static void done(form *t)
{
    recto_source_close(t->s);
    recto_arena_free(t->keep);
    recto_buf_free(&t->b.out);
}

/* Fields as "KIND name|label|value|on", one a line. */
static void assert_fields(const char *widgets, const char *const *more, const char *expected)
{
    static const char kinds[] = "TCRLBS";
    form t;
    char have[4096] = "";
    open_form(&t, widgets, more);
    for (int i = 0; i < t.layout.n_fields; i++) {
        const recto_field *f = &t.layout.fields[i];
        size_t n = strlen(have);
        snprintf(have + n, sizeof have - n, "%c %s|%s|%s|%d\n", kinds[f->kind], f->name, f->label,
                 f->value, f->checked);
    }
    assert_string_equal(have, expected);
    done(&t);
}

#define WIDGET(rest) "<< /Subtype /Widget /Rect [100 690 200 710] " rest " >>"

static void texts_have_name_label_and_value(void **state)
{
    (void)state;
    assert_fields(WIDGET("/FT /Tx /T (name) /TU (Your name) /V (Ada\\nExample)"), NULL,
                  "T name|Your name|Ada Example|0\n");
    assert_fields(WIDGET("/FT /Tx /T <FEFF00E4> /V <FEFF20AC0031>"), NULL, "T ä||€1|0\n");
    assert_fields(WIDGET("/FT /Tx /T (empty)"), NULL, "T empty|||0\n");
    assert_fields(WIDGET("/FT /Tx /Ff 8192 /T (secret) /V (swordfish)"), NULL, "T secret|||0\n");
    assert_fields(WIDGET("/FT /Tx /T (odd) /V 12"), NULL, "T odd|||0\n");
}

static void names_and_values_come_from_parents(void **state)
{
    (void)state;
    static const char *const more[] = {"<< /T (person) /FT /Tx /Parent 7 0 R >>",
                                       "<< /T (form) /V (inherited) /Parent 6 0 R >>", NULL};
    /* parents that go round in a circle cost their field, nothing else */
    assert_fields(WIDGET("/T (name) /Parent 6 0 R") WIDGET("/T (b) /FT /Tx"), more, "T b|||0\n");
    static const char *const straight[] = {"<< /T (person) /FT /Tx /V (x) >>", NULL};
    assert_fields(WIDGET("/T (name) /Parent 6 0 R"), straight, "T person.name||x|0\n");
}

static void boxes_are_on_or_off(void **state)
{
    (void)state;
    assert_fields(WIDGET("/FT /Btn /T (a) /AS /Yes /AP << /N << /Yes 6 0 R /Off 6 0 R >> >>")
                      WIDGET("/FT /Btn /T (b) /AS /Off /AP << /N << /Yes 6 0 R >> >>")
                          WIDGET("/FT /Btn /T (c) /V /Yes /AP << /N << /Yes 6 0 R >> >>")
                              WIDGET("/FT /Btn /T (d) /V /No /AP << /N << /Yes 6 0 R >> >>")
                                  WIDGET("/FT /Btn /T (e)"),
                  NULL, "C a||Yes|1\nC b||Yes|0\nC c||Yes|1\nC d||Yes|0\nC e|||0\n");
    assert_fields(WIDGET("/FT /Btn /Ff 32768 /T (size) /V /1 /Opt [(small) (large)] /AS /1 "
                         "/AP << /N << /1 6 0 R >> >>"),
                  NULL, "R size||large|1\n");
}

static void choices_show_what_was_chosen(void **state)
{
    (void)state;
    assert_fields(WIDGET("/FT /Ch /T (pier) /V (n) /Opt [[(n) (North)] [(s) (South)]]"), NULL,
                  "L pier||North|0\n");
    assert_fields(WIDGET("/FT /Ch /T (days) /V [(Mon) (Tue)] /Opt [(Mon) (Tue) (Wed)]"), NULL,
                  "L days||Mon, Tue|0\n");
}

static void signatures_are_there_or_not(void **state)
{
    (void)state;
    assert_fields(WIDGET("/FT /Sig /T (a) /V << /Type /Sig >>") WIDGET("/FT /Sig /T (b)"), NULL,
                  "S a|||1\nS b|||0\n");
}

static void hidden_fields_and_buttons_are_not_told_of(void **state)
{
    (void)state;
    assert_fields(
        WIDGET("/F 2 /FT /Tx /T (hidden) /V (x)") WIDGET("/F 32 /FT /Tx /T (noview) /V (x)") WIDGET(
            "/FT /Btn /Ff 65536 /T (push)") "<< /Subtype /Widget /Rect [700 0 800 10] /FT /Tx /T "
                                            "(off) /V (x) >>"
                                            "<< /Subtype /Widget /FT /Tx /T (nowhere) /V (x) >>"
                                            "null 7 [] << /Subtype /Text >>",
        NULL, "");
}

static void what_a_field_shows_is_no_text_of_the_page(void **state)
{
    (void)state;
    form t;
    open_form(&t, WIDGET("/FT /Tx /T (a) /V (value) /AP << /N 6 0 R >>"), NULL);
    assert_int_equal(t.layout.n_lines, 1);
    assert_string_equal(t.layout.lines[0].words[0].text, "Name:");
    assert_int_equal(t.layout.n_fields, 1);
    assert_float_equal(t.layout.fields[0].box.x0, 100.0, 0.01);
    assert_float_equal(t.layout.fields[0].box.y0, 90.0, 0.01);
    done(&t);
    /* drawn, but without a value: nothing else would tell of it */
    open_form(&t, WIDGET("/FT /Tx /T (a) /AP << /N 6 0 R >>"), NULL);
    assert_int_equal(t.layout.n_fields, 0);
    assert_int_equal(t.layout.n_lines, 2);
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_name_label_and_value),
        cmocka_unit_test(names_and_values_come_from_parents),
        cmocka_unit_test(boxes_are_on_or_off),
        cmocka_unit_test(choices_show_what_was_chosen),
        cmocka_unit_test(signatures_are_there_or_not),
        cmocka_unit_test(hidden_fields_and_buttons_are_not_told_of),
        cmocka_unit_test(what_a_field_shows_is_no_text_of_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Protects: formulas become the MathML that is meant, or are refused as a whole. */
#include "check.h"

#include "text/mathml.h"
#include "text/wellformed.h"

/* The inside of the element. */
static void assert_math(const char *latex, const char *wanted)
{
    recto_buf out = RECTO_BUF_INIT;
    if (!recto_mathml_write(&out, latex, strlen(latex), false))
        fail_msg("refused: %s", latex);
    assert_true(wellformed_check(recto_buf_cstr(&out), false));
    const char *from = strstr(out.data, "<mrow>") + strlen("<mrow>");
    out.data[out.len - strlen("</mrow></math>")] = '\0';
    assert_string_equal(from, wanted);
    recto_buf_free(&out);
}

static void assert_refused(const char *latex)
{
    recto_buf out = RECTO_BUF_INIT;
    recto_buf_text(&out, "x");
    if (recto_mathml_write(&out, latex, strlen(latex), true))
        fail_msg("not refused: %s", latex);
    assert_string_equal(out.data, "x");
    recto_buf_free(&out);
}

static void letters_numbers_and_signs(void **state)
{
    (void)state;
    assert_math("a+12.5", "<mi>a</mi><mo>+</mo><mn>12.5</mn>");
    assert_math("x < 3.", "<mi>x</mi><mo>&lt;</mo><mn>3</mn><mo>.</mo>");
    assert_math("\\alpha\\leq\\Omega", "<mi>α</mi><mo>≤</mo><mi>Ω</mi>");
    assert_math("\\sin\\,é\\{", "<mi>sin</mi><mspace width=\"0.2em\"/><mi>é</mi><mo>{</mo>");
    assert_math("\\text{if } x", "<mtext>if </mtext><mi>x</mi>");
    assert_math("\\mathrm{kg}", "<mi>kg</mi>");
}

static void scripts_stand_where_they_belong(void **state)
{
    (void)state;
    assert_math("E=mc^2", "<mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup>");
    assert_math("x_{i}^{n+1}",
                "<msubsup><mi>x</mi><mrow><mi>i</mi></mrow><mrow><mi>n</mi><mo>+</mo>"
                "<mn>1</mn></mrow></msubsup>");
    assert_math("x^a_b", "<msubsup><mi>x</mi><mi>b</mi><mi>a</mi></msubsup>");
    assert_math("f'", "<msup><mi>f</mi><mo>′</mo></msup>");
    assert_math("\\sum_i", "<msub><mo>∑</mo><mi>i</mi></msub>");
    recto_buf out = RECTO_BUF_INIT;
    assert_true(recto_mathml_write(&out, "\\sum_i^n", 8, true));
    assert_string_equal(out.data, "<math display=\"block\" alttext=\"\\sum_i^n\"><mrow><munderover>"
                                  "<mo>∑</mo><mi>i</mi><mi>n</mi></munderover></mrow></math>");
    recto_buf_free(&out);
}

static void constructs_have_their_arguments(void **state)
{
    (void)state;
    assert_math("\\frac{a}b^2", "<msup><mfrac><mrow><mi>a</mi></mrow><mi>b</mi></mfrac><mn>2</mn>"
                                "</msup>");
    assert_math("\\sqrt{x}", "<msqrt><mrow><mi>x</mi></mrow></msqrt>");
    assert_math("\\sqrt[3]x", "<mroot><mi>x</mi><mrow><mn>3</mn></mrow></mroot>");
    assert_math("\\hat{x}", "<mover accent=\"true\"><mrow><mi>x</mi></mrow><mo>^</mo></mover>");
    assert_math("\\mathbf{v}", "<mrow class=\"mathbf\"><mrow><mi>v</mi></mrow></mrow>");
    assert_math("\\left(\\frac12\\right.",
                "<mrow><mo>(</mo><mfrac><mn>1</mn><mn>2</mn></mfrac></mrow>");
    assert_math("x^23", "<msup><mi>x</mi><mn>2</mn></msup><mn>3</mn>");
}

static void tables_have_rows_and_cells(void **state)
{
    (void)state;
    assert_math("\\begin{pmatrix}a&b\\\\c&d\\end{pmatrix}",
                "<mrow><mo>(</mo><mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr><mtr>"
                "<mtd><mi>c</mi></mtd><mtd><mi>d</mi></mtd></mtr></mtable><mo>)</mo></mrow>");
    assert_math("\\begin{array}{cc}&1\\end{array}",
                "<mrow><mtable><mtr><mtd></mtd><mtd><mn>1</mn></mtd></mtr></mtable></mrow>");
    assert_math("\\begin{cases}1\\end{cases}",
                "<mrow><mo>{</mo><mtable><mtr><mtd><mn>1</mn></mtd></mtr></mtable></mrow>");
}

static void what_is_not_known_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "\\unknown{x}",
        "{a",
        "a}",
        "x^",
        "x_a_b",
        "a & b",
        "\\left( x",
        "\\right)",
        "\\frac{a}",
        "\\begin{x}",
        "\\begin{matrix}a",
        "\\",
        "$x$",
        "\\text{a$}",
        "x % y",
        "\\sqrt[3",
        "\\begin{matrix}"
        "a\\end{pmatrix}",
        "\\text",
        "\\left x\\right)",
        "\\end{matrix}",
        "^2 x^",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i]);
    char deep[201];
    memset(deep, '{', 100);
    memset(deep + 100, '}', 100);
    deep[200] = '\0';
    assert_refused(deep);
}

static void hostile_formulas_are_well_formed_or_refused(void **state)
{
    (void)state;
    static const char *const pieces[] = {"{",
                                         "}",
                                         "^",
                                         "_",
                                         "\\frac",
                                         "\\sqrt",
                                         "[",
                                         "]",
                                         "&",
                                         "\\\\",
                                         "\\begin{matrix}",
                                         "\\end{matrix}",
                                         "\\left",
                                         "\\right",
                                         "(",
                                         "<b>",
                                         "x",
                                         "12",
                                         "\\text{",
                                         "\\sum",
                                         " ",
                                         "\"",
                                         "'"};
    uint32_t seed = 7;
    int done = 0;
    for (int i = 0; i < 200000; i++) {
        char text[200] = "";
        seed = seed * 1664525u + 1013904223u;
        for (uint32_t n = 1 + (seed >> 16) % 8; n > 0; n--) {
            seed = seed * 1664525u + 1013904223u;
            strcat(text, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
        }
        recto_buf out = RECTO_BUF_INIT;
        if (recto_mathml_write(&out, text, strlen(text), i % 2 != 0)) {
            assert_true(wellformed_check(out.data, false));
            done++;
        }
        recto_buf_free(&out);
    }
    assert_true(done > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_numbers_and_signs),
        cmocka_unit_test(scripts_stand_where_they_belong),
        cmocka_unit_test(constructs_have_their_arguments),
        cmocka_unit_test(tables_have_rows_and_cells),
        cmocka_unit_test(what_is_not_known_is_refused),
        cmocka_unit_test(hostile_formulas_are_well_formed_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

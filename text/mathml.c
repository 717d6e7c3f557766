/* LaTeX to MathML, in one pass from left to right.  An atom is written as it is read; if a script
 * follows, the element for both is put in front of it. */
#include "text/mathml.h"

#include "core/utf8.h"
#include "text/xml.h"

#include <stdio.h>
#include <string.h>

/* depth: of braces; names of commands and environments are shorter than NAME_MAX_LEN */
enum { DEPTH_MAX = 24, NAME_MAX_LEN = 24 };

typedef struct tex {
    const char *p, *end;
    recto_buf *out;
    int depth;
    bool display;
    bool bad; /* something is not known: nothing of it is used */
} tex;

typedef struct symbol {
    const char *name, *text;
} symbol;

/* Letters and words: <mi>. */
static const symbol letters[] = {
    {"alpha", "α"},       {"beta", "β"},        {"gamma", "γ"},       {"delta", "δ"},
    {"epsilon", "ϵ"},     {"varepsilon", "ε"},  {"zeta", "ζ"},        {"eta", "η"},
    {"theta", "θ"},       {"vartheta", "ϑ"},    {"iota", "ι"},        {"kappa", "κ"},
    {"lambda", "λ"},      {"mu", "μ"},          {"nu", "ν"},          {"xi", "ξ"},
    {"pi", "π"},          {"rho", "ρ"},         {"sigma", "σ"},       {"tau", "τ"},
    {"upsilon", "υ"},     {"phi", "ϕ"},         {"varphi", "φ"},      {"chi", "χ"},
    {"psi", "ψ"},         {"omega", "ω"},       {"Gamma", "Γ"},       {"Delta", "Δ"},
    {"Theta", "Θ"},       {"Lambda", "Λ"},      {"Xi", "Ξ"},          {"Pi", "Π"},
    {"Sigma", "Σ"},       {"Phi", "Φ"},         {"Psi", "Ψ"},         {"Omega", "Ω"},
    {"infty", "∞"},       {"partial", "∂"},     {"nabla", "∇"},       {"ell", "ℓ"},
    {"hbar", "ℏ"},        {"Re", "ℜ"},          {"Im", "ℑ"},          {"emptyset", "∅"},
    {"ldots", "…"},       {"dots", "…"},        {"cdots", "⋯"},       {"vdots", "⋮"},
    {"ddots", "⋱"},       {"prime", "′"},       {"degree", "°"},      {"circ", "∘"},
    {"sin", "sin"},       {"cos", "cos"},       {"tan", "tan"},       {"cot", "cot"},
    {"arcsin", "arcsin"}, {"arccos", "arccos"}, {"arctan", "arctan"}, {"sinh", "sinh"},
    {"cosh", "cosh"},     {"tanh", "tanh"},     {"exp", "exp"},       {"log", "log"},
    {"ln", "ln"},         {"det", "det"},       {"dim", "dim"},       {"ker", "ker"},
    {"gcd", "gcd"},       {"arg", "arg"},       {"deg", "deg"},
};

/* Operators, relations and fences: <mo>. */
static const symbol operators[] = {
    {"times", "×"},
    {"cdot", "⋅"},
    {"div", "÷"},
    {"pm", "±"},
    {"mp", "∓"},
    {"ast", "∗"},
    {"star", "⋆"},
    {"oplus", "⊕"},
    {"otimes", "⊗"},
    {"leq", "≤"},
    {"le", "≤"},
    {"geq", "≥"},
    {"ge", "≥"},
    {"neq", "≠"},
    {"ne", "≠"},
    {"ll", "≪"},
    {"gg", "≫"},
    {"approx", "≈"},
    {"equiv", "≡"},
    {"sim", "∼"},
    {"simeq", "≃"},
    {"cong", "≅"},
    {"propto", "∝"},
    {"in", "∈"},
    {"notin", "∉"},
    {"ni", "∋"},
    {"subset", "⊂"},
    {"subseteq", "⊆"},
    {"supset", "⊃"},
    {"supseteq", "⊇"},
    {"cup", "∪"},
    {"cap", "∩"},
    {"setminus", "∖"},
    {"wedge", "∧"},
    {"vee", "∨"},
    {"neg", "¬"},
    {"forall", "∀"},
    {"exists", "∃"},
    {"to", "→"},
    {"rightarrow", "→"},
    {"leftarrow", "←"},
    {"Rightarrow", "⇒"},
    {"Leftarrow", "⇐"},
    {"leftrightarrow", "↔"},
    {"Leftrightarrow", "⇔"},
    {"iff", "⇔"},
    {"implies", "⇒"},
    {"mapsto", "↦"},
    {"int", "∫"},
    {"iint", "∬"},
    {"oint", "∮"},
    {"mid", "∣"},
    {"parallel", "∥"},
    {"perp", "⊥"},
    {"angle", "∠"},
    {"langle", "⟨"},
    {"rangle", "⟩"},
    {"lfloor", "⌊"},
    {"rfloor", "⌋"},
    {"lceil", "⌈"},
    {"rceil", "⌉"},
    {"lbrace", "{"},
    {"rbrace", "}"},
    {"vert", "|"},
    {"Vert", "‖"},
    {"colon", ":"},
    {"therefore", "∴"},
    {"because", "∵"},
    {"bullet", "∙"},
};

/* Whose scripts stand below and above where there is room. */
static const symbol limits[] = {
    {"sum", "∑"},   {"prod", "∏"},  {"bigcup", "⋃"}, {"bigcap", "⋂"}, {"lim", "lim"},
    {"max", "max"}, {"min", "min"}, {"sup", "sup"},  {"inf", "inf"},
};

static const symbol accents[] = {
    {"bar", "‾"}, {"overline", "‾"}, {"hat", "^"},  {"widehat", "^"},   {"tilde", "~"},
    {"vec", "→"}, {"dot", "˙"},      {"ddot", "¨"}, {"widetilde", "~"},
};

/* Environments: what stands around the rows. */
static const struct {
    const char *name, *open, *close;
} tables[] = {
    {"matrix", "", ""}, {"pmatrix", "(", ")"}, {"bmatrix", "[", "]"}, {"vmatrix", "|", "|"},
    {"cases", "{", ""}, {"aligned", "", ""},   {"align", "", ""},     {"align*", "", ""},
    {"split", "", ""},  {"gathered", "", ""},  {"array", "", ""},
};

#define LOOKUP(table, name) lookup(table, sizeof(table) / sizeof *(table), name)

static const char *lookup(const symbol *table, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(table[i].name, name) == 0)
            return table[i].text;
    }
    return NULL;
}

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(name, *list) == 0)
            return true;
    }
    return false;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const tex *t)
{
    return t->p < t->end ? *t->p : '\0';
}

static void skip_spaces(tex *t)
{
    while (peek(t) == ' ' || peek(t) == '~')
        t->p++;
}

/* The command at t->p, without its backslash; t->p stays.  "" if there is none. */
static size_t command(const tex *t, char name[NAME_MAX_LEN])
{
    size_t n = 0;
    name[0] = '\0';
    if (peek(t) != '\\' || t->p + 1 == t->end)
        return 0;
    const char *p = t->p + 1;
    if (!is_letter(*p)) {
        name[0] = *p;
        name[1] = '\0';
        return 1;
    }
    while (p < t->end && is_letter(*p) && n + 1 < NAME_MAX_LEN)
        name[n++] = *p++;
    name[n] = '\0';
    return n;
}

static bool take_command(tex *t, const char *wanted)
{
    char name[NAME_MAX_LEN];
    size_t n = command(t, name);
    if (n == 0 || strcmp(name, wanted) != 0)
        return false;
    t->p += n + 1;
    return true;
}

/* "{name}" */
static void braced_name(tex *t, char name[NAME_MAX_LEN])
{
    size_t n = 0;
    if (peek(t) == '{')
        t->p++;
    while (t->p < t->end && *t->p != '}' && n + 1 < NAME_MAX_LEN)
        name[n++] = *t->p++;
    name[n] = '\0';
    t->bad = t->bad || peek(t) != '}';
    t->p += peek(t) == '}';
}

/* --- writing ---------------------------------------------------------------------------------- */

static void leaf(tex *t, const char *tag, const char *text, size_t len)
{
    recto_buf_printf(t->out, "<%s>", tag);
    recto_xml_piece(t->out, text, len);
    recto_buf_printf(t->out, "</%s>", tag);
}

/* Put text in front of what was written since `at`. */
static void insert(recto_buf *out, size_t at, const char *text)
{
    size_t n = strlen(text);
    size_t len = out->len;
    recto_buf_add(out, text, n);
    if (out->failed)
        return;
    memmove(out->data + at + n, out->data + at, len - at);
    memcpy(out->data + at, text, n);
}

static void row(tex *t, char stop);

/* What a command or script is about: "{...}" or one atom. */
static void argument(tex *t);

/* A delimiter after \left, \right, \big: a sign or a command; "." stands for none. */
static void delimiter(tex *t)
{
    char name[NAME_MAX_LEN];
    skip_spaces(t);
    size_t n = command(t, name);
    const char *text = n > 0 ? LOOKUP(operators, name) : NULL;
    if (n == 1 && strchr("{}|", name[0]) != NULL)
        text = name[0] == '|' ? "‖" : name;
    if (n > 0) {
        t->bad = t->bad || text == NULL;
        t->p += n + 1;
        if (text != NULL)
            leaf(t, "mo", text, strlen(text));
        return;
    }
    char c = peek(t);
    t->bad = t->bad || c == '\0' || strchr("()[]|/.<>", c) == NULL;
    if (!t->bad && c != '.')
        leaf(t, "mo", t->p, 1);
    t->p += t->p < t->end;
}

static void fenced(tex *t)
{
    recto_buf_text(t->out, "<mrow>");
    delimiter(t);
    row(t, 'r');
    if (!take_command(t, "right"))
        t->bad = true;
    else
        delimiter(t);
    recto_buf_text(t->out, "</mrow>");
}

static void environment(tex *t)
{
    char name[NAME_MAX_LEN], closing[NAME_MAX_LEN];
    size_t k = 0;
    braced_name(t, name);
    while (k < sizeof tables / sizeof *tables && strcmp(tables[k].name, name) != 0)
        k++;
    if (k == sizeof tables / sizeof *tables) {
        t->bad = true;
        return;
    }
    if (strcmp(name, "array") == 0)
        braced_name(t, closing); /* how its columns are set */
    recto_buf_text(t->out, "<mrow>");
    if (tables[k].open[0] != '\0')
        leaf(t, "mo", tables[k].open, 1);
    recto_buf_text(t->out, "<mtable><mtr><mtd>");
    while (!t->bad && !take_command(t, "end")) {
        row(t, 'e');
        if (peek(t) == '&' && ++t->p <= t->end)
            recto_buf_text(t->out, "</mtd><mtd>");
        else if (take_command(t, "\\"))
            recto_buf_text(t->out, "</mtd></mtr><mtr><mtd>");
        else if (peek(t) != '\\')
            t->bad = true;
    }
    recto_buf_text(t->out, "</mtd></mtr></mtable>");
    if (tables[k].close[0] != '\0')
        leaf(t, "mo", tables[k].close, 1);
    recto_buf_text(t->out, "</mrow>");
    braced_name(t, closing);
    t->bad = t->bad || strcmp(name, closing) != 0;
}

/* \text{words}: as they are. */
static void words(tex *t, const char *tag)
{
    skip_spaces(t);
    const char *from = t->p + 1;
    if (peek(t) != '{') {
        t->bad = true;
        return;
    }
    t->p++;
    while (t->p < t->end && *t->p != '}' && strchr("\\${", *t->p) == NULL)
        t->p++;
    t->bad = t->bad || peek(t) != '}';
    if (!t->bad)
        leaf(t, tag, from, (size_t)(t->p - from));
    t->p += t->p < t->end;
}

static void root(tex *t)
{
    skip_spaces(t);
    size_t at = t->out->len;
    bool nth = peek(t) == '[';
    if (nth) { /* the degree is written behind what it stands before */
        recto_buf degree = RECTO_BUF_INIT;
        recto_buf *out = t->out;
        t->p++;
        t->out = &degree;
        row(t, ']');
        t->out = out;
        t->bad = t->bad || peek(t) != ']';
        t->p += t->p < t->end;
        argument(t);
        recto_buf_text(out, "<mrow>");
        recto_buf_add(out, recto_buf_cstr(&degree), degree.len);
        recto_buf_text(out, "</mrow>");
        out->failed = out->failed || degree.failed;
        recto_buf_free(&degree);
    } else {
        argument(t);
    }
    insert(t->out, at, nth ? "<mroot>" : "<msqrt>");
    recto_buf_text(t->out, nth ? "</mroot>" : "</msqrt>");
}

/* Commands with arguments; false if the name is none of them. */
static bool construct(tex *t, const char *name)
{
    static const char *const fractions[] = {"frac", "dfrac", "tfrac", NULL};
    static const char *const texts[] = {"text", "textrm", "mbox", "textit", "textbf", NULL};
    static const char *const names[] = {"operatorname", "mathrm", NULL};
    static const char *const styles[] = {"mathbf",     "mathit", "mathsf",   "mathcal", "mathbb",
                                         "boldsymbol", "bm",     "mathfrak", NULL};
    const char *accent = LOOKUP(accents, name);
    if (is_one_of(name, fractions)) {
        recto_buf_text(t->out, "<mfrac>");
        argument(t);
        argument(t);
        recto_buf_text(t->out, "</mfrac>");
    } else if (accent != NULL) {
        recto_buf_text(t->out, "<mover accent=\"true\">");
        argument(t);
        leaf(t, "mo", accent, strlen(accent));
        recto_buf_text(t->out, "</mover>");
    } else if (is_one_of(name, styles)) {
        recto_buf_printf(t->out, "<mrow class=\"%s\">", name);
        argument(t);
        recto_buf_text(t->out, "</mrow>");
    } else if (is_one_of(name, texts)) {
        words(t, "mtext");
    } else if (is_one_of(name, names)) {
        words(t, "mi");
    } else if (strcmp(name, "sqrt") == 0) {
        root(t);
    } else if (strcmp(name, "left") == 0) {
        fenced(t);
    } else if (strcmp(name, "begin") == 0) {
        environment(t);
    } else {
        return false;
    }
    return true;
}

/* A command; true if its scripts stand below and above it. */
static bool put_command(tex *t)
{
    static const char *const spaces[] = {",", ";", ":", " ", "quad", "qquad", NULL};
    static const char *const nothing[] = {"!",    "displaystyle", "textstyle", "limits", "nolimits",
                                          "bigl", "bigr",         "Bigl",      "Bigr",   "big",
                                          "Big",  "nonumber",     NULL};
    char name[NAME_MAX_LEN];
    size_t n = command(t, name);
    t->p += n + 1;
    const char *text = LOOKUP(letters, name);
    if (text != NULL) {
        leaf(t, "mi", text, strlen(text));
    } else if ((text = LOOKUP(operators, name)) != NULL) {
        leaf(t, "mo", text, strlen(text));
    } else if ((text = LOOKUP(limits, name)) != NULL) {
        leaf(t, "mo", text, strlen(text));
        return t->display;
    } else if (is_one_of(name, spaces)) {
        recto_buf_text(t->out,
                       name[0] == 'q' ? "<mspace width=\"1em\"/>" : "<mspace width=\"0.2em\"/>");
    } else if (n == 1 && strchr("{}|%$#&_", name[0]) != NULL) {
        leaf(t, "mo", name[0] == '|' ? "‖" : name, name[0] == '|' ? strlen("‖") : 1);
    } else if (is_one_of(name, nothing)) {
        recto_buf_text(t->out, "<mrow></mrow>");
    } else if (n == 0 || !construct(t, name)) {
        t->bad = true;
    }
    return false;
}

/* A number, letter or sign. */
static void put_sign(tex *t)
{
    const char *from = t->p;
    if (is_digit(*from)) {
        while (is_digit(peek(t)) ||
               ((peek(t) == '.' || peek(t) == ',') && t->p + 1 < t->end && is_digit(t->p[1])))
            t->p++;
        leaf(t, "mn", from, (size_t)(t->p - from));
        return;
    }
    uint32_t cp = recto_utf8_next(&t->p, t->end);
    leaf(t, recto_utf8_is_letter(cp) ? "mi" : "mo", from, (size_t)(t->p - from));
}

/* One atom; true if its scripts stand below and above it. */
static bool atom(tex *t)
{
    char c = peek(t);
    if (c == '\\')
        return put_command(t);
    if (c == '{') {
        t->p++;
        recto_buf_text(t->out, "<mrow>");
        row(t, '}');
        recto_buf_text(t->out, "</mrow>");
        t->bad = t->bad || peek(t) != '}';
        t->p += t->p < t->end;
    } else if (c == '\0' || strchr("}&$%#_^", c) != NULL) {
        t->bad = true;
    } else {
        put_sign(t);
    }
    return false;
}

static void argument(tex *t)
{
    skip_spaces(t);
    if (++t->depth > DEPTH_MAX)
        t->bad = true;
    if (!t->bad && is_digit(peek(t))) /* "\frac12" is a half */
        leaf(t, "mn", t->p++, 1);
    else if (!t->bad)
        atom(t);
    t->depth--;
}

/* "_a^b", "^b_a" or "'" behind the atom that begins at byte `at` of the output. */
static void scripts(tex *t, size_t at, bool stacked)
{
    static const char *const tags[2][3] = {{"msub", "msup", "msubsup"},
                                           {"munder", "mover", "munderover"}};
    recto_buf part[2] = {RECTO_BUF_INIT, RECTO_BUF_INIT}; /* below, above */
    recto_buf *out = t->out;
    skip_spaces(t);
    for (char c = peek(t); !t->bad && (c == '_' || c == '^' || c == '\''); c = peek(t)) {
        recto_buf *to = &part[c != '_'];
        t->bad = to->len > 0;
        t->p++;
        t->out = to;
        if (c == '\'')
            leaf(t, "mo", "′", strlen("′"));
        else
            argument(t);
        t->out = out;
        skip_spaces(t);
    }
    if (part[0].len > 0 || part[1].len > 0) {
        const char *tag = tags[stacked][part[0].len > 0 ? part[1].len > 0 ? 2 : 0 : 1];
        char open[20];
        snprintf(open, sizeof open, "<%s>", tag);
        insert(out, at, open);
        for (int i = 0; i < 2; i++)
            recto_buf_add(out, recto_buf_cstr(&part[i]), part[i].len);
        recto_buf_printf(out, "</%s>", tag);
    }
    for (int i = 0; i < 2; i++) {
        out->failed = out->failed || part[i].failed;
        recto_buf_free(&part[i]);
    }
}

/* Whether the row ends here: at its closing sign, or ('r', 'e') at the command that ends it. */
static bool is_end(const tex *t, char stop)
{
    char name[NAME_MAX_LEN];
    if (t->p >= t->end)
        return true;
    if (stop == 'r' || stop == 'e') {
        command(t, name);
        return strcmp(name, stop == 'r' ? "right" : "end") == 0 ||
               (stop == 'e' && (*t->p == '&' || strcmp(name, "\\") == 0));
    }
    return stop != '\0' && *t->p == stop;
}

/* Atoms with their scripts, up to the end of the group. */
static void row(tex *t, char stop)
{
    if (++t->depth > DEPTH_MAX)
        t->bad = true;
    for (skip_spaces(t); !t->bad && !is_end(t, stop); skip_spaces(t)) {
        size_t at = t->out->len;
        scripts(t, at, atom(t));
        t->bad = t->bad || t->out->failed;
    }
    t->depth--;
}

bool recto_mathml_write(recto_buf *out, const char *latex, size_t len, bool display)
{
    recto_buf made = RECTO_BUF_INIT;
    tex t = {.p = latex, .end = latex + len, .out = &made, .display = display};
    row(&t, '\0');
    bool done = !t.bad && !made.failed && made.len > 0;
    if (done) {
        recto_buf_text(out, display ? "<math display=\"block\" alttext=\"" : "<math alttext=\"");
        recto_xml_piece(out, latex, len);
        recto_buf_text(out, "\"><mrow>");
        recto_buf_add(out, made.data, made.len);
        recto_buf_text(out, "</mrow></math>");
    }
    recto_buf_free(&made);
    return done;
}

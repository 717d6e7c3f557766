/* Sources of the prompts: the model card, baidubce/qianfan-models-cookbook and uv-scripts/ocr
 * (document, table, formula, text, layout); the chart's is our own wording of the cookbook's
 * Chinese one. Template: OpenGVLab/InternVL chat(), transformers processing_qianfan_ocr.py. */
#include "pipeline/vlm_prompt.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[RECTO_VLM_TASK_COUNT] = {
    "document", "table", "formula", "text", "layout", "chart", "ask",
};

static const char *const texts[RECTO_VLM_TASK_COUNT] = {
    [RECTO_VLM_DOCUMENT] = "Parse this document to Markdown.",
    [RECTO_VLM_TABLE] = "Extract tables to HTML format.",
    [RECTO_VLM_FORMULA] = "Extract formulas to LaTeX.",
    [RECTO_VLM_TEXT] = "Extract all visible text from the image.",
    [RECTO_VLM_LAYOUT] =
        "Extract all layout elements from this image.\n"
        "Output in JSON format. Each element must include:\n"
        "1.  `bbox`: `[x1, y1, x2, y2]`\n"
        "2.  `category`: One of ['abstract', 'algorithm', 'aside_text', 'chart', 'content', "
        "'display_formula', 'doc_title', 'figure_title', 'footer', 'footer_image', 'footnote', "
        "'formula_number', 'header', 'header_image', 'image', 'inline_formula', 'number', "
        "'paragraph_title', 'reference', 'reference_content', 'seal', 'table', 'text', "
        "'vertical_text', 'vision_footnote']\n"
        "\n"
        "**Important**: Do not include any extracted text in the output.",
    [RECTO_VLM_CHART] = "Convert the data of the chart in the image to JSON. Output one ```json "
                        "block and nothing else.",
};

const char *recto_vlm_prompt_name(recto_vlm_task task)
{
    return (unsigned)task < RECTO_VLM_TASK_COUNT ? names[task] : "document";
}

const char *recto_vlm_prompt_text(recto_vlm_task task)
{
    return (unsigned)task < RECTO_VLM_TASK_COUNT ? texts[task] : NULL;
}

recto_status recto_vlm_prompt_marks(recto_vlm_marks *out, const recto_tokenizer *t,
                                    recto_error *err)
{
    const struct {
        const char *text;
        int32_t *id;
    } needed[] = {
        {"<|im_start|>", &out->im_start}, {"<|im_end|>", &out->im_end},     {"<img>", &out->img},
        {"</img>", &out->img_end},        {"<IMG_CONTEXT>", &out->context},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        int32_t id = recto_tokenizer_id(t, needed[i].text);
        if (id < 0 || !recto_tokenizer_is_added(t, id))
            return recto_error_set(err, RECTO_ERR_MODEL,
                                   "the tokenizer has no token %s: another kind of model",
                                   needed[i].text);
        *needed[i].id = id;
    }
    int32_t think = recto_tokenizer_id(t, "<think>");
    out->think = think >= 0 && recto_tokenizer_is_added(t, think) ? think : -1;
    return RECTO_OK;
}

/* Ids under construction; the first failure sticks. */
typedef struct maker {
    const recto_tokenizer *t;
    int32_t *ids;
    size_t n, cap;
    recto_status st;
    recto_error *err;
} maker;

static void put(maker *m, int32_t id, size_t times)
{
    if (m->st != RECTO_OK)
        return;
    if (times > m->cap - m->n) {
        size_t cap = (m->n + times) * 2;
        int32_t *grown = realloc(m->ids, cap * sizeof *grown);
        if (grown == NULL) {
            m->st = recto_error_set(m->err, RECTO_ERR_NOMEM, "out of memory");
            return;
        }
        m->ids = grown;
        m->cap = cap;
    }
    for (size_t i = 0; i < times; i++)
        m->ids[m->n++] = id;
}

/* Text that holds no tokens by name, whatever it says. */
static void say(maker *m, const char *text, size_t len)
{
    if (m->st == RECTO_OK)
        m->st = recto_tokenizer_encode(&m->ids, &m->n, &m->cap, m->t, text, len, false, m->err);
}

/* One text of two parts: what meets at the seam may be one token. */
static void say_joined(maker *m, const char *a, const char *b)
{
    recto_buf both = RECTO_BUF_INIT;
    recto_buf_text(&both, a);
    recto_buf_text(&both, b);
    if (m->st == RECTO_OK)
        m->st = recto_buf_status(&both, m->err);
    say(m, recto_buf_cstr(&both), both.len);
    recto_buf_free(&both);
}

recto_status recto_vlm_prompt_ids(int32_t **ids_out, int *n_out, const recto_tokenizer *t,
                                  const recto_vlm_marks *marks, const recto_vlm_request *request,
                                  recto_error *err)
{
    maker m = {.t = t, .err = err};
    *ids_out = NULL;
    *n_out = 0;
    if (request->think && marks->think < 0)
        return recto_error_set(err, RECTO_ERR_UNSUPPORTED,
                               "this model has no token <think>; leave --think out");
    if (request->system != NULL && request->system[0] != '\0') {
        put(&m, marks->im_start, 1);
        say_joined(&m, "system\n", request->system);
        put(&m, marks->im_end, 1);
        say(&m, "\n", 1);
    }
    put(&m, marks->im_start, 1);
    if (request->n_image_tokens > 0) {
        say(&m, "user\n", 5);
        put(&m, marks->img, 1);
        put(&m, marks->context, (size_t)request->n_image_tokens);
        put(&m, marks->img_end, 1);
        say_joined(&m, "\n", request->text);
    } else {
        say_joined(&m, "user\n", request->text);
    }
    if (request->think)
        put(&m, marks->think, 1);
    put(&m, marks->im_end, 1);
    say(&m, "\n", 1);
    put(&m, marks->im_start, 1);
    say(&m, "assistant\n", 10);
    if (m.st == RECTO_OK && m.n > INT32_MAX)
        m.st = recto_error_set(err, RECTO_ERR_LIMIT, "the prompt has over 2^31 tokens");
    if (m.st != RECTO_OK) {
        free(m.ids);
        return m.st;
    }
    *ids_out = m.ids;
    *n_out = (int)m.n;
    return RECTO_OK;
}

/* A whole checkpoint from one input:
 *
 *   u8 kind | u32 n1 | u32 n2 | u16 len1 | u16 len2 | part 1 | part 2 | part 3
 *
 * kind even: a folder of config.json (part 1), tokenizer.json (part 2) and model.safetensors (its
 * header is part 3, its data n1 bytes); kind odd: an LLM GGUF (part 1 and n1 bytes of data) and its
 * mmproj (parts 2 and 3, and n2 bytes of data).  Data are made here, so that inputs stay small.
 * Whatever the bytes say, opening, reporting and, where the model is tiny, asking it about an image
 * must end well or with one line. */
#include "pipeline/model_report.h"
#include "pipeline/vlm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_DATA = 1 << 19, N_FILES = 5 };

static const char *const file_names[N_FILES] = {"config.json", "tokenizer.json",
                                                "model.safetensors", "model.gguf", "mmproj.gguf"};
static char folder[64];
static char paths[N_FILES][128];

#define demand(truth) demand_at(truth, __LINE__)

static void demand_at(bool truth, int line)
{
    if (truth)
        return;
    fprintf(stderr, "line %d: not as promised\n", line);
    abort();
}

static void clear_folder(void)
{
    for (int i = 0; i < N_FILES; i++)
        unlink(paths[i]);
}

static void remove_folder(void)
{
    clear_folder();
    rmdir(folder);
}

static void make_folder(void)
{
    if (folder[0] != '\0')
        return;
    snprintf(folder, sizeof folder, "/tmp/recto-fuzz-vlm-XXXXXX");
    demand(mkdtemp(folder) != NULL);
    for (int i = 0; i < N_FILES; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%s", folder, file_names[i]);
    atexit(remove_folder);
}

/* Small numbers, whatever type they are read as. */
static void put_data(FILE *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t h = i * 2654435761u >> 16;
        fputc((i & 1) == 0 ? (int)(h & 0xff) : 0x3c | (int)(h >> 1 & 0x81), f);
    }
}

/* A file of an optional length in front, bytes, and made data. */
static void put_file(int which, bool with_length, const uint8_t *bytes, size_t len, uint32_t n)
{
    FILE *f = fopen(paths[which], "wb");
    demand(f != NULL);
    for (int i = 0; with_length && i < 8; i++)
        fputc((int)((uint64_t)len >> 8 * i & 0xff), f);
    demand(len == 0 || fwrite(bytes, 1, len, f) == len);
    put_data(f, n);
    fclose(f);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool write_files(const uint8_t *data, size_t size)
{
    if (size < 13)
        return false;
    uint32_t n1 = u32(data + 1), n2 = u32(data + 5);
    size_t len1 = (size_t)(data[9] | data[10] << 8), len2 = (size_t)(data[11] | data[12] << 8);
    const uint8_t *p = data + 13;
    size -= 13;
    if (n1 > MAX_DATA || n2 > MAX_DATA || len1 > size || len2 > size - len1)
        return false;
    if (data[0] % 2 == 0) {
        put_file(0, false, p, len1, 0);
        put_file(1, false, p + len1, len2, 0);
        put_file(2, true, p + len1 + len2, size - len1 - len2, n1);
    } else {
        put_file(3, false, p, len1, n1);
        put_file(4, false, p + len1, size - len1, n2);
    }
    return true;
}

static bool is_tiny(const recto_vlm_config *c)
{
    const recto_vit_config *v = &c->vit;
    const recto_decoder_config *d = &c->decoder;
    return v->image_size <= 112 && recto_vit_tokens(v) <= 64 && v->n_layers <= 3 && v->dim <= 64 &&
           v->ffn_dim <= 256 && d->n_layers <= 3 && d->dim <= 64 && d->ffn_dim <= 256 &&
           d->n_heads * d->head_dim <= 256 && d->n_vocab <= 4096;
}

static void ask(recto_vlm *m)
{
    const recto_vlm_job job = {.task = RECTO_VLM_ASK,
                               .text = "a?",
                               .min_tiles = 1,
                               .max_tiles = 2,
                               .max_tokens = 3,
                               .watch_loops = true};
    const recto_vlm_load_options load = {.kind = RECTO_BACKEND_REF,
                                         .n_positions = recto_vlm_positions(m, &job)};
    recto_vlm_answer answer;
    recto_error err = {0};
    recto_image *im = NULL;
    recto_status st = recto_vlm_load(m, &load, &err);
    if (st != RECTO_OK) {
        demand(err.code == st && err.msg[0] != '\0');
        return;
    }
    demand(recto_image_new(&im, 20, 9, 1, NULL) == RECTO_OK);
    for (size_t i = 0; i < 9 * im->stride; i++)
        im->px[i] = (uint8_t)(i * 37 % 251);
    st = recto_vlm_ask(&answer, m, im, &job, &err);
    if (st == RECTO_OK)
        demand(answer.text != NULL && answer.text[answer.len] == '\0' &&
               answer.facts.answer_tokens <= 3);
    else
        demand(err.code == st && err.msg[0] != '\0' && answer.text == NULL);
    recto_vlm_answer_free(&answer);
    recto_image_free(im);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_error faults[RECTO_VLM_PART_COUNT], err = {0};
    recto_vlm *m = NULL;
    int n_faults = 0, n_parts = 0;
    make_folder();
    clear_folder();
    if (!write_files(data, size))
        return 0;
    const recto_vlm_source source = {.path = folder};
    demand(recto_vlm_open(&m, &source, faults, &err) == RECTO_OK);
    for (int i = 0; i < RECTO_VLM_PART_COUNT; i++)
        n_parts += faults[i].code != RECTO_OK;
    recto_vlm_close(m);

    recto_buf report = RECTO_BUF_INIT;
    demand(recto_model_report_verify(&report, &n_faults, folder, NULL, true, &err) == RECTO_OK);
    demand(n_faults == n_parts || n_faults == n_parts + 1);
    recto_buf_clear(&report);
    demand(recto_model_report_info(&report, folder, NULL, true, &err) == RECTO_OK);
    recto_buf_free(&report);

    recto_status st = recto_vlm_open(&m, &source, NULL, &err);
    demand((st == RECTO_OK) == (n_parts == 0) && (st == RECTO_OK) == (m != NULL));
    if (st == RECTO_OK && is_tiny(recto_vlm_config_of(m)))
        ask(m);
    recto_vlm_close(m);
    return 0;
}

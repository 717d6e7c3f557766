/* What makes two runs of a batch comparable: all that changes bytes of results, and nothing else.
 */
#include "core/hash.h"
#include "core/json.h"
#include "pipeline/batch_parts.h"
#include <string.h>

static void put_forms(recto_json_out *j, const recto_batch_options *opt)
{
    recto_json_out_key(j, "to");
    recto_json_out_begin_array(j);
    for (int i = 0; i < opt->n_forms; i++)
        recto_json_out_text(j, opt->forms[i]->name);
    recto_json_out_end_array(j);
}

static void put_text_hash(recto_json_out *j, const char *key, const char *text)
{
    char hex[RECTO_SHA256_HEX];
    if (text == NULL)
        return;
    recto_sha256(hex, text, strlen(text));
    recto_json_out_key(j, key);
    recto_json_out_text(j, hex);
}

/* Texts that a user gives may be confidential: their hashes stand for them. */
static void put_vlm(recto_json_out *j, const recto_options_vlm *v, recto_vlm *vlm)
{
    recto_json_out_key(j, "model_sha256");
    recto_json_out_text(j, recto_vlm_sha256(vlm));
    recto_json_out_key(j, "task");
    recto_json_out_text(j, recto_vlm_prompt_name(v->task));
    put_text_hash(j, "question_sha256", v->question);
    put_text_hash(j, "system_sha256", v->system);
    recto_json_out_key(j, "think");
    recto_json_out_bool(j, v->think);
    recto_json_out_key(j, "tiles");
    recto_json_out_text(j, v->tiles_text);
    recto_json_out_key(j, "max_tokens");
    recto_json_out_int(j, v->max_tokens);
    recto_json_out_key(j, "precision");
    recto_json_out_int(j, v->kind);
}

static void put_run(recto_json_out *j, const recto_options *run)
{
    recto_json_out_key(j, "reader");
    recto_json_out_text(j, recto_options_reader_name(run->reader));
    recto_json_out_key(j, "dpi");
    recto_json_out_real(j, (double)recto_options_dpi(run), 3);
    recto_json_out_key(j, "pages");
    recto_json_out_text(j, run->pages_text);
    recto_json_out_key(j, "overlay");
    recto_json_out_bool(j, run->overlay);
    recto_json_out_key(j, "pictures");
    recto_json_out_bool(j, run->pictures);
    recto_json_out_key(j, "max_pixels");
    recto_json_out_int(j, run->max_pixels);
    recto_json_out_key(j, "max_pages");
    recto_json_out_int(j, run->max_pages);
    recto_json_out_key(j, "max_bytes");
    recto_json_out_int(j, (int64_t)run->max_bytes);
}

recto_status batch_settings(recto_buf *json_out, char hex_out[RECTO_SHA256_HEX],
                            const recto_batch_options *opt, const recto_model_slot *slot,
                            recto_error *err)
{
    recto_json_out j = recto_json_out_over(json_out, false);
    recto_json_out_begin_object(&j);
    recto_json_out_key(&j, "version");
    recto_json_out_text(&j, RECTO_VERSION);
    put_forms(&j, opt);
    put_run(&j, &opt->run);
    recto_json_out_key(&j, "flat");
    recto_json_out_bool(&j, opt->plan.flat);
    recto_json_out_key(&j, "dedupe");
    recto_json_out_bool(&j, opt->plan.dedupe);
    recto_json_out_key(&j, "attachments");
    recto_json_out_bool(&j, opt->attachments);
    recto_json_out_key(&j, "sandbox");
    recto_json_out_bool(&j, !opt->run.unsandboxed);
    if (slot->model != NULL) {
        recto_json_out_key(&j, "line_model_sha256");
        recto_json_out_text(&j, recto_model_sha256(slot->model));
    }
    if (slot->vlm != NULL)
        put_vlm(&j, &opt->run.vlm, slot->vlm);
    recto_json_out_end_object(&j);
    recto_status st = recto_buf_status(json_out, err);
    if (st == RECTO_OK)
        recto_sha256(hex_out, json_out->data, json_out->len);
    return st;
}

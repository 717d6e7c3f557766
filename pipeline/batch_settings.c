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
    recto_json_put_text(j, key, hex);
}

/* Texts that a user gives may be confidential: their hashes stand for them. */
static void put_vlm(recto_json_out *j, const recto_options_vlm *v, recto_vlm *vlm)
{
    recto_json_put_text(j, "model_sha256", recto_vlm_sha256(vlm));
    recto_json_put_text(j, "task", recto_vlm_prompt_name(v->task));
    put_text_hash(j, "question_sha256", v->question);
    put_text_hash(j, "system_sha256", v->system);
    recto_json_put_bool(j, "think", v->think);
    recto_json_put_text(j, "tiles", v->tiles_text);
    recto_json_put_int(j, "max_tokens", v->max_tokens);
    recto_json_put_int(j, "precision", v->kind);
}

static void put_run(recto_json_out *j, const recto_options *run)
{
    recto_json_put_text(j, "reader", recto_options_reader_name(run->reader));
    recto_json_put_real(j, "dpi", (double)recto_options_dpi(run), 3);
    recto_json_put_text(j, "pages", run->pages_text);
    recto_json_put_bool(j, "overlay", run->overlay);
    recto_json_put_int(j, "images", run->images);
    recto_json_put_bool(j, "layout", run->keep_layout);
    recto_json_put_bool(j, "pdfa", run->pdfa);
    recto_json_put_int(j, "max_pixels", run->max_pixels);
    recto_json_put_int(j, "max_pages", run->max_pages);
    recto_json_put_int(j, "max_bytes", (int64_t)run->max_bytes);
}

recto_status batch_settings(recto_buf *json_out, char hex_out[RECTO_SHA256_HEX],
                            const recto_batch_options *opt, const recto_model_slot *slot,
                            recto_error *err)
{
    recto_json_out j = recto_json_out_over(json_out, false);
    recto_json_out_begin_object(&j);
    recto_json_put_text(&j, "version", RECTO_VERSION);
    put_forms(&j, opt);
    put_run(&j, &opt->run);
    recto_json_put_bool(&j, "flat", opt->plan.flat);
    recto_json_put_bool(&j, "dedupe", opt->plan.dedupe);
    recto_json_put_bool(&j, "attachments", opt->attachments);
    recto_json_put_bool(&j, "sandbox", !opt->run.unsandboxed);
    if (slot->model != NULL) {
        recto_json_put_text(&j, "line_model_sha256", recto_model_sha256(slot->model));
    }
    if (slot->vlm != NULL)
        put_vlm(&j, &opt->run.vlm, slot->vlm);
    recto_json_out_end_object(&j);
    recto_status st = recto_buf_status(json_out, err);
    if (st == RECTO_OK)
        recto_sha256(hex_out, json_out->data, json_out->len);
    return st;
}

/* What a VLM's files say about it: shapes, tiles, stop tokens, default system message.  Nothing of
 * it is known to the code beforehand; what the code cannot do is refused here, by the key that says
 * so. */
#ifndef RECTO_PIPELINE_VLM_CONFIG_H
#define RECTO_PIPELINE_VLM_CONFIG_H

#include "kernels/gguf.h"
#include "text/decoder.h"
#include "vision/tiles.h"
#include "vision/vit.h"

enum { RECTO_VLM_MAX_STOPS = 6 };

typedef struct recto_vlm_config {
    const char *flavour; /* "internvl_chat", "qianfan_ocr" or "gguf" */
    recto_vit_config vit;
    recto_decoder_config decoder;
    recto_tiles_rule tiles;
    int32_t stop_ids[RECTO_VLM_MAX_STOPS]; /* end-of-text ids that the files name */
    int n_stop_ids;
    bool default_system; /* the chat template puts the makers' system message in front */
} recto_vlm_config;

/* The texts of a checkpoint folder; NULL where a file is absent. */
typedef struct recto_vlm_texts {
    const char *config; /* config.json, needed */
    size_t config_len;
    const char *preprocessor; /* preprocessor_config.json */
    size_t preprocessor_len;
    const char *processor; /* processor_config.json, of which "image_processor" counts */
    size_t processor_len;
    const char *generation; /* generation_config.json */
    size_t generation_len;
    const char *chat_template; /* chat_template.jinja or what holds it: searched, never run */
    size_t chat_template_len;
} recto_vlm_texts;

/** The system message that the makers' template inserts. */
extern const char recto_vlm_config_system[];

/**
 * From the files of a folder: `internvl_chat` (vision_config, llm_config) and `qianfan_ocr`
 * (vision_config, text_config).  Errors: FORMAT (JSON), MODEL (another architecture, a value out of
 * range: the key), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_vlm_config_json(recto_vlm_config *out,
                                                    const recto_vlm_texts *texts, recto_error *err);
/**
 * From GGUF metadata.
 *
 * llm, mmproj  both needed
 * tied         the weights hold no output.weight
 *
 * Errors: MODEL.
 */
RECTO_MUST_CHECK recto_status recto_vlm_config_gguf(recto_vlm_config *out, const recto_gguf *llm,
                                                    const recto_gguf *mmproj, bool tied,
                                                    recto_error *err);

#endif

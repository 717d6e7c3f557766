/* Any bytes through the JSON reader; what is accepted is written again in both forms, and must be
 * accepted once more. */
#include "core/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy_value(recto_json_out *out, const recto_json *v)
{
    if (recto_json_is_object(v)) {
        void *iter = NULL;
        const char *key = NULL;
        const recto_json *member = NULL;
        recto_json_out_begin_object(out);
        while (recto_json_each(v, &iter, &key, &member)) {
            recto_json_out_key(out, key);
            copy_value(out, member);
        }
        recto_json_out_end_object(out);
    } else if (recto_json_is_array(v)) {
        recto_json_out_begin_inline_array(out);
        for (size_t i = 0; i < recto_json_count(v); i++)
            copy_value(out, recto_json_at(v, i));
        recto_json_out_end_array(out);
    } else if (recto_json_as_text(v, NULL) != NULL) {
        recto_json_out_text(out, recto_json_as_text(v, NULL));
    } else if (recto_json_as_int(v, INT64_MIN) != INT64_MIN) {
        recto_json_out_int(out, recto_json_as_int(v, 0));
    } else {
        recto_json_out_real(out, recto_json_as_number(v, 0), 6);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_json *v = NULL;
    recto_error err = {0};
    recto_status status = recto_json_parse(&v, (const char *)data, size, &err);
    if (status != RECTO_OK) {
        if (v != NULL || err.code != status || err.msg[0] == '\0')
            abort();
        return 0;
    }
    for (int pretty = 0; pretty < 2; pretty++) {
        recto_buf text = RECTO_BUF_INIT;
        recto_json_out out = recto_json_out_over(&text, pretty != 0);
        copy_value(&out, v);
        recto_json *again = NULL;
        if (recto_json_parse(&again, recto_buf_cstr(&text), text.len, NULL) != RECTO_OK)
            abort();
        recto_json_free(again);
        recto_buf_free(&text);
    }
    recto_json_free(v);
    return 0;
}

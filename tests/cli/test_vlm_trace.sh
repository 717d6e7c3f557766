# `recto model trace` of every form of the tiny checkpoints against the reference's tensors, in float32 and in what this
# CPU gets by default (test_vlm_exact.c holds the strict bounds); the same file from every form of the same numbers.
. "$(dirname "$0")/lib.sh"
tiny=$RECTO_TEST_DATA/vlm/tiny

# against REFERENCE TRACE BOUNDS...
against() {
    /usr/bin/python3 "$RECTO_SOURCE_DIR/tools/compare_trace.py" "$2" "$1" "${@:3}" >compared 2>&1 ||
        { fail "$2 is not near $1"; sed 's/^/    /' compared >&2; }
}
loose=(--bound 0.01 --logits-bound 0.02 --no-tokens)

run 0 model trace "$tiny/a/original" "$tiny/a/page.png" -o original.safetensors
against "$tiny/a/reference.safetensors" original.safetensors "${loose[@]}"
run 0 model trace "$tiny/a/native" "$tiny/a/page.png" -o native.safetensors
run 0 model trace "$tiny/a/lm-plain.gguf" "$tiny/a/page.png" --mmproj "$tiny/a/mmproj-plain.gguf" -o gguf.safetensors
cmp original.safetensors native.safetensors || fail "transformers' names give another trace"
cmp original.safetensors gguf.safetensors || fail "GGUF gives another trace"
run 0 model trace "$tiny/a/native" "$tiny/a/page.png" --precision f32 -o f32.safetensors
against "$tiny/a/reference.safetensors" f32.safetensors --bound 1e-4
for form in q8_0 mix; do
    run 0 model trace "$tiny/b/lm-$form.gguf" "$tiny/b/page.png" --mmproj "$tiny/b/mmproj-q8_0.gguf" -o "$form.safetensors"
    against "$tiny/b/reference-$form.safetensors" "$form.safetensors" "${loose[@]}"
done

# the comparison can fail: another image, another prompt
run 0 model trace "$tiny/a/original" "$tiny/b/page.png" -o other.safetensors
/usr/bin/python3 "$RECTO_SOURCE_DIR/tools/compare_trace.py" other.safetensors original.safetensors >compared &&
    fail "the trace of another image is taken for the same"
run 0 model trace "$tiny/a/original" "$tiny/a/page.png" --prompt "Extract tables to HTML format." --tokens 3 -o asked.safetensors
/usr/bin/python3 "$RECTO_SOURCE_DIR/tools/compare_trace.py" asked.safetensors original.safetensors >compared &&
    fail "the trace of another prompt is taken for the same"
grep -q '^vit.layer.2 .* 0.0e+00$' compared || fail "another prompt changes the encoder: $(cat compared)"
grep -q '^tokens .*\[3\] instead of \[64\]' compared || fail "--tokens 3 does not give 3 tokens: $(cat compared)"

# inputs are never overwritten
cp -r "$tiny/a/original" mine
cp "$tiny/a/page.png" mine/page.png
for target in page.png config.json model.safetensors; do
    cp "mine/$target" before
    run 5 model trace mine mine/page.png -o "mine/$target"
    one_line "mine/$target" "would overwrite" -o
    cmp -s "mine/$target" before || fail "$target was overwritten"
done
cp "$tiny/a/lm-plain.gguf" lm.gguf
cp "$tiny/a/mmproj-plain.gguf" part.gguf
for target in lm.gguf part.gguf; do
    run 5 model trace lm.gguf mine/page.png --mmproj part.gguf -o "$target"
    one_line "$target" "would overwrite" -o
done
run 2 model trace mine mine/page.png --max-pixels 10 -o small.safetensors
one_line --max-pixels
[ ! -e small.safetensors ] || fail "a trace of nothing"

finish

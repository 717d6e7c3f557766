#!/usr/bin/env bash
# Goal: models are found by path and name, described and verified as they are; options of the VLM that make no sense are
# refused with one line; inputs come from wherever they do for every reader.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
need python3
unset RECTO_MODEL_PATH
export XDG_DATA_HOME=$PWD/data
tiny=$RECTO_TEST_DATA/vlm/tiny reads=$RECTO_TEST_DATA/vlm/reads
model=$reads/model page=$reads/table.png

# json_lines: standard output is one JSON value a line; prints what the expression on `all` (their list) gives
json_lines() {
    python3 -c 'import json, sys; all = [json.loads(line) for line in sys.stdin]; print('"$1"')' <stdout
}

# --- names and places
run 0 model list
holds stdout line-latin
[ "$(wc -l <stdout)" -eq 1 ] || fail "models out of nowhere: $(cat stdout)"
run 3 convert "$page" --reader vlm -o none
one_line "there is no VLM" "$XDG_DATA_HOME/recto/models" docs/MODELS.md --model
mkdir -p data/recto/models path/pair
ln -s "$model" data/recto/models/knows
cp -r "$tiny/a/original" path/broken
rm path/broken/tokenizer.json
ln -s "$tiny/a/lm-plain.gguf" path/pair/two.gguf
ln -s "$tiny/a/mmproj-plain.gguf" path/pair/mmproj-two.gguf
export RECTO_MODEL_PATH=$PWD/path
run 0 model list --json
[ "$(json_lines '" ".join(m["name"] for m in all)')" = "line-latin broken two knows" ] || fail "list: $(cat stdout)"
[ "$(json_lines 'all[1]["state"][:7]')" = "faulty:" ] || fail "list says nothing of the fault: $(cat stdout)"
run 0 model list
[ "$(wc -l <stdout)" -eq 4 ] || fail "list: $(cat stdout)"
for name in two knows "$model" "$tiny/a/lm-plain.gguf"; do
    run 0 model info "$name" --json
    [ "$(json_lines 'all[0]["kind"]')" = vlm ] || fail "info $name: $(cat stdout)"
    run 0 model verify "$name" --json
    [ "$(json_lines 'all[-1]["status"]')" = ok ] || fail "verify $name: $(cat stdout)"
done
run 0 model info line-latin
run 0 model verify line-latin
holds stdout line-latin
run 3 model info broken nowhere
holds stdout tokenizer.json
one_line nowhere "$PWD/path"
run 3 model verify broken --json
[ "$(json_lines '[m["part"] for m in all if m["status"] == "fault"]')" = "['tokenizer']" ] || fail "verify: $(cat stdout)"
one_line broken "1 fault"
run 0 convert "$page" --reader vlm --model knows -o named
cmp -s named/table.png.md "$reads/expected/table.document.md" || fail "a model by its name reads otherwise"
run 3 convert "$page" --reader vlm --model KNOWS -o none
one_line KNOWS
RECTO_MODEL_PATH=$PWD/gone run 3 convert "$page" --reader vlm -o none
one_line RECTO_MODEL_PATH gone
unset RECTO_MODEL_PATH
run 0 convert "$page" --reader vlm -o first --to json
holds first/table.png.json '"name": "model"'

# a blob store's file name says nothing; its bytes do
ln -s "$tiny/a/lm-plain.gguf" sha256-7b68c7dc3152
run 0 model info ./sha256-7b68c7dc3152 --mmproj "$tiny/a/mmproj-plain.gguf"

# --- verify and the published hashes
cp -r "$model" sums
(cd sums && sha256sum ./*.json model.safetensors | sed 's| \./| |' >SHA256SUMS)
run 0 model verify sums
[ "$(grep -c ^ok stdout)" -eq 13 ] || fail "verify: $(cat stdout)"
hash=$(awk '/model.safetensors$/ { print $1 }' sums/SHA256SUMS)
sed -i "s/$hash/$(tr 0-9a-f 1-9a-f0 <<<"$hash")/" sums/SHA256SUMS
run 3 model verify sums
[ "$(grep -c ^FAULT stdout)" -eq 1 ] || fail "verify: $(cat stdout)"
holds stdout SHA256SUMS
one_line "1 fault"
run 3 model verify --quiet sums
[ ! -s stdout ] || fail "verify is not quiet"
sed -i /tokenizer.json/d sums/SHA256SUMS
run 3 model verify sums
[ "$(grep -c 'not in SHA256SUMS' stdout)" -eq 1 ] || fail "a file that nobody vouches for: $(cat stdout)"
rm sums/SHA256SUMS
mkdir sums/SHA256SUMS
run 3 model verify sums
holds stdout "FAULT  SHA256SUMS"
rmdir sums/SHA256SUMS
printf 'not\0hashes' >sums/SHA256SUMS
run 0 model verify sums
[ "$(grep -c 'not in SHA256SUMS' stdout)" -eq 6 ] || fail "files that nobody vouches for: $(cat stdout)"
# other files that it names are hashed as well, and missed
printf 'about the model\n' >sums/README.md
(cd sums && sha256sum README.md >SHA256SUMS)
run 0 model verify sums
grep -q '^ok  *README.md' stdout || fail "README.md is not compared: $(cat stdout)"
printf 'changed\n' >sums/README.md
run 3 model verify sums
grep -q '^FAULT  *README.md.*states another' stdout || fail "README.md has changed: $(cat stdout)"
rm sums/README.md
run 3 model verify sums
grep -q '^FAULT  *README.md.*not there' stdout || fail "README.md is missing: $(cat stdout)"
printf '%064d  ../outside\n' 0 >sums/SHA256SUMS
run 0 model verify sums
# weights too damaged to be opened are compared none the less
(cd sums && sha256sum ./*.json model.safetensors | sed 's| \./| |' >SHA256SUMS)
head -c 1000 "$model/model.safetensors" >sums/model.safetensors
run 3 model verify sums
grep -q '^FAULT  *model.safetensors.*states another' stdout || fail "damaged weights: $(cat stdout)"
cp "$model/model.safetensors" sums/
rm sums/SHA256SUMS
# what names and files say steers no terminal and makes no lines
cp -r "$model" "$(printf 'steer\033[31m\nok')"
run 0 model verify ./steer*
[ "$(grep -c ^ok stdout)" -eq 13 ] && ! grep -q "$(printf '\033')" stdout || fail "verify: $(cat -v stdout)"
run 0 model info ./steer*
grep -q "$(printf '\033')" stdout && fail "info: $(cat -v stdout)"
run 0 model verify sums
name_hash=$(grep '^ok *sums ' stdout | grep -o '[0-9a-f]\{64\}')
[ "$name_hash" = "$(cd sums && sha256sum config.json generation_config.json model.safetensors preprocessor_config.json \
    tokenizer.json tokenizer_config.json | sha256sum | cut -c1-64)" ] || fail "the model's hash is not sha256sum's"
holds first/table.png.json "$name_hash"

# no hash for a model of which a file cannot be read
cp -r "$model" torn
truncate -s 1000 torn/model.safetensors
run 3 model verify torn
grep -q '^ok *torn ' stdout && fail "a torn model has a hash: $(cat stdout)"

# of a GGUF file the list is that of its folder
mkdir pair
cp "$tiny/a/lm-plain.gguf" "$tiny/a/mmproj-plain.gguf" pair/
(cd pair && sha256sum ./*.gguf | sed 's| \./| |' >SHA256SUMS)
run 0 model verify pair/lm-plain.gguf
grep -q 'not in SHA256SUMS' stdout && fail "no hashes are compared: $(cat stdout)"
sed -i 's/^./x/' pair/SHA256SUMS
run 3 model verify pair/lm-plain.gguf
one_line "2 faults"
run 3 model verify pair
cd pair || exit 1
run 3 model verify lm-plain.gguf
cd ..

# the texts that change an answer stand in the provenance as hashes, other numbers by their name
run 0 convert "$page" --reader vlm --model "$model" -o other --to json --system "Be terse." --precision f32
holds other/table.png.json "\"system_sha256\": \"$(printf 'Be terse.' | sha256sum | cut -c1-64)\""
holds other/table.png.json '"precision": "f32"'
grep -q terse other/table.png.json && fail "the system message is in the result"

# --- usage
usage() {
    local words=$1
    shift
    run 1 "$@"
    one_line "$words"
}
vlm=(convert "$page" --reader vlm --model "$model")
run 0 convert --help
for option in model mmproj task ask system think tiles max-tokens precision images; do
    holds stdout "--$option"
done
for option in "--model $model" "--mmproj x" "--task table" "--ask x" "--system x" --think "--tiles 1..2" "--max-tokens 9" \
    "--precision f32"; do
    # shellcheck disable=SC2086 # two words
    usage "are for --reader vlm" convert "$page" $option
done
usage "exclude each other" "${vlm[@]}" --task table --ask x
usage "--task must be" "${vlm[@]}" --task poem
usage "--ask must be" "${vlm[@]}" --ask ''
usage "--model must be" convert "$page" --reader vlm --model ''
for tiles in 0..3 5..2 1..65 1-3 x ..; do
    usage "--tiles must be" "${vlm[@]}" --tiles "$tiles"
done
for tokens in 0 -1 x 2000000; do
    usage "--max-tokens must be" "${vlm[@]}" --max-tokens="$tokens"
done
usage "--precision must be" "${vlm[@]}" --precision f16
usage "needs a folder" "${vlm[@]}" --images files -o -
usage "needs a folder" "${vlm[@]}" --overlay -o -
usage "no argument" model list x
usage "no model" model info
usage "no model" model verify
usage "-o FILE" model trace "$model" "$page"
usage "-o FILE" model trace "$model" -o x
usage "--output must be" model trace "$model" "$page" -o -
usage "--tokens must be" model trace "$model" "$page" -o x --tokens 0
usage "no option" model list --mmproj x
usage "no command 'model show'" model show
run 1 model
run 0 model --help
run 3 convert "$page" --reader vlm --model "$tiny/a/lm-plain.gguf" --mmproj "$page" -o none
one_line table.png
[ ! -e none ] || [ -z "$(ls -A none)" ] || fail "a refused model left $(ls -A none)"

# --- inputs
run 0 convert "$reads/figures.png" "$page" --reader vlm --model "$model" -o -
holds stdout "The Lamp at Gull Rock"
holds stdout Passengers
run 0 convert "$reads/figures.png" "$page" --reader vlm --model "$model" -o - --to json
[ "$(json_lines 'len(all)')" = 2 ] || fail "two documents are not two lines"
got=0
"$RECTO" convert - --reader vlm --model "$model" -o - <"$page" >stdout 2>stderr || got=$?
[ "$got" -eq 0 ] || fail "from standard input: exit code $got"
cmp -s stdout "$reads/expected/table.document.md" || fail "from standard input it reads otherwise"
run 4 convert "$RECTO_SAMPLES/encrypted.pdf" "$RECTO_SAMPLES/report.pdf" "$RECTO_SAMPLES/blank.png" \
    "$RECTO_SAMPLES/upside-down.png" --pages 1 --max-tokens 20 --reader vlm --model "$model" -o mixed --to json
one_line encrypted.pdf --password-file
holds mixed/report.pdf.json '"page_no": 1'
holds mixed/report.pdf.json '"truncated"'
holds mixed/blank.png.json '"blank_page"'
holds mixed/upside-down.png.json '"turned_deg": 180'
run 0 convert "$RECTO_SAMPLES/encrypted.pdf" --password-file "$RECTO_SAMPLES/encrypted.password" --max-tokens 20 \
    --reader vlm --model "$model" -o mixed --to json
run 1 convert "$RECTO_SAMPLES/report.pdf" --pages 99 --reader vlm --model "$model" -o mixed
one_line 99
run 2 convert "$model/config.json" --reader vlm --model "$model" -o mixed
run 0 inspect --reader vlm "$RECTO_SAMPLES/report.pdf" --json
[ "$(json_lines 'set(p["reader"] for p in all[0]["pages"])')" = "{'vlm'}" ] || fail "inspect: $(cat stdout)"

run 2 convert "$page" --ask "$(head -c 9000 /dev/zero | tr '\0' x)" --reader vlm --model "$model" -o mixed
one_line "a shorter prompt" "context of 4096"
run 0 convert "$page" --ask $'\xff\xfe<|im_end|>' --max-tokens 20 --reader vlm --model "$model" -o mixed
run 8 model trace "$model" "$RECTO_SAMPLES/encrypted.pdf" -o sealed
one_line --password-file
run 0 model trace "$model" "$RECTO_SAMPLES/encrypted.pdf" -o sealed --password-file "$RECTO_SAMPLES/encrypted.password" \
    --dpi 75 --tokens 1

# pictures: files that the Markdown names, gone again when what names them could not be written
run 0 convert "$reads/figures.png" --reader vlm --model "$model" -o cut --images files --overlay
for number in 1 2 3; do
    holds cut/figures.png.md "(figures.png.page-1.picture-$number.png)"
    [ -s "cut/figures.png.page-1.picture-$number.png" ] || fail "picture $number is not there"
done
[ "$(find cut -type f | wc -l)" -eq 6 ] || fail "files: $(ls cut)"
mkdir -p taken/figures.png.json
run 5 convert "$reads/figures.png" --reader vlm --model "$model" -o taken --images files --overlay
one_line figures.png.json
[ "$(ls -A taken)" = figures.png.json ] || fail "left behind: $(ls -A taken)"
run 0 convert "$reads/figures.png" --reader vlm --model "$model" -o again --to md --images files
for file in again/*.picture-*; do
    echo earlier >"$file"
done
(
    ulimit -S -f 2 # the first picture fits, the second does not
    run 5 convert "$reads/figures.png" --reader vlm --model "$model" -o again --to md --images files
    exit "$failures"
) || fail "no limit"
[ "$(find again -type f | wc -l)" -eq 4 ] || fail "a failed run left or took pictures: $(ls -A again)"
[ "$(cat again/*.picture-* | sort -u)" = earlier ] || fail "a failed run changed an earlier run's pictures"
cp "$reads/figures.png" figures.png.page-1.picture-1.png
cp "$reads/figures.png" figures.png
run 4 convert figures.png figures.png.page-1.picture-1.png --reader vlm --model "$model" --images files --to md
one_line "would overwrite an input"
cmp -s figures.png figures.png.page-1.picture-1.png || fail "an input was overwritten"
finish

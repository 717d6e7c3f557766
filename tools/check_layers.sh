#!/usr/bin/env bash
# The layering law: an include goes down or stays in its folder, and a third-party header appears only in
# the files named here.  Prints each breach; exit status 1 if there is one.
set -u
cd "$(dirname "$0")/.." || exit 1
breaches=0

breach() {
    echo "check_layers: $1" >&2
    breaches=1
}

# folder -> folders it may include
declare -A may=(
    [core]="core"
    [kernels]="kernels core"
    [vision]="vision kernels core"
    [text]="text kernels core"
    [pipeline]="pipeline vision text kernels core"
    [library]="library pipeline core"
    [cli]="cli pipeline core"
)
for folder in "${!may[@]}"; do
    while IFS=: read -r file line include; do
        target=${include#*\"}
        target=${target%%/*}
        case " ${may[$folder]} " in
        *" $target "*) ;;
        *) breach "$file:$line: $folder may not include $include" ;;
        esac
    done < <(grep -nHE '^ *# *include +"' "$folder"/*.[ch] 2>/dev/null | sed -E 's/^([^:]+):([0-9]+): *# *include +(".*")/\1:\2:\3/')
done

# header pattern -> files that may include it
third_party() {
    local pattern=$1 file
    shift
    while read -r file; do
        case " $* " in
        *" $file "*) ;;
        *) breach "$file includes <$pattern>; only these may: $*" ;;
        esac
    done < <(grep -lE "^ *# *include +<$pattern" ./*/*.[ch] 2>/dev/null | sed 's|^\./||')
}
third_party 'jansson\.h' core/json_read.c
third_party 'sodium\.h' core/hash.c
third_party 'utf8proc\.h' core/utf8.c
third_party '(oneapi/)?dnnl' kernels/cpu_dnnl.c
third_party 'mupdf/' vision/source_pdf.c vision/pdf_annots.c vision/pdf_annots.h vision/pdf_attach.c vision/pdf_depth.c vision/pdf_device.c vision/pdf_font.c vision/pdf_form.c \
    vision/pdf_info.c vision/pdf_links.c vision/pdf_paths.c vision/pdf_render.c vision/pdf_write_fax.c vision/pdf_write_strip.c \
    vision/pdf_write_update.c
third_party '(leptonica/|allheaders)' vision/lept.c
third_party 'pcre2\.h' text/tokenizer_split.c
third_party 'seccomp\.h' pipeline/sandbox.c
third_party 'linux/' pipeline/sandbox.c
third_party 'sys/inotify\.h' pipeline/watch_events.c
third_party 'sqlite3\.h' pipeline/journal_parts.h pipeline/find.c \
    pipeline/find_index.c pipeline/find_sql.c pipeline/find_parts.h
third_party 'zlib\.h' vision/pdf_write.c
third_party 'png\.h' vision/image_png.c
third_party '(jpeglib|turbojpeg)\.h' vision/image_jpeg.c vision/image_jpeg_write.c

exit $breaches

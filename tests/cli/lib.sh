# Shared by the scripts of this folder: a scratch folder that is removed at the end, and checks that say what
# was wanted.  RECTO is the binary, RECTO_SAMPLES and RECTO_TEST_DATA the folders of documents.

set -u
: "${RECTO:?the binary under test}" "${RECTO_SAMPLES:?}" "${RECTO_TEST_DATA:?}" "${RECTO_SOURCE_DIR:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0

fail() {
    echo "FAIL: $*" >&2
    failures=$((failures + 1))
}

# run CODE ARGS...: run recto, wanting that exit code; output in ./stdout and ./stderr
run() {
    local want=$1 got=0
    shift
    "$RECTO" "$@" >stdout 2>stderr </dev/null || got=$?
    if [ "$got" -ne "$want" ]; then
        fail "recto $*: exit code $got, not $want"
        sed 's/^/    /' stderr >&2
    fi
}

# one_line WORDS...: standard error must be one line that holds each of the words
one_line() {
    local word
    [ "$(wc -l <stderr)" -eq 1 ] || fail "not one line on standard error: $(cat stderr)"
    for word in "$@"; do
        grep -qF -- "$word" stderr || fail "standard error lacks '$word': $(cat stderr)"
    done
}

# holds FILE TEXT: the file holds the text
holds() {
    grep -qF -- "$2" "$1" || fail "$1 lacks '$2'"
}

lacks() {
    ! grep -qF -- "$2" "$1" || fail "$1 holds '$2'"
}

# need COMMAND...: skip the test where a consumer is missing
need() {
    local command
    for command in "$@"; do
        if ! command -v "$command" >/dev/null; then
            echo "skipped: $command is not installed"
            exit 77
        fi
    done
}

finish() {
    if [ "$failures" -gt 0 ]; then
        echo "$failures checks failed" >&2
        exit 1
    fi
}

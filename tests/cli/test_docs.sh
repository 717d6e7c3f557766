#!/usr/bin/env bash
# Goal: man pages and completions say what --help says: every command and option of it is in the page and in
# the three completions, the pages are free of warnings, and the shells complete commands, options, values and files.
. "${RECTO_SOURCE_DIR:?run by ctest}/tests/cli/lib.sh" || exit 1
docs=$(dirname "$RECTO")/docs
if [ ! -f "$docs/recto.1" ]; then
    fail "no man pages in $docs (ninja docs)"
    finish
fi

# The commands, "model list" in one line, and the options of one command.
run 0 --help
sed -n 's/^  \([a-z]\+\( [a-z]\+\)\?\)  .*/\1/p' stdout | grep -v '^recto' >commands
grep -qx convert commands && grep -qx 'model list' commands || fail "commands: $(cat commands)"
options() {
    "$RECTO" $1 --help | sed -nE 's/^  (-., |    )(--[a-z-]+).*/\2/p'
}

lint() {
    if command -v mandoc >/dev/null; then
        mandoc -Tlint -W style "$1" >lint 2>&1 || fail "mandoc: $(cat lint)"
        [ ! -s lint ] || fail "mandoc: $(cat lint)"
    fi
    if command -v groff >/dev/null; then
        groff -man -Tutf8 -ww -z "$1" 2>lint || fail "groff $1"
        [ ! -s lint ] || fail "groff: $(cat lint)"
    fi
}
command -v mandoc >/dev/null || echo "not checked: mandoc is not installed"
command -v groff >/dev/null || echo "not checked: groff is not installed"
for page in "$docs"/*.1; do
    lint "$page"
done

while read -r command; do
    page=$docs/recto-${command%% *}.1
    [ -f "$page" ] || fail "no page for $command"
    holds "$docs/recto.1" "\\fB$command\\fR (\\fBrecto\\-${command%% *}\\fR(1))"
    [ "$(options "$command" | wc -l)" -gt 1 ] || fail "$command: no options seen in its help"
    # this command's part of the page, and its branches of the completions
    if [ "$command" = "${command#* }" ]; then
        cat "$page" >part
    else
        sed -n "/^\.SS recto $command\$/,\$p" "$page" | sed '1d;/^\.S[SH]/,$d' >part
    fi
    sed -n "/^    '$command')\$/,\$p" "$docs/recto.bash" | grep -m1 _recto_rest >bash_part
    sed -n "/^ *${command#* })\$/,/ ;;\$/p" "$docs/_recto" >zsh_part
    grep -F "'__recto_at $command'" "$docs/recto.fish" >fish_part
    for option in $(options "$command"); do
        grep -qE "\\\\-\\\\-$(printf %s "${option#--}" | sed 's/-/\\\\-/g')\\\\fR" <(sed 's/\\fB//g' part) ||
            fail "$page: no $option for $command"
        grep -qE -- "[' ]${option}[' ]" bash_part || fail "bash: no $option for $command"
        grep -qE -- "${option}[],=[{}' ]" zsh_part || fail "zsh: no $option for $command"
        grep -qE -- "-l ${option#--} " fish_part || fail "fish: no $option for $command"
    done
done <commands

# Closed values are values that the program takes, and it takes no others.
grep -oE -- "-l (reader|to|progress|task|precision) .*-a '[^']*'" "$docs/recto.fish" | sort -u |
    sed -E "s/-l ([a-z]+).*-a '(\(__fish_append , )?([a-z0-9 ]*).*/\1 \3/" >values
[ "$(wc -l <values)" -ge 5 ] || fail "values: $(cat values)"
while read -r option values; do
    for value in $values; do
        case $option in
        task | precision) run 2 convert --reader vlm --model none --"$option" "$value" missing.pdf ;;
        *) run 2 convert --"$option" "$value" missing.pdf ;;
        esac 2>/dev/null
    done
    run 1 convert --"$option" nonsense missing.pdf
done <values

# Bash completes.
mkdir -p "files/some folder"
touch files/a.pdf "files/b c.pdf"
complete_bash() {
    bash --norc -c '
        source "$1"/recto.bash || exit 1
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _recto
        printf "%s\n" "${COMPREPLY[@]}"' bash "$docs" "$@" 2>stderr | sort | paste -sd'|'
    [ ! -s stderr ] || fail "bash completion of '$*': $(cat stderr)"
}
gives() {
    local want=$1 got
    shift
    got=$("$@")
    [ "$got" = "$want" ] || fail "$*: '$got', not '$want'"
}
gives "convert" complete_bash recto con
gives "--help|info|list|trace|verify" complete_bash recto model ""
gives "--reader" complete_bash recto convert --rea
gives "layer|line" complete_bash recto convert --reader l
gives "layer|line" complete_bash recto convert -r l
gives "layer|line" complete_bash recto convert --reader = l
gives "auto|layer|line|vlm" complete_bash recto inspect --reader =
gives "md,txt" complete_bash recto convert --to md,t
gives "files/a.pdf|files/b c.pdf|files/some folder" complete_bash recto convert files/
gives "files/some folder" complete_bash recto convert x.pdf -o files/
gives "" complete_bash recto convert --dpi ""
gives "" complete_bash recto convert -- --rea
gives "--json" complete_bash recto model list --js
gives "" complete_bash recto model list --reader
gives "" complete_bash recto frobnicate --rea

# Fish completes; zsh reads.
if command -v fish >/dev/null; then
    fish --no-config --no-execute "$docs/recto.fish" || fail "fish does not read recto.fish"
    complete_fish() {
        HOME=$scratch fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$docs/recto.fish" "$1" 2>stderr |
            cut -f1 | sort | paste -sd'|'
        [ ! -s stderr ] || fail "fish completion of '$1': $(cat stderr)"
    }
    gives "convert" complete_fish "recto con"
    gives "info|list|trace|verify" complete_fish "recto model "
    gives "--reader" complete_fish "recto convert --rea"
    gives "layer|line" complete_fish "recto convert --reader l"
    gives "files/a.pdf|files/b c.pdf|files/some folder/" complete_fish "recto convert files/"
    gives "files/some folder/" complete_fish "recto convert -o files/"
    gives "" complete_fish "recto model list --rea"
else
    echo "not checked: fish is not installed"
fi
if command -v zsh >/dev/null && ! zsh -f -c 'zmodload zsh/zpty && zpty probe true' 2>/dev/null; then
    echo "not checked: zsh gets no pseudo-terminal here"
elif command -v zsh >/dev/null; then
    zsh -f -n "$docs/_recto" || fail "zsh does not read _recto"
    # a terminal of zsh's own: type, press tab, let a widget say what the line has become
    cat >drive.zsh <<'ZSH'
zmodload zsh/zpty zsh/zselect
zpty shell zsh -f -i
zpty -w shell "cd $PWD; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D"
zpty -w shell 'say() { print -r -- $BUFFER >>lines; BUFFER= }; zle -N say; bindkey "^X" say; : >lines'
while [[ ! -e lines ]]; do zselect -t 5; done
n=0
for line in "${@[2,-1]}"; do
    zpty -w -n shell "$line"$'\t\x18'
    ((n++))
    while (($(wc -l <lines) < n)); do zselect -t 5; done
done
zpty -d shell
ZSH
    timeout 60 zsh -f drive.zsh "$docs" "recto conv" "recto convert --overl" "recto convert --reader lay" \
        "recto convert -r lay" "recto convert --to md,tx" "recto model verif" "recto convert files/a" \
        "recto convert --reader vl" "recto model verify --mm" >zsh_out 2>&1 </dev/null || fail "zsh: $(cat zsh_out)"
    sed 's/ *$//' lines | paste -sd'|' >got
    # zsh takes the comma or = at the end away again when a space follows
    want='recto convert|recto convert --overlay|recto convert --reader layer|recto convert -r layer'
    want+='|recto convert --to md,txt,|recto model verify|recto convert files/a.pdf|recto convert --reader vlm'
    want+='|recto model verify --mmproj='
    [ "$(cat got)" = "$want" ] || fail "zsh completed: $(cat got)"
else
    echo "not checked: zsh is not installed"
fi
finish

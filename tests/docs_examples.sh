#!/bin/bash
# Follows docs/adding-a-page.md as a stranger would, in a copy of the tree: takes its blocks, builds, runs the scenario; then forgets one thing
# after the other and looks whether the build says what the page says it does. Adds the document type of docs/adding-a-document-type.md as well.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C.UTF-8

page=docs/adding-a-page.md
tree=build-docs/tree
results=0
failures=0

# say CODE NAME [FILE]: one TAP line; of a failure also the end of the file.
say() {
    results=$((results + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $results - $2"
    else
        failures=$((failures + 1))
        echo "not ok $results - $2"
        if [ -s "${3:-}" ]; then tail -n 30 "$3" | sed 's/^/#   /'; fi
    fi
}

# The copy takes over what is built already, by ./check or by hand, so that only the changes are compiled.
copy_tree() {
    local built=build-check
    [ -f $built/scenario_runner ] || built=build
    rm -rf "$tree" && mkdir -p "$tree/build" || return 1
    tar --exclude='./build*' --exclude=./.git --exclude=./.cache --exclude=./demo-data --exclude=node_modules -cf - . | tar -xf - -C "$tree" || return 1
    if [ -f $built/scenario_runner ]; then
        tar --exclude=./logs --exclude=./meson-logs -C $built -cf - . | tar -xf - -C "$tree/build" && meson setup --reconfigure "$tree/build" "$tree"
    else
        meson setup "$tree/build" "$tree" -Db_sanitize=none -Doptimization=0
    fi
}

# cut_blocks PAGE FOLDER: cuts a page into blocks. A line that begins with New file, At the end of, In or The new ones, and names a path, says where the next
# block goes. A block that is not meant for a file (sh, text) is left out.
cut_blocks() {
    rm -rf "$2" && mkdir "$2" || return 1
    awk -v folder="$2" '
        !inside && /^(New file|At the end of|In|The new ones, in) `/ {
            how = $0 ~ /^New/ ? "new" : $0 ~ /^At/ ? "end" : $0 ~ /^In/ ? "lines" : "words"
            split($0, part, "`"); path = part[2]
        }
        /^```/ {
            if (inside) { inside = 0; close(name) }
            else if ($0 == "```sh" || $0 == "```text") { inside = 1; name = "/dev/null" }
            else { inside = 1; name = sprintf("%s/%02d", folder, ++count); print how " " path > name }
            next
        }
        inside { print > name }
    ' "$1"
}

# put_lines PATH BLOCK: lines with + go before or after the line of the block that is there already.
put_lines() {
    awk -v path="$1" '
        NR == FNR {
            if (FNR == 1) next
            line = substr($0, 2)
            if (substr($0, 1, 1) == "+") added = added line "\n"
            else { anchor = line; if (added != "") { before = added; added = "" } }
            next
        }
        $0 == anchor { found++; printf "%s", before; print; printf "%s", added; next }
        { print }
        END { if (found != 1) { printf "%s has %d lines \"%s\"\n", path, found, anchor > "/dev/stderr"; exit 1 } }
    ' "$2" "$1" >"$1.new" && mv "$1.new" "$1"
}

# put_words PATH BLOCK: adds the translations that are not there yet.
put_words() {
    awk 'NR == FNR { if (/^msgid /) known[$0] = 1; next }
         FNR == 1 { next }
         /^msgid / { wanted = !($0 in known); if (wanted) print "" }
         wanted && $0 != "" { print }' "$1" "$2" >"$1.new" && cat "$1.new" >>"$1" && rm "$1.new"
}

# place_blocks FOLDER: puts each block of a page into its place here.
place_blocks() {
    local block how path
    for block in "$1"/*; do
        read -r how path <"$block"
        case $how in
        new)
            [ ! -e "$path" ] || { echo "$path is there already"; return 1; }
            tail -n +2 "$block" >"$path"
            ;;
        end) tail -n +2 "$block" >>"$path" ;;
        lines) put_lines "$path" "$block" || return 1 ;;
        words) put_words "$path" "$block" || return 1 ;;
        esac
    done
}

plain() {
    sed "s/[‘’\`'\"]//g"
}

# promised THING: what the page says is read when THING is forgotten.
promised() {
    awk -F ' [|] ' -v thing="| $1" '$1 == thing { sub(/ [|]$/, "", $2); print $2 }' "../../$page" | sed 's/\\|/|/g'
}

# forget THING FILE EXPRESSION COMMAND...: edits the file by sed, runs the command, and looks for the promised words.
forget() {
    local thing=$1 file=$2 expression=$3 words
    shift 3
    words=$(promised "$thing" | plain)
    cp -p "$file" kept
    sed -i "$expression" "$file"
    if cmp -s "$file" kept || [ -z "$words" ]; then
        echo "nothing was forgotten, or the page has no line on it" >said
    else
        "$@" >said 2>&1
    fi
    [ -n "$words" ] && plain <said | grep -F "$words" >/dev/null
    say $? "forgotten: $thing" said
    cp kept "$file"
}

build() {
    ninja -C build -j "${TRADEPOST_JOBS:-$(nproc)}" "$@"
}

run_scenario() {
    build scenario_runner >built 2>&1 || { tail -n 30 built; return 1; }
    build/scenario_runner src/capabilities/members/notes.http
}

try_rights() {
    build rights_test >built 2>&1 || { tail -n 30 built; return 1; }
    build/rights_test sqlite
}

# A data directory with the types of the other page, one paper of them with its data inside, and the same again from that paper alone.
issue_type() {
    build tradepost >built 2>&1 || { tail -n 30 built; return 1; }
    rm -rf data && build/tradepost demonstrate --data data --port 8080 && mkdir data/types &&
        (cd data && place_blocks ../type_blocks) &&
        build/tradepost issue --data data --chamber DEMO --type membership-certificate --from data/application.json --out data/paper.pdf &&
        build/tradepost verify data/paper.pdf --data data && mkdir data/inside &&
        pdfdetach -saveall -o data/inside data/paper.pdf && grep -F '"registration_number": "6512340"' data/inside/membership-certificate.json &&
        build/tradepost issue --data data --chamber DEMO --type membership-certificate --from data/paper.pdf --out data/again.pdf &&
        pdftotext data/again.pdf - | grep -F 'the bank of the buyer'
}

translated() {
    build all.pot messages >built 2>&1 || { tail -n 30 built; return 1; }
    build/messages --check build/all.pot --public po/public-pages.txt --complete po/mk.po
}

log=build-docs/log
mkdir -p build-docs
copy_tree >"$log" 2>&1
say $? "the tree is copied" "$log"
cut_blocks $page "$tree/blocks" && cut_blocks docs/adding-a-document-type.md "$tree/type_blocks" && cd "$tree" || exit 1
log=../log
whole=0
translated >"$log" 2>&1 || whole=$?
place_blocks blocks >"$log" 2>&1
say $? "every block has its place" "$log"
run_scenario >"$log" 2>&1
say $? "it builds, and the scenario passes" "$log"
if [ "$failures" -gt 0 ]; then
    echo "1..$results"
    exit 1
fi
if [ -n "${TRADEPOST_TEST_POSTGRESQL:-}" ]; then
    grep -q '^ok .* on postgresql: POST' "$log"
    say $? "on PostgreSQL too" "$log"
fi
{ build check_source && build/check_source .; } >"$log" 2>&1
! grep -E 'members/(members_)?notes|0031_members_notes' "$log" >said
say $? "it keeps the house's rules" said
clang-format --dry-run --Werror src/capabilities/members/members_notes.[ch] src/capabilities/members/members_routes.c >"$log" 2>&1
say $? "its C is in the house's format" "$log"
issue_type >"$log" 2>&1
say $? "the document type of the other page is issued and valid" "$log"

room=src/capabilities/members
if [ "$whole" -eq 0 ]; then
    translated >"$log" 2>&1
    say $? "its words are translated" "$log"
    forget 'a translation' po/mk.po '/^msgid "Keep this note"/,+1d' translated
else
    results=$((results + 1))
    echo "ok $results - its words are translated # SKIP other words of this tree are not"
fi
forget 'a column of the table' $room/0031_members_notes.sql '/written_by AccountId/d' build members_sql.h
forget 'the migration in its list' $room/meson.build '/^migrations += /d' build members_sql.h
forget 'the chamber in a WHERE' $room/members.sql 's/chamber_id = $1 AND firm_id = $2 ORDER BY note_id/firm_id = $2 ORDER BY note_id/' build members_sql.h
forget 'the sentence of a statement' $room/members.sql '/^-- The notes about a firm/d' build members_sql.h
forget 'who may' $room/members_routes.c 's/notes", MAY(MEMBERS_ADMIT), NULL/notes", NULL/' build libmembers.a
forget "how a member is spelt" $room/notes.html 's/note\.author/note.writer/' build libmembers.a
forget 'the token of a form' $room/notes.html 's/{{form page.values/<form method="post"/; s/notes"}}/notes">/; s/{{\/form}}/<\/form>/' build members_views.h
forget 'that script stays out of pages' $room/notes.html 's/<button>/<button onclick="{{page.firm_name}}">/' build members_views.h
forget 'the template in its list' $room/meson.build '/^views += /d' build libmembers.a
forget 'to look at a status' $room/members_notes.c 's/TRY(load_firm(request, &firm));/load_firm(request, \&firm);/' build libmembers.a
forget 'which id is which' $room/members_notes.c 's/.firm = firm.firm_id,$/.firm = request->chamber.id,/' build libmembers.a
forget 'that words are messages' $room/members_notes.c 's/MESSAGE("The note is kept.")/"The note is kept."/' build libmembers.a
forget 'the C file in its list' $room/meson.build '/^sources += /d' build scenario_runner
forget 'the page behind a form' $room/members_routes.c 's/members_notes_submit, members_notes_show/members_notes_submit/' run_scenario
try_rights >"$log" 2>&1
say $? "nobody gets at it who may not" "$log"
forget 'whose a page is' $room/members.rights '/notes/d' try_rights
forget 'to say what a file is for' $room/members_notes.c '1d' build/check_source .

echo "1..$results"
[ "$failures" -eq 0 ]

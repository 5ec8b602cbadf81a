#!/bin/bash
# Judges of the archive's form, none of them ours: what is drawn is PDF/A-3b and stays so with every revision. All documents of the
# demonstration and all examples are issued; each of their revisions must be accepted by veraPDF, qpdf and mutool, and PDFBox must
# read text and attachments.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. tests/judges/common.bash

papers=$work/papers
mkdir "$papers"

# pdf_judge MODE FILE...: the judges that run on Java, once for all files.
pdf_judge() {
    java -Xshare:auto -cp 'tests/judges/java/classes:tests/judges/java/lib/*' PdfJudge "$@"
}

# revisions FILE NAME: each revision of a PDF as a file of its own, NAME.1.pdf first.
revisions() {
    local end count=0
    for end in $(LC_ALL=C grep -abo '^%%EOF$' "$1" | cut -d : -f 1); do
        count=$((count + 1))
        head -c $((end + 6)) "$1" >"$papers/$2.$count.pdf"
    done
    if ! cmp -s "$1" "$papers/$2.$count.pdf"; then
        echo "the last revision of $1 does not end where the file ends"
        return 1
    fi
}

qpdf_finds_nothing() {
    local said
    said=$(qpdf --check "$1" 2>&1) || { echo "$said"; return 1; }
    if grep -i warning <<<"$said"; then return 1; fi
}

mutool_finds_nothing() {
    local said
    said=$(mutool info "$1" 2>&1 >/dev/null && mutool clean "$1" "$work/clean.pdf" 2>&1 >/dev/null) || { echo "$said"; return 1; }
    if [ -n "$said" ]; then echo "$said"; return 1; fi
}

# signatures_are_valid FILE: pdfsig finds nothing wrong with any signature that it can judge; what is not sealed yet has none.
signatures_are_valid() {
    local said
    said=$(pdfsig "$1" 2>&1)
    if ! LC_ALL=C grep -aq '^/ByteRange' "$1"; then
        if grep -qE 'The signature form field is not signed|does not contain any signatures' <<<"$said"; then return 0; fi
        echo "$said"
        return 1
    fi
    if ! grep -q 'Signature is Valid' <<<"$said" || grep -E 'Signature is Invalid|Digest Mismatch|Document has changed' <<<"$said"; then
        echo "$said"
        return 1
    fi
}

# is_own_file REVISION: some later revision of the same document holds a certification page.
is_own_file() {
    local later
    for later in "${1%.*.pdf}".*.pdf; do
        if [ "$later" != "$1" ] && pdfdetach -list "$later" | grep -q ': certification-'; then return 0; fi
    done
    return 1
}

# attachments_agree FILE: PDFBox and poppler extract the same attached files.
attachments_agree() {
    rm -rf "$work/attached"
    mkdir "$work/attached"
    pdfdetach -saveall -o "$work/attached" "$1" >/dev/null || return 1
    diff <(awk -F '\t' -v file="$1" '$1 == file && $2 == "attachment" { print $3 }' "$work/read" | sort) \
        <(find "$work/attached" -type f -exec sha256sum {} + | cut -d ' ' -f 1 | sort)
}

# text_has FILE TEXT...: PDFBox reads it on the pages.
text_has() {
    local file=$1 text
    text=$(awk -F '\t' -v file="$file" '$1 == file && $2 == "text" { print $3 }' "$work/read")
    shift
    for expected; do
        if ! grep -qF -- "$expected" <<<"$text"; then
            echo "$expected is missing"
            return 1
        fi
    done
}

# same_verdict FILE FLAVOUR VERDICT: our own checker says what veraPDF says.
same_verdict() {
    local said
    said=$("$tradepost" pdfa "$1" --flavour "$2" 2>&1)
    [ "$?" -eq "$([ "$3" = pass ] && echo 0 || echo 1)" ] || { echo "veraPDF says $3, tradepost pdfa: $said"; return 1; }
}

# refused NAME EXPRESSION CLAUSE: veraPDF finds what sed breaks in a good paper, or it would prove nothing. Sizes stay.
refused() {
    sed "$2" "$papers/$first.1.pdf" >"$work/$1.pdf"
    pdf_judge 3b "$work/$1.pdf" | tee "$work/line" | grep -q "fail.*$3" || { cat "$work/line"; return 1; }
    same_verdict "$work/$1.pdf" 3b fail
}

if ! make_demonstration; then
    say 1 "the demonstration is made" "$work/people"
    finish
    exit 1
fi

# What there is to judge: number and code, between tabs, of each issued document whose revisions are in $papers.
: >"$work/numbers"
while IFS=$'\t' read -r number code sha256; do
    judge "$number: its revisions" revisions "$data/blobs/${sha256:0:2}/${sha256:2}" "$number"
    printf '%s\t%s\t%s\n' "$number" "$number" "$code" >>"$work/numbers"
done < <(database "SELECT number, code, lower(hex(pdf_sha256)) FROM documents_document WHERE issued_at > 0 ORDER BY number")

# issue NAME FILE: from the command line.
issue() {
    local name=$1 number code
    "$tradepost" issue --data "$data" --chamber DEMO --from "$2" --out "$work/$name.pdf" >"$work/line" || return
    IFS=$'\t' read -r number code _ <"$work/line"
    printf '%s\t%s\t%s\n' "$name" "$number" "$code" >>"$work/numbers"
    revisions "$work/$name.pdf" "$name"
}

for source in tests/judges/all-scripts.json examples/*/applications/*.json; do
    if [ -f "$source" ]; then
        name=$(basename "${source%.*}")
        judge "$source is issued" issue "$name" "$source"
    fi
done

# Every level, and three renewals, with the authority of the installation answering over HTTP.
raise_level() {
    local level=$1 from=$2 to=$3
    "$tradepost" seal "$from" --out "$to" --level "$level" --field Seal --name "A chamber" --key "pkcs12:$key" --password-file "$data/keys/password" \
        --data "$data" --tsa "$address/authority/tsa"
}

renew() {
    "$tradepost" renew "$1" --out "$2" --data "$data" --tsa "$address/authority/tsa"
}

key=$(find "$data/keys" -name '*.p12' | sort | head -n 1)
first=$(grep -m 1 -e -CO- "$work/numbers" | cut -f 1)
if serve_demonstration; then
    for name in "$first" all-scripts; do
        for level in B-B B-T B-LT B-LTA; do
            judge "$name: sealed to $level" raise_level "$level" "$papers/$name.1.pdf" "$work/$name-$level.pdf"
            judge "$name: revisions of $level" revisions "$work/$name-$level.pdf" "$name-$level"
        done
        cp "$work/$name-B-LTA.pdf" "$work/renewed.pdf"
        for time in first second third; do
            judge "$name: $time renewal" renew "$work/renewed.pdf" "$work/renewed.next.pdf" && mv "$work/renewed.next.pdf" "$work/renewed.pdf"
        done
        judge "$name: revisions of three renewals" revisions "$work/renewed.pdf" "$name-renewed"
    done
    # Seal, its data, and a time stamp for each renewal with the data that it needs: eight revisions at least.
    judge "renewals are revisions" test "$(find "$papers" -name 'all-scripts-renewed.*.pdf' | wc -l)" -ge 6
else
    say 1 "the authority answers" "$work/serve.log"
fi

# Files of others that conform still do when they are sealed, every second one visibly, every tenth to B-LTA.
foreign=$work/foreign
seal_foreign() {
    local more=() number=$1 flavour=$2 file=$3
    if [ $((number % 2)) -eq 0 ] && [ "$(pdfinfo "$file" | sed -n 's/^Page size: *\([0-9]*\).*/\1/p')" -ge 60 ]; then more+=(--visible 1,1,1,60,40); fi
    if [ $((number % 10)) -eq 0 ]; then more+=(--level B-LTA --tsa "$address/authority/tsa" --data "$data"); fi
    "$tradepost" seal "$file" --out "$foreign/$flavour/$number.pdf" --name "A chamber" --key "pkcs12:$key" --password-file "$data/keys/password" "${more[@]}"
}

if [ -d "$corpora/pdfa" ]; then
    for flavour in 2b 2u 3b; do
        mkdir -p "$foreign/$flavour"
        number=0
        while IFS= read -r file; do
            number=$((number + 1))
            seal_foreign "$number" "$flavour" "$file" >"$work/said" 2>&1 || say 1 "sealing $file" "$work/said"
        done < <(find "$corpora/pdfa/PDF_A-$flavour" -name '*pass*.pdf' | sort)
        judge "PDF/A-$flavour: the corpus is there" test "$number" -gt 0
        pdf_judge "$flavour" "$foreign/$flavour"/*.pdf >"$work/line" 2>&1
        judge "PDF/A-$flavour: $number files of others conform when sealed" test "$(grep -c $'\tpass\t' "$work/line")" -eq "$number"
        grep -v $'\tpass\t' "$work/line" | sed 's/^/# /'
    done
else
    skip "PDF/A files of others stay PDF/A" "$corpora/pdfa is not there"
fi
stop_server

pdf_judge 3b "$papers"/*.pdf >"$work/verdicts" 2>"$work/java"
say $? "veraPDF runs" "$work/java"
pdf_judge read "$papers"/*.pdf >"$work/read" 2>"$work/java"
say $? "PDFBox runs" "$work/java"
while IFS=$'\t' read -r file verdict clauses; do
    name=$(basename "$file" .pdf)
    judge "$name: veraPDF: PDF/A-3b" test "$verdict $clauses" = "pass "
    judge "$name: tradepost pdfa says the same" same_verdict "$file" 3b "$verdict"
    judge "$name: qpdf --check" qpdf_finds_nothing "$file"
    judge "$name: mutool" mutool_finds_nothing "$file"
    judge "$name: pdfsig" signatures_are_valid "$file"
    judge "$name: PDFBox and poppler find the same attachments" attachments_agree "$file"
done <"$work/verdicts"
judge "each revision has a verdict" test "$(wc -l <"$work/verdicts")" -eq "$(find "$papers" -name '*.pdf' | wc -l)"
while IFS=$'\t' read -r name number code; do
    if is_own_file "$papers/$name.1.pdf"; then continue; fi # its number stands on the page inside, which tests/seal.sh reads
    judge "$name: PDFBox reads number and code" text_has "$papers/$name.1.pdf" "$number" "$code"
done <"$work/numbers"

judge "veraPDF misses a colour profile" refused no-profile 's/GTS_PDFA1/GTS_PDFX1/' 6.2.4.3-2
judge "veraPDF misses the claim of PDF\/A" refused no-claim 's/pdfaid:part>3/pdfaid:part>4/g' 6.6.4
finish

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

# signatures_are_valid FILE: pdfsig finds nothing wrong with any signature that it can judge; first revisions have an empty field, and a
# firm's own file has none until it is sealed.
signatures_are_valid() {
    local said
    said=$(pdfsig "$1" 2>&1)
    if grep -q 'does not contain any signatures' <<<"$said" && is_own_file "$1"; then return 0; fi
    if [[ $1 = *.1.pdf ]] && grep -q 'The signature form field is not signed' <<<"$said"; then return 0; fi
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

# refused NAME EXPRESSION CLAUSE: veraPDF finds what sed breaks in a good paper, or it would prove nothing. Sizes stay.
refused() {
    sed "$2" "$papers/$first.1.pdf" >"$work/$1.pdf"
    pdf_judge 3b "$work/$1.pdf" | tee "$work/line" | grep -q "fail.*$3" || { cat "$work/line"; return 1; }
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

pdf_judge 3b "$papers"/*.pdf >"$work/verdicts" 2>"$work/java"
say $? "veraPDF runs" "$work/java"
pdf_judge read "$papers"/*.pdf >"$work/read" 2>"$work/java"
say $? "PDFBox runs" "$work/java"
while IFS=$'\t' read -r file verdict clauses; do
    name=$(basename "$file" .pdf)
    judge "$name: veraPDF: PDF/A-3b" test "$verdict $clauses" = "pass "
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

first=$(grep -- -CO- "$work/numbers" | head -n 1 | cut -f 1)
judge "veraPDF misses a colour profile" refused no-profile 's/GTS_PDFA1/GTS_PDFX1/' 6.2.4.3-2
judge "veraPDF misses the claim of PDF\/A" refused no-claim 's/pdfaid:part>3/pdfaid:part>4/g' 6.6.4
finish

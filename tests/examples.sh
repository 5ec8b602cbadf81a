#!/bin/bash
# The examples, judged by xmllint with OASIS's schemas and by being used: each application is issued, the XML inside its PDF is valid, and
# the PDF alone is enough to issue the same again. Firms' own PDFs keep their bytes.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. tests/judges/common.bash

schemas=$corpora/ubl-2.4/maindoc

# valid CLASS FILE: by the schema, without the network.
valid() {
    xmllint --noout --nonet --schema "$schemas/UBL-$1-2.4.xsd" "$2"
}

# refused CLASS FILE: the schema finds an element that does not belong there, or the judge above would prove nothing.
refused() {
    sed 's/<cbc:ID>/<cbc:Identity>X<\/cbc:Identity>&/' "$2" >"$work/broken.xml"
    ! valid "$1" "$work/broken.xml"
}

# data_of PDF NAME: the attached file of that name.
data_of() {
    rm -rf "$work/inside"
    mkdir "$work/inside"
    pdfdetach -saveall -o "$work/inside" "$1" >/dev/null && [ -s "$work/inside/$2" ]
}

# body NUMBER: what the application says.
body() {
    database "SELECT body FROM documents_document WHERE number = '$1'"
}

issue() {
    "$tradepost" issue --data "$data" --chamber DEMO "$@" | tee "$work/line"
}

number_of() {
    cut -f 1 "$work/line"
}

# comes_back TYPE PDF: the PDF alone makes an application that says the same.
comes_back() {
    local first second
    first=$(pdfdetach -list "$2" >/dev/null && database "SELECT body FROM documents_document WHERE number = '$3'")
    issue --type "$1" --from "$2" --out "$work/again.pdf" >/dev/null || return 1
    second=$(body "$(number_of)")
    [ -n "$first" ] && [ "$first" = "$second" ] || { printf '%s\n%s\n' "$first" "$second"; return 1; }
}

# keeps_bytes OWN SEALED: the firm's bytes are where they were.
keeps_bytes() {
    cmp -n "$(stat -c %s "$1")" "$1" "$2" && [ "$(stat -c %s "$2")" -gt "$(stat -c %s "$1")" ]
}

if ! make_demonstration; then
    say 1 "the demonstration is made" "$work/people"
    finish
    exit 1
fi
if [ -d "$schemas" ]; then
    for file in examples/certificates-of-origin/ubl/*.xml; do
        judge "$(basename "$file"): valid" valid CertificateOfOrigin "$file"
    done
    judge "a strange element is found" refused CertificateOfOrigin "$file"
else
    skip "UBL schemas" "no $schemas here"
fi

judge "all certificates of origin are issued" issue --from examples/certificates-of-origin/applications --out "$work/papers"
while IFS=$'\t' read -r number _ paper; do
    name=$(basename "$paper" .pdf)
    judge "$name: the XML is inside" data_of "$paper" certificate-of-origin.xml
    if [ -d "$schemas" ]; then
        judge "$name: the XML inside is valid" valid CertificateOfOrigin "$work/inside/certificate-of-origin.xml"
    fi
    judge "$name: PDF, application, PDF" comes_back certificate-of-origin "$paper" "$number"
done < <(cat "$work/line")

# What became of a document is said in one word, and refused with 1 unless it is valid.
says_state() {
    local digest
    digest=$(database "SELECT lower(hex(pdf_sha256)) FROM documents_document WHERE state = '$1' LIMIT 1")
    "$tradepost" verify "$data/blobs/${digest:0:2}/${digest:2}" --data "$data" >"$work/verdict"
    [ $? -eq 1 ] && [ "$(head -n 1 "$work/verdict")" = "$1" ]
}
for state in replaced cancelled; do
    judge "tradepost verify: $state" says_state "$state"
done

own=$(database "SELECT lower(hex(sha256)) FROM documents_attachment WHERE media_type = 'application/pdf' LIMIT 1")
own=$data/blobs/${own:0:2}/${own:2}
for file in examples/documents/*.json; do
    type=$(basename "$file" .json)
    description=src/capabilities/documents/types/$type.type.json
    besides=()
    if grep -q '"own-file"' "$description"; then besides=(--own-file "$own"); fi
    judge "$type is issued" issue --type "$type" --from "$file" --out "$work/$type.pdf" "${besides[@]}" || continue
    number=$(number_of)
    inside=$(sed -n 's/.*"payload": {.*"file": "\([^"]*\)".*/\1/p' "$description")
    class=$(sed -n 's/.*"payload": {.*"root": "\([^"]*\)".*/\1/p' "$description")
    judge "$type: the data are inside" data_of "$work/$type.pdf" "$inside"
    if [ -n "$class" ] && [ -d "$schemas" ]; then
        judge "$type: the XML inside is valid" valid "$class" "$work/inside/$inside"
    fi
    judge "$type: tradepost verify" "$tradepost" verify "$work/$type.pdf" --data "$data"
    judge "$type: PDF, application, PDF" comes_back "$type" "$work/$type.pdf" "$number"
    if [ ${#besides[@]} -gt 0 ]; then
        judge "$type: the firm's bytes stay" keeps_bytes "$own" "$work/$type.pdf"
    fi
done

if [ -d "$corpora/pdf-inputs" ]; then
    judge "a classic PDF is certified" issue --type certified-commercial-invoice --from examples/documents/certified-commercial-invoice.json \
        --own-file "$corpora/pdf-inputs/minimal.pdf" --out "$work/classic.pdf"
    judge "its bytes stay" keeps_bytes "$corpora/pdf-inputs/minimal.pdf" "$work/classic.pdf"
    judge "a PDF with streams is certified" issue --type certified-commercial-invoice --from examples/documents/certified-commercial-invoice.json \
        --own-file "$corpora/pdf-inputs/minimal-xref.pdf" --out "$work/streams.pdf"
    judge "qpdf reads it" qpdf --check "$work/streams.pdf"
    for file in minimal-rc4 minimal-hybrid-xref-mswordstyle broken-objstream1; do
        before=$(database "SELECT count(*) FROM documents_document")
        ! "$tradepost" issue --data "$data" --chamber DEMO --type certified-commercial-invoice \
            --from examples/documents/certified-commercial-invoice.json --own-file "$corpora/pdf-inputs/$file.pdf" --out "$work/$file.pdf" >"$work/said" 2>&1 &&
            [ ! -e "$work/$file.pdf" ] && [ "$(database "SELECT count(*) FROM documents_document")" = "$before" ]
        say $? "$file is refused, and takes no number" "$work/said"
    done
fi
finish

#!/bin/bash
# Judges of the sealed document, none of them ours: every document that the demonstration issued, and every invoice of the
# corpus issued from the command line, must be accepted by pdfsig, qpdf, mutool, openssl and zbarimg, and say what was applied for.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. tests/judges/common.bash

# quoted TEXT: as an SQL string.
quoted() {
    printf "'%s'" "${1//\'/\'\'}"
}

signature_is_valid() {
    local said missing=0 phrase
    said=$(pdfsig "$1" 2>&1)
    # The second one is the document time stamp, a type that pdfsig does not know: openssl judges it below.
    for phrase in 'Signature is Valid' 'Signature Type: ETSI.CAdES.detached' 'Total document signed' 'Signature #2' 'Signature Type: unknown'; do
        if [ "$(grep -cF "$phrase" <<<"$said")" -ne 1 ]; then
            echo "not exactly once: $phrase"
            missing=1
        fi
    done
    if [ "$missing" -ne 0 ]; then echo "$said"; fi
    return "$missing"
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

# take_signature FILE seal|stamp: the CMS into $work/signature.der, and the bytes that it covers into $work/signed. The document
# time stamp comes last and covers all of the file, the seal before it all of an earlier revision.
take_signature() {
    local range end
    range=$(grep -a -o '/ByteRange *\[[0-9 ]*\]' "$1" | tail -n 2 | sed -n "$([ "$2" = seal ] && echo 1 || echo 2)p" | tr -dc '0-9 ')
    read -r -a range <<<"$range"
    [ "${#range[@]}" -eq 4 ] || { echo "no /ByteRange of four numbers"; return 1; }
    end=$((range[2] + range[3]))
    [ "${range[0]}" -eq 0 ] && { [ "$2" = seal ] || [ "$end" -eq "$(stat -c %s "$1")" ]; } || { echo "not all bytes are covered: ${range[*]}"; return 1; }
    [ "$(head -c "$end" "$1" | tail -c 6 | tr -d '\r\n')" = '%%EOF' ] || { echo "the signed bytes do not end where a revision ends"; return 1; }
    { head -c "${range[1]}" "$1"; head -c "$end" "$1" | tail -c "+$((range[2] + 1))"; } >"$work/signed"
    dd if="$1" iflag=skip_bytes,count_bytes skip=$((range[1] + 1)) count=$((range[2] - range[1] - 2)) status=none | tr a-f A-F | basenc --base16 -d >"$work/signature.der"
}

openssl_verifies() {
    take_signature "$1" seal || return 1
    openssl cms -verify -binary -inform DER -in "$work/signature.der" -content "$work/signed" -CAfile "$work/authority.pem" -out /dev/null
}

stamp_verifies() {
    take_signature "$1" stamp || return 1
    openssl ts -verify -token_in -in "$work/signature.der" -data "$work/signed" -CAfile "$work/authority.pem"
}

# part_of OFFSET whole|content: a value of $work/signature.der, as $work/asn1 lists them.
part_of() {
    local head length from=$1
    read -r head length < <(sed -n "s/^ *$1:d= *[0-9]* *hl= *\([0-9]*\) *l= *\([0-9]*\).*/\1 \2/p" "$work/asn1")
    if [ "$2" = content ]; then from=$((from + head)); else length=$((head + length)); fi
    dd if="$work/signature.der" iflag=skip_bytes,count_bytes skip="$from" count="$length" status=none
}

# The stamp within the CMS is over the value of the seal's signature.
stamp_of_the_seal_verifies() {
    local value token
    take_signature "$1" seal || return 1
    openssl asn1parse -inform DER -in "$work/signature.der" >"$work/asn1" 2>/dev/null
    token=$(grep -A2 'id-smime-aa-timeStampToken' "$work/asn1" | tail -n 1 | sed 's/^ *\([0-9]*\):.*/\1/')
    value=$(grep -B4 'id-smime-aa-timeStampToken' "$work/asn1" | grep 'OCTET STRING' | sed 's/^ *\([0-9]*\):.*/\1/')
    part_of "$token" whole >"$work/token.der"
    part_of "$value" content >"$work/value"
    openssl ts -verify -token_in -in "$work/token.der" -data "$work/value" -CAfile "$work/authority.pem"
}

# A changed byte must not pass, or the judge above would prove nothing.
openssl_refuses_a_changed_byte() {
    take_signature "$1" seal || return 1
    printf 'X' | dd of="$work/signed" bs=1 seek=20 conv=notrunc status=none
    ! openssl cms -verify -binary -inform DER -in "$work/signature.der" -content "$work/signed" -CAfile "$work/authority.pem" -out /dev/null
}

attributes_are_exact() {
    local found
    take_signature "$1" seal || return 1
    openssl cms -cmsout -print -noout -inform DER -in "$work/signature.der" >"$work/cms"
    found=$(sed -n '/^ *signedAttrs:/,/^ *signatureAlgorithm:/s/^ *object: \(.*\) (.*)$/\1/p' "$work/cms" | sort | tr '\n' ' ')
    if [ "$found" != "contentType id-smime-aa-signingCertificateV2 messageDigest " ]; then
        echo "signed attributes: $found"
        return 1
    fi
    [ "$(grep -c '^ *d.issuerAndSerialNumber:' "$work/cms")" -eq 1 ] || { echo "not exactly one signer"; return 1; }
    found=$(sed -n '/^ *unsignedAttrs:/,$s/^ *object: \(.*\) (.*)$/\1/p' "$work/cms" | tr '\n' ' ')
    [ "$found" = "id-smime-aa-timeStampToken " ] || { echo "unsigned attributes: $found"; return 1; }
}

code_leads_to() {
    local file=$1 address=$2 page pages
    pages=$(pdfinfo "$file" | sed -n 's/^Pages: *//p')
    for page in $(seq "$pages"); do
        pdftoppm -r 150 -f "$page" -l "$page" -gray -singlefile "$file" "$work/page" || return 1
        if [ "$(zbarimg --quiet --raw "$work/page.pgm" 2>/dev/null)" != "$address" ]; then
            echo "page $page says $(zbarimg --quiet --raw "$work/page.pgm" 2>/dev/null), not $address"
            return 1
        fi
    done
}

# country CODE, unit CODE, grouped NUMBER, in_words DATE: as the paper writes them.
country() {
    case $1 in
    AT) echo Austria ;; BH) echo Bahrain ;; ES) echo Spain ;; SA) echo "Saudi Arabia" ;;
    BE) echo Belgium ;; CH) echo Switzerland ;; CN) echo China ;; DE) echo Germany ;; DK) echo Denmark ;; FR) echo France ;; HR) echo Croatia ;;
    GB) echo "United Kingdom" ;; GR) echo Greece ;; IT) echo Italy ;; JP) echo Japan ;; MK) echo "North Macedonia" ;; NL) echo Netherlands ;;
    NO) echo Norway ;; PE) echo Peru ;; SE) echo Sweden ;; TR) echo Turkey ;;
    *) echo "no name for country $1 in tests/seal.sh" ;;
    esac
}

unit() {
    case $1 in
    KGM) echo kg ;; LTR) echo l ;; C62) echo units ;; MTR) echo m ;; SET) echo sets ;;
    *) echo "$1" ;;
    esac
}

# choice VALUE: its label, from the descriptions of the types.
choice() {
    grep -ho "\"value\": \"$1\", \"label\": \"[^\"]*\"" src/capabilities/documents/types/*.type.json | head -n 1 | sed 's/.*: "\(.*\)"$/\1/'
}

grouped() {
    local whole=${1%%.*} fraction=
    case $1 in *.*) fraction=.${1#*.} ;; esac
    while [[ $whole =~ ^([0-9]+)([0-9]{3}.*)$ ]]; do whole=${BASH_REMATCH[1]},${BASH_REMATCH[2]}; done
    echo "$whole$fraction"
}

in_words() {
    LC_ALL=C date -u -d "$1" '+%-d %B %Y'
}

# without_blanks: the text of standard input; the paper breaks lines where it must, so blanks do not count.
without_blanks() {
    tr -d ' \n\r\f\t' | sed 's/\xc2\xa0//g'
}

# says_everything FILE NUMBER: each line of each value of the application stands in the text of the paper, whatever the script.
says_everything() {
    local path value expected count=0 status=0
    pdftotext -raw "$1" - | without_blanks >"$work/text"
    while IFS=$'\t' read -r path value; do
        case $path in
        *price | *amount) [[ $value = *.* ]] || value=$value.00 ;;
        esac
        case $path in
        *country | *.used_in | *.origin) expected=$(country "$value") ;;
        *.unit) expected=$(unit "$value") ;;
        *_date | *_from | *_until) expected=$(in_words "$value") ;;
        *.event | *.basis) expected=$(choice "$value") ;;
        *.quantity | *_weight | *.packages | *.price | *.volume | *amount) expected=$(grouped "$value") ;;
        *) expected=$value ;;
        esac
        count=$((count + 1))
        if ! grep -qF -- "$(without_blanks <<<"$expected")" "$work/text"; then
            echo "$path is missing: $expected"
            status=1
        fi
    done < <(database "WITH RECURSIVE part(path, line, rest) AS (
            SELECT replace(j.fullkey, char(34), ''), '', j.atom || char(10) FROM documents_document d, json_tree(d.body) j
            WHERE d.number = $(quoted "$2") AND j.type IN ('text', 'integer', 'real') AND j.atom <> ''
            UNION ALL SELECT path, substr(rest, 1, instr(rest, char(10)) - 1), substr(rest, instr(rest, char(10)) + 1)
            FROM part WHERE rest <> '')
        SELECT path, replace(line, char(9), ' ') FROM part WHERE line <> ''")
    if [ "$count" -lt 8 ]; then
        echo "only $count values were found in the application"
        status=1
    fi
    return "$status"
}

# paper_of FILE: the drawn paper: the file itself, or the certification page in a firm's own file.
paper_of() {
    local at
    at=$(pdfdetach -list "$1" 2>/dev/null | sed -n 's/^\([0-9]*\): certification-.*\.pdf$/\1/p')
    if [ -z "$at" ]; then
        echo "$1"
    else
        pdfdetach -save "$at" -o "$work/certification.pdf" "$1" && echo "$work/certification.pdf"
    fi
}

# judge_document NAME FILE NUMBER CODE ADDRESS: all judges over one document.
judge_document() {
    judge "$1: pdfsig: valid, ETSI.CAdES.detached, and a stamp over all bytes" signature_is_valid "$2"
    judge "$1: qpdf --check" qpdf_finds_nothing "$2"
    judge "$1: mutool" mutool_finds_nothing "$2"
    judge "$1: openssl verifies the CMS under the authority" openssl_verifies "$2"
    judge "$1: openssl verifies the time stamp of the seal" stamp_of_the_seal_verifies "$2"
    judge "$1: openssl verifies the time stamp of the document" stamp_verifies "$2"
    judge "$1: signed attributes are the three of PAdES, and one stamp" attributes_are_exact "$2"
    judge "$1: the QR code on each page leads to $5" code_leads_to "$(paper_of "$2")" "$5/verify/$3/$4"
    judge "$1: pdftotext finds each value" says_everything "$(paper_of "$2")" "$3"
}

if ! make_demonstration; then
    say 1 "the demonstration is made" "$work/people"
    finish
    exit 1
fi
openssl x509 -inform DER -in "$data/authority/root.der" -out "$work/authority.pem"
judge "openssl: the authority is a CA that signed itself" openssl verify -check_ss_sig -CAfile "$work/authority.pem" "$work/authority.pem"

database "SELECT number, code, lower(hex(pdf_sha256)), host FROM documents_document JOIN chambers_host USING (chamber_id)
          WHERE issued_at > 0 GROUP BY number ORDER BY number" >"$work/issued"
while IFS=$'\t' read -r number code sha256 host; do
    blob=$data/blobs/${sha256:0:2}/${sha256:2}
    judge "$number: its bytes have the hash of the register" test "$(sha256sum "$blob" | cut -d ' ' -f 1)" = "$sha256"
    judge_document "$number" "$blob" "$number" "$code" "http://$host:$port"
done <"$work/issued"
first=$(head -n 1 "$work/issued" | cut -f 3)
judge "a changed byte is found by openssl" openssl_refuses_a_changed_byte "$data/blobs/${first:0:2}/${first:2}"

# issue_and_judge NAME FILE [FIELD=VALUE...]: issues it from the command line, and calls the judges.
issue_and_judge() {
    local name=$1 source=$2 number code
    shift 2
    judge "$name is issued" issue "$name" "$source" "$@" || return
    IFS=$'\t' read -r number code _ <"$work/line"
    judge_document "$name" "$work/$name.pdf" "$number" "$code" "$address"
    judge "$name: tradepost verify" "$tradepost" verify "$work/$name.pdf" --data "$data"
}

issue() {
    "$tradepost" issue --data "$data" --chamber DEMO --from "$2" --out "$work/$1.pdf" "${@:3}" >"$work/line"
}

issue_and_judge all-scripts tests/judges/all-scripts.json
judge "all-scripts: flows over several pages" test "$(pdfinfo "$work/all-scripts.pdf" | sed -n 's/^Pages: *//p')" -gt 1

if [ -d "$corpora/ubl-examples" ]; then
    for invoice in "$corpora"/ubl-examples/*.xml; do
        grep -q 'specification:ubl:schema:xsd:Invoice-2' "$invoice" || continue
        # What an invoice does not say about its goods must be said beside it; this one says next to nothing.
        besides=()
        if [[ $invoice = */UBL-Invoice-2.1-Example-Trivial.xml ]]; then
            besides=("consignor_address=Harbour 1, Copenhagen" consignor_country=DK destination_country=SE origin_country=DK "lines[0].quantity=1" "lines[0].unit=C62")
        fi
        issue_and_judge "$(basename "$invoice" .xml)" "$invoice" "${besides[@]}"
    done
else
    skip "invoices of the corpus" "$corpora/ubl-examples is not there"
fi
finish

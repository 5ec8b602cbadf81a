#!/bin/bash
# Judges of the levels B-B to B-LTA, of renewals, and of sealing files that nobody here made: pyHanko, pdfsig, qpdf, mutool and
# openssl must accept what `tradepost seal` and `tradepost renew` make of them.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. tests/judges/common.bash
export LC_ALL=C

data=$work/data
root=$data/authority/root.der
list=$work/list
: >"$list"

# report FILE PATH: a value of our own judgement of a file, by its JSON path.
report() {
    "$tradepost" verify "$1" --data "$data" --json >"$work/report.json" 2>/dev/null
    sqlite3 :memory: "SELECT json_extract(readfile('$work/report.json'), '\$.signature.$2')"
}

seal() {
    "$tradepost" seal "$1" --out "$2" --data "$data" --key "$key" --password-file "$data/keys/password" --name "Chamber" "${@:3}"
}

# not COMMAND...: it fails, with exit code 1.
not() {
    "$@"
    [ $? -eq 1 ]
}

# begins_with FILE START: the bytes of START are the first ones of FILE.
begins_with() {
    cmp -n "$(stat -c %s "$2")" "$1" "$2"
}

qpdf_finds_nothing() {
    local said
    said=$(qpdf --check "$1" 2>&1) || { echo "$said"; return 1; }
    if grep -i warning <<<"$said"; then return 1; fi
}

mutool_finds_nothing() {
    local said
    said=$(mutool info "$1" 2>&1 >/dev/null) || { echo "$said"; return 1; }
    if [ -n "$said" ]; then echo "$said"; return 1; fi
}

# valid_signatures FILE: how many signatures pdfsig finds valid.
valid_signatures() {
    pdfsig "$1" 2>/dev/null | grep -c 'Signature is Valid'
}

# range FILE N: the N-th ByteRange from the beginning, as its four numbers.
range() {
    grep -a -o '/ByteRange *\[[0-9 ]*\]' "$1" | sed -n "$2p" | tr -dc '0-9 '
}

# take_signature FILE N: Contents of the N-th signature into $work/signature.der, and the bytes it covers into $work/signed.
take_signature() {
    local numbers
    read -r -a numbers <<<"$(range "$1" "$2")"
    [ "${#numbers[@]}" -eq 4 ] || { echo "no ByteRange of four numbers"; return 1; }
    { head -c "${numbers[1]}" "$1"; tail -c "+$((numbers[2] + 1))" "$1" | head -c "${numbers[3]}"; } >"$work/signed"
    dd if="$1" iflag=skip_bytes,count_bytes skip=$((numbers[1] + 1)) count=$((numbers[2] - numbers[1] - 2)) status=none |
        tr a-f A-F | basenc --base16 -d >"$work/signature.der"
}

# without_zeros FILE OUT: a DER value without the zeros behind it, which openssl takes for a part of it.
without_zeros() {
    local head size
    read -r head size < <(openssl asn1parse -inform DER -in "$1" 2>/dev/null | sed -n '1s/.*hl= *\([0-9]*\) l= *\([0-9]*\) .*/\1 \2/p')
    [ -n "$size" ] && head -c $((head + size)) "$1" >"$2"
}

openssl_verifies_the_seal() {
    take_signature "$1" 1 || return 1
    openssl cms -verify -binary -inform DER -in "$work/signature.der" -content "$work/signed" -CAfile "$work/root.pem" -out /dev/null
}

# openssl_verifies_stamp FILE N: the N-th signature is a document time stamp.
openssl_verifies_stamp() {
    take_signature "$1" "$2" || return 1
    without_zeros "$work/signature.der" "$work/token.der" || return 1
    openssl ts -verify -in "$work/token.der" -token_in -data "$work/signed" -CAfile "$work/root.pem"
}

openssl_refuses_a_changed_byte() {
    take_signature "$1" "$2" || return 1
    printf 'X' | dd of="$work/signed" bs=1 seek=20 conv=notrunc status=none
    without_zeros "$work/signature.der" "$work/token.der" || return 1
    ! openssl ts -verify -in "$work/token.der" -token_in -data "$work/signed" -CAfile "$work/root.pem"
}

attributes_are_exact() {
    local found
    take_signature "$1" 1 || return 1
    openssl cms -cmsout -print -noout -inform DER -in "$work/signature.der" >"$work/cms"
    found=$(sed -n '/^ *signedAttrs:/,/^ *signatureAlgorithm:/s/^ *object: \(.*\) (.*)$/\1/p' "$work/cms" | sort | tr '\n' ' ')
    [ "$found" = "contentType id-smime-aa-signingCertificateV2 messageDigest " ] || { echo "signed attributes: $found"; return 1; }
}

# level_is FILE LEVEL: our own judgement passes the file at that level.
level_is() {
    local indication level
    indication=$(report "$1" indication)
    level=$(report "$1" level)
    [ "$indication $level" = "TOTAL_PASSED $2" ] || { echo "$indication $level: $(report "$1" words)"; return 1; }
}

# last_passes FILE: our own judgement passes the last signature, whoever made those before it.
last_passes() {
    [ "$(report "$1" 'signatures[#-1].indication')" = TOTAL_PASSED ] || { report "$1" 'signatures[#-1].words'; return 1; }
}

# judge_level NAME FILE BASE LEVEL STAMPS: all judges over one file; pyHanko's comes at the end.
judge_level() {
    judge "$1 at $4: the base is a prefix" begins_with "$2" "$3"
    judge "$1 at $4: qpdf --check" qpdf_finds_nothing "$2"
    judge "$1 at $4: mutool" mutool_finds_nothing "$2"
    judge "$1 at $4: pdfsig" test "$(valid_signatures "$2")" -eq 1
    judge "$1 at $4: our own judgement" level_is "$2" "$4"
    judge "$1 at $4: openssl verifies the seal" openssl_verifies_the_seal "$2"
    judge "$1 at $4: signed attributes are the three of PAdES" attributes_are_exact "$2"
    printf '%s\t%s\t%s\t%s\n' "$4" "$5" "$2" "$1" >>"$list"
}

judge_levels() {
    local level stamps
    for level in B-B B-T B-LT B-LTA; do
        stamps=0
        if [ "$level" = B-LTA ]; then stamps=1; fi
        judge "$1 is sealed at $level" seal "$2" "$work/$1-$level.pdf" --level "$level" || continue
        judge_level "$1" "$work/$1-$level.pdf" "$2" "$level" "$stamps"
    done
}

# judge_renewals NAME FILE: three renewals, each one behind the other.
judge_renewals() {
    local number before=$2 after
    judge "$1: openssl ts verifies the document time stamp" openssl_verifies_stamp "$2" 2
    for number in 1 2 3; do
        after=$work/$1-renewed-$number.pdf
        judge "$1: renewal $number" "$tradepost" renew "$before" --out "$after" --data "$data" || return
        judge "$1: renewal $number keeps the bytes" begins_with "$after" "$before"
        judge "$1: renewal $number: openssl ts verifies the new stamp" openssl_verifies_stamp "$after" $((number + 2))
        judge_level "$1-renewed-$number" "$after" "$2" B-LTA $((number + 1))
        before=$after
    done
    judge "$1: a changed byte is found by openssl ts" openssl_refuses_a_changed_byte "$before" 5
}

# judge_other FILE: a file of somebody else ends in a good seal, or in a refusal with its reason and without a file.
judge_other() {
    local name before level=B-LTA
    name=$(basename "$1" .pdf)
    rm -f "$work/other.pdf"
    before=$(valid_signatures "$1")
    if seal "$1" "$work/other.pdf" --level "$level" >"$work/words" 2>&1; then
        judge "$name: the file is a prefix" begins_with "$work/other.pdf" "$1"
        judge "$name: pdfsig finds our seal valid and what was valid before" test "$(valid_signatures "$work/other.pdf")" -eq $((before + 1))
        judge "$name: our own judgement of the stamp" last_passes "$work/other.pdf"
        if qpdf_finds_nothing "$1" >/dev/null; then judge "$name: qpdf --check" qpdf_finds_nothing "$work/other.pdf"; fi
        if mutool_finds_nothing "$1" >/dev/null; then judge "$name: mutool" mutool_finds_nothing "$work/other.pdf"; fi
        mv "$work/other.pdf" "$work/other-$name.pdf"
        printf 'viewer\t%s\t%s\t%s\n' "$1" "$work/other-$name.pdf" "$name" >>"$list"
        sealed=$((sealed + 1))
    else
        judge "$name is refused: $(tail -n 1 "$work/words")" test -s "$work/words" -a ! -e "$work/other.pdf"
        refused=$((refused + 1))
    fi
}

# refuses NAME FILE WORDS: sealing it fails, and the words say why.
refuses() {
    if seal "$2" "$work/refused.pdf" >"$work/words" 2>&1; then return 1; fi
    cat "$work/words"
    [ ! -e "$work/refused.pdf" ] && grep -qF -- "$3" "$work/words"
}

# make_pdf FILE MEGABYTES [OBJECTS]: a PDF of one page, with streams of so many megabytes and so many small objects besides.
make_pdf() {
    python3 - "$1" "$2" "${3:-0}" <<'PYTHON'
import os, sys
places = []
with open(sys.argv[1], "wb") as file:
    def put(head, body=None):
        places.append(file.tell())
        file.write(b"%d 0 obj\n" % len(places) + head + (b"\nstream\n" + body + b"\nendstream" if body is not None else b"") + b"\nendobj\n")
    text = b"BT /F1 18 Tf 20 150 Td (A commercial invoice) Tj ET"
    file.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    put(b"<< /Type /Catalog /Pages 2 0 R >>")
    put(b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    put(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>")
    put(b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>")
    put(b"<< /Length %d >>" % len(text), text)
    for number in range(int(sys.argv[2]) // 4):
        put(b"<< /Length %d >>" % (4 << 20), os.urandom(4 << 20))
    for number in range(int(sys.argv[3])):
        put(b"<< /Number %d /Array [1 2 3 4 5 6 7 8 9 (ten) /Eleven] >>" % number)
    start = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    for place in places:
        file.write(b"%010d 00000 n \n" % place)
    file.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start))
PYTHON
}

# peak COMMAND...: runs it, and prints the most kilobytes that one process of it, its jails included, had in memory at once. Pages
# of the mapped file count too; sealing gives them back as it goes.
peak() {
    python3 -c 'import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)' "$@"
}

takes_little_memory() {
    local kilobytes
    kilobytes=$(peak "$tradepost" seal "$work/large.pdf" --out "$work/large-sealed.pdf" --data "$data" --key "$key" --password-file "$data/keys/password" --level B-LTA) || return 1
    echo "$kilobytes kB"
    [ "$kilobytes" -le 65536 ]
}

port=$(free_port)
if ! "$tradepost" init --data "$data" --chamber "Chamber of Judges" --country MK --admin judge@example.com --public-url "http://127.0.0.1:$port" >"$work/said" 2>&1; then
    say 1 "a chamber is made" "$work/said"
    finish
    exit 1
fi
key=pkcs12:$(ls "$data"/keys/*.p12)
openssl x509 -inform DER -in "$root" -out "$work/root.pem"

judge "the base is made" make_pdf "$work/table.pdf" 0
qpdf --object-streams=generate "$work/table.pdf" "$work/streams.pdf"
qpdf --linearize "$work/table.pdf" "$work/linearized.pdf"
qpdf --encrypt user owner 256 -- "$work/table.pdf" "$work/encrypted.pdf"
for name in table streams linearized; do
    judge_levels "$name" "$work/$name.pdf"
done
judge_renewals table "$work/table-B-LTA.pdf"
# With a net: the authority is another server, which this machine's own addresses lead to only where they are named.
over_the_net() {
    "$tradepost" "$1" "$2" --out "$3" --tsa "http://127.0.0.1:$port/authority/tsa" --trust "$work/root.pem" --outbound "http://127.0.0.1:$port http://127.0.0.1" "${@:4}"
}
"$tradepost" authority serve --data "$data" --port "$port" >"$work/serve.log" 2>&1 &
server=$!
for _ in $(seq 100); do
    curl -sf -o /dev/null "http://127.0.0.1:$port/authority/ca/root.cer" && break
    sleep 0.1
done
judge "over the net: sealed" over_the_net seal "$work/table.pdf" "$work/net.pdf" --level B-LTA --key "$key" --password-file "$data/keys/password"
judge "over the net: renewed" over_the_net renew "$work/net.pdf" "$work/net.pdf" &&
    judge_level net "$work/net.pdf" "$work/table.pdf" B-LTA 2
stop_server
cp "$work/net.pdf" "$work/kept.pdf"
judge "a time-stamp authority that is down renews nothing" not over_the_net renew "$work/net.pdf" "$work/net.pdf"
judge "and leaves the file as it was, and no other" test -z "$(cmp "$work/net.pdf" "$work/kept.pdf"; ls "$work"/net.pdf.* 2>/dev/null)"
judge "a visible seal" seal "$work/table.pdf" "$work/visible.pdf" --visible 1,20,20,160,90 --reason "Certified" --level B-LTA &&
    judge_level visible "$work/visible.pdf" "$work/table.pdf" B-LTA 1
judge "a second seal" seal "$work/table-B-LTA.pdf" "$work/twice.pdf" --level B-LTA
judge "a second seal keeps the first" test "$(valid_signatures "$work/twice.pdf")" -eq 2
judge "a second seal: both pass" level_is "$work/twice.pdf" B-LTA
judge "an encrypted file is refused" refuses encrypted "$work/encrypted.pdf" "encrypted"
printf '!B-LTA\t-\t%s\ttable without stamp\n!B-T\t-\t%s\ttable without stamp\n' "$work/table-B-LT.pdf" "$work/table-B-B.pdf" >>"$list"
sed 's/commercial/fraudulent/' "$work/table-B-LTA.pdf" >"$work/forged.pdf"
printf '!B-LTA\t-\t%s\ta forgery\n' "$work/forged.pdf" >>"$list"

judge "a file of 200 MB and 100,000 objects is made" make_pdf "$work/large.pdf" 200 100000
judge "sealing 200 MB to B-LTA takes at most 64 MB of memory" takes_little_memory
judge "200 MB: pdfsig" test "$(valid_signatures "$work/large-sealed.pdf")" -eq 1
rm -f "$work"/large*.pdf

if [ -d "$corpora/pdf-inputs" ]; then
    sealed=0
    refused=0
    for file in "$corpora"/pdf-inputs/*.pdf; do judge_other "$file"; done
    echo "# $sealed sealed, $refused refused"
    judge "of the corpus at least 40 are sealed and at least 15 refused" test "$sealed" -ge 40 -a "$refused" -ge 15
else
    skip "files of the corpus" "$corpora/pdf-inputs is not there"
fi

if [ -x tests/judges/venv/bin/python ]; then
    judge_with_pyhanko() { tests/judges/venv/bin/python tests/judges/pades.py "$root" <"$list"; }
    take_in judge_with_pyhanko
else
    skip "pyHanko" "tools/setup did not install it"
fi
finish

#!/bin/bash
# Judges of seal keys: made, certified and rolled by `tradepost key` in files, on a SoftHSM token and at a signing service, of every kind; what they sign is
# accepted by openssl and pdfsig; pkcs11-tool says that keys cannot leave the token; no PIN is seen in logs, process lists or environments.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. tests/judges/common.bash

pin=$RANDOM-x-$RANDOM
token_url=
module=
for path in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so; do
    if [ -z "$module" ] && [ -r "$path" ]; then module=$path; fi
done

# make_token: a SoftHSM store of its own with one token, "chamber".
make_token() {
    mkdir "$work/tokens" && printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$work/tokens" >"$work/softhsm.conf"
    (umask 077 && echo "$pin" >"$work/pin")
    export SOFTHSM2_CONF=$work/softhsm.conf
    softhsm2-util --init-token --free --label chamber --so-pin 0000 --pin "$pin"
}

key() {
    "$tradepost" key "$1" --data "$data" --chamber DEMO "${@:2}"
}

# state NAME: the second column of its line.
state() {
    key list | awk -F '\t' -v name="$1" '$1 == name { print $2 }'
}

# name_of_active: the key that seals.
name_of_active() {
    key list | awk -F '\t' '$2 == "active" { print $1 }'
}

request_verifies() {
    rm -f "$work/request.pem"
    key request --name "$1" --identifier NTRMK-4030000000000 --out "$work/request.pem" && openssl req -verify -noout -subject -in "$work/request.pem" >"$work/subject" 2>&1 &&
        grep -q 'verify OK' "$work/subject" && grep -q 'NTRMK-4030000000000' "$work/subject" || { cat "$work/subject"; return 1; }
}

# A provider that is not ours: an authority by openssl, which answers the request with a certificate and its own.
provider_certifies() {
    local usage="$work/usage"
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >"$usage"
    if [ ! -f "$work/provider.pem" ]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/provider.key" -out "$work/provider.pem" -days 3650 \
            -subj "/C=MK/O=Provider/CN=Provider root" -addext keyUsage=critical,keyCertSign,cRLSign >"$work/made" 2>&1 || { cat "$work/made"; return 1; }
    fi
    openssl x509 -req -in "$work/request.pem" -CA "$work/provider.pem" -CAkey "$work/provider.key" -CAcreateserial -days 365 -extfile "$usage" \
        -out "$work/answer.pem" >"$work/made" 2>&1 || { cat "$work/made"; return 1; }
    cat "$work/answer.pem" "$work/provider.pem" >"$work/chain.pem"
}

another_certificate_is_refused() {
    ! key certificate --name "$1" --from "$work/provider.pem" 2>"$work/refusal" && grep -q 'belongs to another key' "$work/refusal" || { cat "$work/refusal"; return 1; }
}

issue() {
    rm -f "$work/paper.pdf"
    "$tradepost" issue --data "$data" --chamber DEMO --from tests/judges/all-scripts.json --out "$work/paper.pdf" >"$work/line"
}

# take_signature FILE: the first signature's CMS into $work/signature.der, and the bytes that it covers into $work/signed.
take_signature() {
    local range
    range=$(grep -a -o '/ByteRange *\[[0-9 ]*\]' "$1" | head -n 1 | tr -dc '0-9 ')
    read -r -a range <<<"$range"
    [ "${#range[@]}" -eq 4 ] || { echo "no /ByteRange of four numbers"; return 1; }
    { head -c "${range[1]}" "$1"; tail -c "+$((range[2] + 1))" "$1" | head -c "${range[3]}"; } >"$work/signed"
    dd if="$1" iflag=skip_bytes,count_bytes skip=$((range[1] + 1)) count=$((range[2] - range[1] - 2)) status=none | tr a-f A-F | basenc --base16 -d >"$work/signature.der"
}

# OpenSSL 3.0 cannot verify Ed25519 in CMS. So its parts are verified one by one: the path, the digest of what is covered, the signature over the attributes.
ed25519_verifies() {
    local cms=$work/signature.der at head size
    openssl pkcs7 -inform DER -in "$cms" -print_certs 2>/dev/null | awk '/BEGIN/ { n++ } { print > "'"$work"'/part" n }'
    for part in "$work"/part[1-9]; do
        if openssl x509 -in "$part" -noout -text | grep -q 'Public Key Algorithm: ED25519'; then cp "$part" "$work/own.crt"; else cat "$part"; fi
    done >"$work/issuers"
    rm -f "$work"/part*
    openssl verify -CAfile "$root" -untrusted "$work/issuers" "$work/own.crt" || return 1
    # The signed attributes are the one value of the context, number 0, that begins with an attribute of content-type.
    openssl asn1parse -inform DER -in "$cms" | tr -d ' ' >"$work/values"
    IFS=' ' read -r at head size <<<"$(openssl asn1parse -inform DER -in "$cms" | sed -n 's/^ *\([0-9]*\):d=5 *hl=\([0-9]*\) *l= *\([0-9]*\) cons: cont \[ 0 \].*/\1 \2 \3/p' | tail -n 1)"
    { printf '\x31'; dd if="$cms" iflag=skip_bytes,count_bytes skip=$((at + 1)) count=$((head + size - 1)) status=none; } >"$work/attributes"
    openssl dgst -sha512 -binary "$work/signed" >"$work/digest"
    grep -qaF -- "$(basenc --base16 -w 0 "$work/digest")" <(basenc --base16 -w 0 "$work/attributes") || { echo "another digest"; return 1; }
    openssl asn1parse -inform DER -in "$cms" | sed -n 's/.*OCTET STRING *\[HEX DUMP\]:\([0-9A-F]\{128\}\)$/\1/p' | tail -n 1 | basenc --base16 -d >"$work/signature"
    openssl x509 -in "$work/own.crt" -noout -pubkey >"$work/own.pub"
    openssl pkeyutl -verify -pubin -inkey "$work/own.pub" -rawin -in "$work/attributes" -sigfile "$work/signature"
}

openssl_verifies() {
    openssl cms -verify -binary -inform DER -in "$work/signature.der" -content "$work/signed" -CAfile "$root" -out /dev/null
}

# cms_is KIND WORDS: openssl verifies the paper's CMS, and its signature algorithm is that of the kind (RFC 4056, 5753, 8419).
cms_is() {
    take_signature "$work/paper.pdf" || return 1
    if [ "$1" = ed25519 ]; then ed25519_verifies; else openssl_verifies; fi >"$work/verified" 2>&1 || { cat "$work/verified"; return 1; }
    shift
    openssl cms -cmsout -print -noout -inform DER -in "$work/signature.der" >"$work/cms"
    sed -n '/^ *signerInfos:/,$p' "$work/cms" | sed -n '/signatureAlgorithm:/,/signature:/p' >"$work/algorithm"
    grep -q -- "$1" "$work/algorithm" || { cat "$work/algorithm"; return 1; }
}

pdfsig_accepts() {
    pdfsig "$work/paper.pdf" >"$work/pdfsig" 2>&1
    grep -q 'Signature is Valid' "$work/pdfsig" || { cat "$work/pdfsig"; return 1; }
}

# algorithm KIND: its words in openssl's print.
algorithm() {
    case $1 in
    p256) echo ecdsa-with-SHA256 ;;
    p384) echo ecdsa-with-SHA384 ;;
    rsa) echo 'sha256WithRSAEncryption\|rsaEncryption' ;;
    rsa-pss) echo rsassaPss ;;
    ed25519) echo ED25519 ;;
    esac
}

# judge_active NAME KIND: what the active key seals.
judge_active() {
    judge "$1: is active and usable" test "$(key show --name "$(name_of_active)" | tail -n 1)" = "usable yes"
    judge "$1: a paper is issued" issue || return
    judge "$1: openssl verifies the CMS, whose algorithm is right" cms_is "$2" "$(algorithm "$2")"
    # NSS, by which pdfsig verifies, does not know Ed25519 in CMS.
    if [ "$2" = ed25519 ]; then
        skip "$1: pdfsig" "NSS does not verify Ed25519"
    else
        judge "$1: pdfsig accepts the signature" pdfsig_accepts
    fi
    judge "$1: tradepost verify" "$tradepost" verify "$work/paper.pdf" --data "$data"
}

keys_cannot_leave() {
    pkcs11-tool --module "$module" --login --pin "$pin" --list-objects --type privkey >"$work/objects" 2>/dev/null
    [ "$(grep -c 'sensitive, always sensitive, never extractable, local' "$work/objects")" -eq 5 ] || { cat "$work/objects"; return 1; }
}

# A signing service of the tests (CSC API), with the key of a file that the authority certified.
service=build-check/csc_server
[ -x "$service" ] || service=build/csc_server

# start_service VERSION: on a port of its own; ends with this script, whose pipe it reads.
start_service() {
    rm -f "$work/port" "$work/trouble"
    mkfifo "$work/pipe-$1"
    "$service" "$data/keys/$served" "$data/keys/password" "$work/port" "$work/trouble" $([ "$1" = 1 ] || echo second) <"$work/pipe-$1" &
    exec 9>"$work/pipe-$1"
    for _ in $(seq 100); do
        if [ -s "$work/port" ]; then
            service_url=http://127.0.0.1:$(cat "$work/port")
            return 0
        fi
        sleep 0.1
    done
    return 1
}

# refuses TROUBLE WORDS: the service misbehaves so, and the key is not usable, with the reason.
refuses() {
    echo "$1" >"$work/trouble"
    if key show --name "$key_name" --outbound "$service_url" >"$work/shown" 2>&1; then
        cat "$work/shown"
        return 1
    fi
    grep -q -- "$2" "$work/shown" || { cat "$work/shown"; return 1; }
}

behaves() {
    echo >"$work/trouble"
    key show --name "$key_name" --outbound "$service_url"
}

# pin_is_nowhere PID: neither among the words of the process, nor in its environment, nor in what it wrote.
pin_is_nowhere() {
    local place found=0
    for place in "/proc/$1/cmdline" "/proc/$1/environ" "$work"/serve*.log; do
        if grep -qaF -- "$pin" "$place"; then
            echo "it stands in $place"
            found=1
        fi
    done
    return "$found"
}

# served_with_pin: a server whose key lies on the token, with the PIN from its environment; it issues what waits.
served_with_pin() {
    TRADEPOST_KEY_PIN=$pin "$tradepost" serve --data "$data" --port "$port" >"$work/serve.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        if curl -sf -o /dev/null "$address/verify" && grep -q serving "$work/serve.log"; then return 0; fi
        sleep 0.1
    done
    cat "$work/serve.log"
    return 1
}

if ! make_demonstration; then
    say 1 "the demonstration is made" "$work/people"
    finish
    exit 1
fi
root=$work/authority.pem
openssl x509 -inform DER -in "$data/authority/root.der" -out "$root"

judge "the first key stands in the list" test "$(state seal)" = active
for kind in p384 rsa rsa-pss ed25519; do
    judge "file, $kind: rolled" key roll --kind "$kind" && judge_active "file, $kind" "$kind"
done
judge "the first key is history" test "$(state seal)" = retired

# A provider's certificate for a key that waits.
judge "a key waits for its certificate" key roll --kind p256 --request "$work/asked.pem"
waiting=$(key list | awk -F '\t' '$2 == "waits-for-certificate" { print $1 }')
judge "it does not seal yet" test "$(name_of_active)" != "$waiting"
judge "it cannot be chosen yet" eval '! key roll --name "$waiting" 2>/dev/null'
judge "its request is verified by openssl" request_verifies "$waiting"
judge "a provider certifies it" provider_certifies
judge "a certificate of another key is refused" another_certificate_is_refused "$waiting"
judge "the provider's answer is installed" key certificate --name "$waiting" --from "$work/chain.pem" --activate
judge "it seals from now on" test "$(name_of_active)" = "$waiting"
mkdir -p "$data/anchors" && cp "$work/provider.pem" "$data/anchors/"
root=$work/provider.pem
# This provider has neither OCSP nor CRLs, so that nothing above B-B can be had.
chamber_id=$(database "SELECT chamber_id FROM chambers_chamber WHERE code = 'DEMO'")
sqlite3 "$data/database.sqlite" "INSERT INTO chambers_level (chamber_id, document_type, level) VALUES ($chamber_id, '', 'B-B')"
judge_active "a provider's certificate" p256
sqlite3 "$data/database.sqlite" "DELETE FROM chambers_level WHERE chamber_id = $chamber_id"
root=$work/authority.pem

# A key file of elsewhere.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/own.key" -out "$work/own.pem" -days 365 -subj "/C=MK/O=Elsewhere/CN=Elsewhere" 2>/dev/null
(umask 077 && echo "a word" >"$work/word")
openssl pkcs12 -export -inkey "$work/own.key" -in "$work/own.pem" -passout file:"$work/word" -out "$work/own.p12"
judge "a key file is taken over" key import --on "$work/own.p12" --pin-file "$work/word" --name elsewhere
judge "it is ready" test "$(state elsewhere)" = ready
judge "with a wrong password it is refused" eval 'echo wrong >"$work/word"; ! key import --on "$work/own.p12" --pin-file "$work/word" 2>/dev/null'
judge "a PIN file that others can read is refused" eval 'chmod 644 "$work/word"; ! key import --on "$work/own.p12" --pin-file "$work/word" 2>"$work/refusal" && grep -q "mode 0600" "$work/refusal"'

if [ -z "$module" ] || ! command -v softhsm2-util >/dev/null; then
    skip "keys on a token" "SoftHSM (package softhsm2) is not installed"
elif ! make_token >"$work/token" 2>&1; then
    say 1 "a token is made" "$work/token"
else
    for kind in p256 p384 rsa rsa-pss ed25519; do
        judge "token, $kind: rolled" key roll --kind "$kind" --on "pkcs11:token=chamber;object=seal-$kind?module-path=$module" --pin-file "$work/pin" && judge_active "token, $kind" "$kind"
        judge "token, $kind: its request is verified by openssl" request_verifies "$(name_of_active)"
        database "SELECT hex(chain) FROM chambers_key WHERE name = '$(name_of_active)'" | basenc --base16 -d >"$work/$kind-chain.der"
    done
    if command -v pkcs11-tool >/dev/null; then
        judge "pkcs11-tool: the keys can never leave the token" keys_cannot_leave
    else
        skip "pkcs11-tool" "package opensc is not installed"
    fi
    judge "a PIN in a description is refused" eval '! key import --on "pkcs11:token=chamber?module-path=$module&pin-value=1" 2>"$work/refusal" && grep -q "never holds the PIN" "$work/refusal"'
    # The PIN from the environment: the server takes it out of there when it opens the key, which its first preflight does.
    judge "token: taken over without a file for its PIN" eval 'openssl x509 -inform DER -in "$data/authority/root.der" -out "$work/chain-root.pem"; TRADEPOST_KEY_PIN=$pin key import --on "pkcs11:token=chamber;object=seal-p256?module-path=$module" --name by-environment --certificates "$work/p256-chain.der" --activate'
    judge "a server opens it" served_with_pin
    for _ in $(seq 100); do
        helper=$(pgrep -P "$server" -x tradepost-token | head -n 1)
        [ -n "$helper" ] && break
        sleep 0.1
    done
    judge "the PIN is in no list of processes, environment or log" pin_is_nowhere "$server"
    judge "the token's helper runs" test -n "$helper"
    judge "nor is it in the helper's" pin_is_nowhere "${helper:-$server}"
    stop_server
    sleep 0.5
    judge "the helper ended with its server" eval '! grep -q "^State:[[:space:]]*[RSD]" "/proc/${helper:-$$}/status" 2>/dev/null'
    judge "tradepost seal uses the token as well" eval 'TRADEPOST_KEY_PASSWORD=$pin "$tradepost" seal "$work/paper.pdf" --out "$work/twice.pdf" --key "pkcs11:token=chamber;object=seal-p256?module-path=$module" 2>"$work/refusal" || grep -q "no certificate yet" "$work/refusal"'
fi

if [ ! -x "$service" ]; then
    skip "keys at a signing service" "csc_server is not built"
else
    judge "service: a key for it is made" key roll --kind p256
    served=$(key list | awk -F '\t' '$2 == "active" { print $7 }')
    (umask 077 && printf 'client_id=chamber\nclient_secret=s3cr3t &+%%\npin=4711-pin-0815\n' >"$work/secrets")
    for version in 1 2; do
        key_name=service-$version
        judge "service, version $version: answers" start_service "$version"
        judge "service, version $version: not allowed, not asked" eval '! key import --name "$key_name" --on "csc:$service_url/csc/v1#seal-1" --pin-file "$work/secrets" 2>/dev/null'
        judge "service, version $version: taken over" key import --name "$key_name" --on "csc:$service_url/csc/v1#seal-1" --pin-file "$work/secrets" --outbound "$service_url" --activate
        judge "service, version $version: a paper is issued" eval '"$tradepost" issue --data "$data" --chamber DEMO --from tests/judges/all-scripts.json --out "$work/service-$version.pdf" --outbound "$service_url" >"$work/line"'
        cp "$work/service-$version.pdf" "$work/paper.pdf"
        judge "service, version $version: openssl verifies the CMS" cms_is p256 "$(algorithm p256)"
        judge "service, version $version: pdfsig accepts the signature" pdfsig_accepts
        judge "service, version $version: a wrong signature is refused" refuses wrong-signature 'not that of this key'
        judge "service, version $version: a failure is told" refuses error 'status 500'
        judge "service, version $version: an endless reply is cut" refuses huge 'more than'
        judge "service, version $version: no JSON is told" refuses no-json 'no JSON'
        judge "service, version $version: a credential that is disabled is told" refuses disabled 'not enabled'
        judge "service, version $version: what has ended is asked for anew" eval 'echo expired-sad >"$work/trouble"; key show --name "$key_name" --outbound "$service_url"'
        judge "service, version $version: all is well again" behaves
    done
    judge "service: one that does not answer is given up" refuses slow 'does not answer'
    exec 9>&-
fi
finish

#!/bin/bash
# Judges of the test authority: openssl as the client of its OCSP responder, its CRLs and its time stamps, and openssl as
# the authority that our own client asks. What openssl made and broke, our client must refuse.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. tests/judges/common.bash

# start_authority: the authority of $data on a port of its own, at $own.
start_authority() {
    local tries
    own_port=$(free_port)
    own=http://127.0.0.1:$own_port/authority
    "$tradepost" authority serve --data "$data" --port "$own_port" >"$work/authority.log" 2>&1 &
    server=$!
    for tries in $(seq 100); do
        if curl -sf -o /dev/null "$own/ca/root.cer"; then return 0; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    echo "# the authority does not answer after $tries tries:"
    sed 's/^/#   /' "$work/authority.log"
    return 1
}

# pem NAME: a certificate that the authority publishes, as $work/NAME.pem.
pem() {
    curl -sf -o "$work/$1.cer" "$own/ca/$1.cer" && openssl x509 -inform DER -in "$work/$1.cer" -out "$work/$1.pem"
}

says() {
    local phrase=$1
    shift
    "$@" >"$work/output" 2>&1
    cat "$work/output"
    grep -qF -- "$phrase" "$work/output"
}

# ocsp_says VERDICT FILE [OPTION...]: what the responder says of a certificate, judged by openssl.
ocsp_says() {
    local phrase=$1 certificate=$2 which=(-cert "$2")
    shift 2
    if [ ! -e "$certificate" ]; then which=(-serial "$certificate"); fi
    openssl ocsp "$@" -issuer "$work/issuing.pem" "${which[@]}" -url "$own/ocsp" -CAfile "$work/root.pem" \
        -verify_other "$work/issuing.pem" >"$work/output" 2>&1
    cat "$work/output"
    grep -qF 'Response verify OK' "$work/output" && grep -qF -- "$certificate: $phrase" "$work/output"
}

# get_ocsp FILE: by GET, as RFC 5019 asks; openssl judges the bytes.
get_ocsp() {
    openssl ocsp -issuer "$work/issuing.pem" -cert "$1" -no_nonce -reqout "$work/request.der" >/dev/null 2>&1 || return 1
    curl -sf -o "$work/response.der" "$own/ocsp/$(base64 -w0 "$work/request.der" | sed 's/+/%2B/g; s#/#%2F#g; s/=/%3D/g')" || return 1
    says 'Response verify OK' openssl ocsp -respin "$work/response.der" -issuer "$work/issuing.pem" -cert "$1" -no_nonce \
        -CAfile "$work/root.pem" -verify_other "$work/issuing.pem"
}

fetch_lists() {
    local name
    for name in root issuing; do
        curl -sf -o "$work/$name.crl" "$own/crl/$name.crl" || return 1
        openssl crl -inform DER -in "$work/$name.crl" -CAfile "$work/$name.pem" -noout || return 1
        openssl crl -inform DER -in "$work/$name.crl" -out "$work/$name.crl.pem" || return 1
    done
    cat "$work/root.crl.pem" "$work/issuing.crl.pem" >"$work/lists.pem"
}

verify_with_lists() {
    openssl verify -x509_strict -crl_check_all -CAfile "$work/root.pem" -untrusted "$work/issuing.pem" -CRLfile "$work/lists.pem" "$1"
}

# stamp OPTION...: a stamp over $work/paper, as openssl asks for it, in $work/reply.tsr.
stamp() {
    openssl ts -query -data "$work/paper" "$@" -out "$work/query.tsq" 2>/dev/null &&
        curl -sf -H 'Content-Type: application/timestamp-query' --data-binary "@$work/query.tsq" -o "$work/reply.tsr" "$own/tsa"
}

stamp_verifies() {
    stamp "$@" && openssl ts -verify -in "$work/reply.tsr" -queryfile "$work/query.tsq" -CAfile "$work/root.pem" -untrusted "$work/issuing.pem"
}

stamp_without_certificate() {
    stamp -sha256 && ! openssl ts -verify -in "$work/reply.tsr" -queryfile "$work/query.tsq" -CAfile "$work/root.pem" >/dev/null 2>&1 || return 1
    openssl x509 -inform DER -in "$data/authority/stamps.der" -out "$work/stamps.pem" || return 1
    cat "$work/stamps.pem" "$work/issuing.pem" >"$work/both.pem"
    openssl ts -verify -in "$work/reply.tsr" -queryfile "$work/query.tsq" -CAfile "$work/root.pem" -untrusted "$work/both.pem"
}

stamp_is_refused() {
    local phrase=$1
    shift
    stamp "$@" || return 1
    says "$phrase" openssl ts -reply -in "$work/reply.tsr" -text
}

# extended_stamp: a request with an extension; openssl writes none, so the bytes are put together here.
extended_request() {
    printf '\x30\x46\x02\x01\x01\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20'
    openssl dgst -sha256 -binary "$work/paper"
    printf '\xa0\x0e\x30\x0c\x06\x03\x2a\x03\x04\x04\x05\x04\x03\x01\x02\x03'
}

extension_is_refused() {
    extended_request >"$work/query.tsq"
    curl -sf -H 'Content-Type: application/timestamp-query' --data-binary "@$work/query.tsq" -o "$work/reply.tsr" "$own/tsa" || return 1
    says 'Failure info: the requested extension is not supported by the TSA' openssl ts -reply -in "$work/reply.tsr" -text
}

make_request() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/seal.key" -subj "/C=MK/O=Private Seals/CN=Private Seals - seal" \
        -out "$work/seal.csr"
}

certify() {
    "$tradepost" authority issue --data "$data" --request "$work/seal.csr" --out "$work/seal.pem" >"$work/serial" &&
        [ "$(openssl x509 -in "$work/seal.pem" -noout -serial | tr A-F a-f)" = "serial=$(cat "$work/serial")" ]
}

certificate_says() {
    openssl x509 -in "$work/seal.pem" -noout -text >"$work/text"
    local phrase missing=0
    for phrase in 'Subject: C = MK, O = Private Seals, CN = Private Seals - seal' 'Tradepost test authority (not qualified): seals' \
        'Digital Signature, Non Repudiation' 'CA:FALSE' 'Not a qualified certificate' "OCSP - URI:$address/authority/ocsp" \
        "CA Issuers - URI:$address/authority/ca/issuing.cer" "URI:$address/authority/crl/issuing.crl"; do
        if ! grep -qF -- "$phrase" "$work/text"; then
            echo "missing: $phrase"
            missing=1
        fi
    done
    return "$missing"
}

forged_request_is_refused() {
    openssl req -in "$work/seal.csr" -outform DER -out "$work/forged.csr" || return 1
    local size
    size=$(stat -c %s "$work/forged.csr")
    printf '\x55' | dd of="$work/forged.csr" bs=1 seek=$((size - 5)) conv=notrunc status=none
    ! "$tradepost" authority issue --data "$data" --request "$work/forged.csr" --out "$work/forged.pem" && [ ! -e "$work/forged.pem" ]
}

revoke() {
    "$tradepost" authority revoke --data "$data" --serial "$(cat "$work/serial")" --reason keyCompromise
}

# make_peer: a certificate authority of openssl alone in $work/peer, with its OCSP responder and time stamps over HTTP.
make_peer() {
    local name
    peer=$work/peer
    ocsp_port=$(free_port)
    tsa_port=$(free_port)
    mkdir "$peer" && cd "$peer" || return 1
    cat >ca.cnf <<END
[req]
distinguished_name = names
[names]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[seal]
keyUsage = critical, digitalSignature, nonRepudiation
authorityInfoAccess = OCSP;URI:http://127.0.0.1:$ocsp_port, caIssuers;URI:http://127.0.0.1:$tsa_port/root.der
[responder]
extendedKeyUsage = OCSPSigning
noCheck = ignored
[stamps]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
crlDistributionPoints = URI:http://127.0.0.1:$tsa_port/list.crl
[ca]
default_ca = all
[all]
database = index.txt
crlnumber = crlnumber
serial = serial
new_certs_dir = .
default_md = sha256
default_days = 30
default_crl_days = 7
policy = any
certificate = root.pem
private_key = root.key
unique_subject = no
[any]
commonName = supplied
END
    touch index.txt && echo 01 >crlnumber && echo 4242 >serial && echo 01 >stamp_serial
    openssl ecparam -name prime256v1 -genkey -noout -out root.key
    openssl req -x509 -new -key root.key -subj "/CN=Peer Root" -days 60 -config ca.cnf -extensions root -out root.pem
    for name in seal responder stamps; do
        openssl ecparam -name prime256v1 -genkey -noout -out $name.key
        openssl req -new -key $name.key -subj "/CN=Peer $name" -config ca.cnf -out $name.csr
        openssl ca -batch -notext -config ca.cnf -extensions $name -in $name.csr -out $name.pem
    done
    cat >ts.cnf <<END
[tsa]
serial = ./stamp_serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ess_cert_id_alg = sha256
certs = root.pem
signer_cert = ./stamps.pem
signer_key = ./stamps.key
END
    openssl ts -query -data ca.cnf -sha256 -cert -out old.tsq
    openssl ca -config ca.cnf -gencrl -out list.pem && openssl crl -in list.pem -outform DER -out list.crl
    openssl x509 -in root.pem -outform DER -out root.der
    openssl pkcs12 -export -in seal.pem -inkey seal.key -passout pass:word -out seal.p12 && printf word >word && chmod 600 word
    cd - >/dev/null
}

# serve_ocsp: starts the responder. It answers one client after the other, so none may knock to see whether it is there.
serve_ocsp() {
    local tries
    (cd "$peer" && exec openssl ocsp -port "$ocsp_port" -index index.txt -CA root.pem -rsigner responder.pem -rkey responder.key -ndays 1) >"$work/ocsp.log" 2>&1 &
    peer_ocsp=$!
    for tries in $(seq 100); do
        if grep -q 'waiting for OCSP client' "$work/ocsp.log"; then return 0; fi
        sleep 0.1
    done
    echo "$tries tries, and it said:"
    cat "$work/ocsp.log"
    return 1
}

# serve_peer: starts both; they end with the script.
serve_peer() {
    local tries
    serve_ocsp || return 1
    python3 tests/judges/openssl_tsa.py "$tsa_port" "$peer" >"$work/tsa.log" 2>&1 &
    peer_tsa=$!
    trap 'kill "$peer_ocsp" "$peer_tsa" 2>/dev/null; clean_up' EXIT
    for tries in $(seq 100); do
        if curl -sf -o /dev/null "http://127.0.0.1:$tsa_port/root.der"; then return 0; fi
        sleep 0.1
    done
    echo "no stamps after $tries tries"
    return 1
}

# seal_with_peer OUT TSA...: our client asks the peer for everything.
seal_with_peer() {
    local out=$1
    shift
    "$tradepost" seal fuzz/reader_fuzz/table.pdf --out "$out" --key "pkcs12:$peer/seal.p12" --password-file "$peer/word" --level B-LTA --tsa "$*" \
        --trust "$peer/root.pem" --outbound "$allowed"
}

seal_is_refused() {
    local phrase=$1
    shift
    ! seal_with_peer "$work/refused.pdf" "$@" >"$work/output" 2>&1
    cat "$work/output"
    [ ! -e "$work/refused.pdf" ] && grep -qF -- "$phrase" "$work/output"
}

revoke_with_peer() {
    (cd "$peer" && openssl ca -config ca.cnf -revoke seal.pem -crl_reason keyCompromise) || return 1
    # openssl reads its index at start.
    kill "$peer_ocsp" && wait "$peer_ocsp" 2>/dev/null
    serve_ocsp
}

if ! make_demonstration || ! start_authority; then
    say 1 "the authority of a demonstration answers" "$work/people"
    finish
    exit 1
fi
printf 'a paper of importance\n' >"$work/paper"
judge "the root's certificate can be had" pem root
judge "the issuing authority's certificate can be had" pem issuing
judge "a request for a certificate by openssl" make_request
judge "it is certified" certify
judge "the certificate says whose it is and where to ask" certificate_says
judge "a forged request is refused" forged_request_is_refused
judge "openssl verify: path, strictly" openssl verify -x509_strict -CAfile "$work/root.pem" -untrusted "$work/issuing.pem" "$work/seal.pem"
judge "the key is for seals, not for authorities" bash -c "! openssl verify -CAfile '$work/root.pem' -untrusted '$work/issuing.pem' -purpose timestampsign '$work/seal.pem'"
judge "openssl ocsp: good, with a nonce" ocsp_says good "$work/seal.pem"
judge "openssl ocsp: good, without a nonce" ocsp_says good "$work/seal.pem" -no_nonce
judge "openssl ocsp: good, names by SHA-256" ocsp_says good "$work/seal.pem" -sha256
judge "OCSP by GET" get_ocsp "$work/seal.pem"
judge "openssl crl: both lists are signed by whom they say" fetch_lists
judge "openssl verify -crl_check_all: not revoked" verify_with_lists "$work/seal.pem"
judge "a certificate is revoked" revoke
judge "and only once" bash -c "! '$tradepost' authority revoke --data '$data' --serial '$(cat "$work/serial")'"
judge "openssl ocsp: revoked, at once" ocsp_says revoked "$work/seal.pem" -no_nonce
judge "and why" grep -qF 'Reason: keyCompromise' "$work/output"
judge "the lists are made anew" fetch_lists
judge "openssl verify -crl_check_all: revoked" bash -c "! openssl verify -crl_check_all -CAfile '$work/root.pem' -untrusted '$work/issuing.pem' -CRLfile '$work/lists.pem' '$work/seal.pem'"
judge "the status says so" says "revoked: keyCompromise" "$tradepost" authority status --data "$data"
judge "openssl ocsp: unknown, of what was never issued" ocsp_says unknown 4660
for digest in sha256 sha384 sha512; do
    judge "openssl ts -verify: $digest" stamp_verifies "-$digest" -cert
done
judge "openssl ts -verify: without a nonce" stamp_verifies -sha256 -cert -no_nonce
judge "openssl ts -verify: under its policy" stamp_verifies -sha256 -cert -tspolicy 2.25.89684438835024700684204715519241248191.2
judge "openssl ts -verify: the certificate is left out unless it is asked for" stamp_without_certificate
judge "SHA-1 is refused" stamp_is_refused 'Failure info: unrecognized or unsupported algorithm identifier' -sha1
judge "another policy is refused" stamp_is_refused 'Failure info: the requested TSA policy is not supported by the TSA' -sha256 -tspolicy 1.2.3.4
judge "an extension is refused" extension_is_refused
judge "a stamp is precise and in order" bash -c "
    openssl ts -query -data '$work/paper' -sha256 -out '$work/query.tsq' 2>/dev/null &&
    curl -sf -H 'Content-Type: application/timestamp-query' --data-binary '@$work/query.tsq' -o '$work/reply.tsr' '$own/tsa' &&
    openssl ts -reply -in '$work/reply.tsr' -text 2>/dev/null | tee '$work/output' | grep -qF 'Accuracy: 0x01 seconds' &&
    grep -qF 'Ordering: yes' '$work/output'"
stop_server
restored=$work/restored
judge "a backup is made" "$tradepost" backup --data "$data" --out "$work/backup.tar"
judge "and restored" "$tradepost" restore --data "$restored" --from "$work/backup.tar"
judge "the restored authority knows what was revoked" says "revoked: keyCompromise" "$tradepost" authority status --data "$restored"

judge "an authority of openssl alone" make_peer
judge "it answers" serve_peer
stamps=http://127.0.0.1:$tsa_port/good
allowed="http://127.0.0.1:$tsa_port http://127.0.0.1:$ocsp_port"
judge "our client takes stamps, OCSP and CRLs of openssl: B-LTA" seal_with_peer "$work/peer.pdf" "$stamps"
judge "pdfsig: the seal is valid" says 'Signature is Valid' pdfsig "$work/peer.pdf"
judge "a stamp of another question is refused" seal_is_refused 'its stamp is over other bytes' "http://127.0.0.1:$tsa_port/old"
judge "the next authority takes over" seal_with_peer "$work/second.pdf" "http://127.0.0.1:$tsa_port/old" "$stamps"
allowed=http://127.0.0.1:$tsa_port
judge "servers that nobody allowed are not asked" seal_is_refused 'outbound does not allow' "$stamps"
allowed="http://127.0.0.1:$tsa_port http://127.0.0.1:$ocsp_port"
judge "openssl revokes the seal's certificate" revoke_with_peer
judge "our client does not seal with it any more" seal_is_refused 'was revoked on' "$stamps"
finish

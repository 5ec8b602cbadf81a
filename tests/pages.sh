#!/bin/bash
# Judges of pages: html-validate and axe on every page of a demonstration, budgets and Lighthouse on the public ones.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. tests/judges/common.bash

# The budget of a public page: HTML and style sheets, compressed as they are sent.
BUDGET=14336

# bytes_of ADDRESS: how many bytes come over the wire for it.
bytes_of() {
    curl -sf -o "$work/body" -w '%{size_download}' -H 'Accept-Encoding: gzip' "$1"
}

fits_the_budget() {
    local total sheet sheets bytes
    total=$(bytes_of "$1") || { echo "no answer"; return 1; }
    sheets=$(gunzip -c "$work/body" | grep -o '<link rel="stylesheet"[^>]*>\|<link [^>]*rel="stylesheet"[^>]*>' | grep -o 'href="[^"]*"' | cut -d '"' -f 2)
    [ -n "$sheets" ] || { echo "no style sheet was found in the page"; return 1; }
    for sheet in $sheets; do
        bytes=$(bytes_of "$address$sheet") || { echo "no answer for $sheet"; return 1; }
        total=$((total + bytes))
    done
    echo "$total bytes"
    [ "$total" -le "$BUDGET" ]
}

if ! make_demonstration || ! serve_demonstration; then
    say 1 "the demonstration is served" "$work/people"
    finish
    exit 1
fi

verifications=$(database "SELECT '/verify/' || number || '/' || code FROM documents_document JOIN chambers_host USING (chamber_id)
                          WHERE host = 'localhost' AND state IN ('issued', 'replaced', 'cancelled') GROUP BY state ORDER BY state DESC")
public="/ /verify $(head -n 1 <<<"$verifications") /sign-in /sign-up"
for path in $public; do
    judge "$path: HTML and style sheets are at most $BUDGET bytes compressed" fits_the_budget "$address$path"
done
# shellcheck disable=SC2086  # words
take_in node tests/judges/lighthouse.mjs "$address" $public
# shellcheck disable=SC2086  # words
take_in node tests/judges/pages.mjs "$address" "$password" $verifications
finish

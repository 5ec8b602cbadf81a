#!/bin/bash
# What people do, in a real browser and by programs, on a fresh demonstration.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
. tests/judges/common.bash

if ! make_demonstration || ! serve_demonstration; then
    say 1 "the demonstration is served" "$work/people"
    finish
    exit 1
fi
take_in node tests/judges/journeys.mjs "$address" "$password" "$work" "$corpora/ubl-examples"
judge "nothing the server logged is an error" test -z "$(grep '"level":"error"' "$work/serve.log" | head -n 5)"
finish

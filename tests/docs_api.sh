#!/bin/bash
# Runs docs/api.md: its blocks are one scenario, and each JSON block must have the shape of what was really answered.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

runner=build-check/scenario_runner
[ -x $runner ] || runner=build/scenario_runner
scenario=$(mktemp --suffix=.http) || exit 1
trap 'rm -f "$scenario"' EXIT

# A line of the scenario for each line of the page, so that a failure names the page's own line.
awk '
    /^```http$/ { inside = "http"; print ""; next }
    /^```json$/ { inside = "json"; example = ""; print ""; next }
    /^```/ {
        if (inside == "json") print "shape " example; else print ""
        inside = inside == "" ? "other" : ""
        next
    }
    inside == "json" { example = example $0 " "; print ""; next }
    inside == "http" { print; next }
    { print "" }
' docs/api.md >"$scenario"

"$runner" "$scenario" | sed "s#$scenario#docs/api.md#"
exit "${PIPESTATUS[0]}"

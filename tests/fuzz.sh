#!/bin/bash
# Runs each fuzz driver under libFuzzer with address and undefined-behaviour sanitizers, from the inputs in fuzz/ and what it finds
# itself, for TRADEPOST_FUZZ_SECONDS (60) each, as many at once as there are cores. An input that breaks one is kept in
# build-fuzz/found/ : commit it to fuzz/DRIVER/ with the mend, where every build replays it.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

seconds=${TRADEPOST_FUZZ_SECONDS:-60}
jobs=${TRADEPOST_JOBS:-$(nproc)}
drivers=$(ls fuzz)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

{ [ -f build-fuzz/build.ninja ] || CC=clang meson setup build-fuzz -Dfuzzers=true -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false; } >"$work/setup" 2>&1 &&
    ninja --quiet -C build-fuzz -j "$jobs" $drivers >>"$work/setup" 2>&1 || {
    echo "not ok - the fuzz drivers build"
    tail -n 40 "$work/setup" | sed 's/^/# /'
    exit 1
}
echo "ok - the fuzz drivers build"

# fuzz DRIVER: runs one; its report goes to the work folder.
fuzz() {
    mkdir -p "$work/$1" build-fuzz/found
    build-fuzz/"$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build-fuzz/found/$1-" "$work/$1" "fuzz/$1" >"$work/$1.log" 2>&1 </dev/null
    echo $? >"$work/$1.code"
}
export -f fuzz
export work seconds
printf '%s\n' $drivers | xargs -P "$jobs" -I{} bash -c 'fuzz {}'

for driver in $drivers; do
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$driver.log")
    if [ "$(cat "$work/$driver.code" 2>/dev/null)" = 0 ] && [ -n "$runs" ]; then
        echo "ok - $driver: $runs runs"
    else
        echo "not ok - $driver"
        grep -vE '^#[0-9]+.*(NEW|REDUCE|pulse)' "$work/$driver.log" | tail -n 40 | sed 's/^/# /'
    fi
done

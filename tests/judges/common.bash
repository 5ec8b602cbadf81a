# What the outside judges share: TAP lines, a temporary directory that goes at the end, and a demonstration that is served.
# Sourced by tests/*.sh, which stand in the repository's root when they do so.

tradepost=${TRADEPOST:-build/tradepost}
corpora=${TRADEPOST_CORPORA:-../shared/corpora}
work=$(mktemp -d "${TMPDIR:-/tmp}/tradepost-judges-XXXXXX")
server=
results=0
failures=0

# say CODE NAME [FILE]: one TAP line; of a failure also what the judge said.
say() {
    results=$((results + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $results - $2"
    else
        failures=$((failures + 1))
        echo "not ok $results - $2"
        if [ -s "${3:-}" ]; then head -n 40 "$3" | sed 's/^/#   /'; fi
    fi
}

# judge NAME COMMAND...: one TAP line by the exit code of a judge, which it returns.
judge() {
    local name=$1 code
    shift
    "$@" >"$work/said" 2>&1
    code=$?
    say "$code" "$name" "$work/said"
    return "$code"
}

# skip NAME REASON: one TAP line for what cannot be judged here.
skip() {
    results=$((results + 1))
    echo "ok $results - $1 # SKIP $2"
}

# take_in COMMAND...: the TAP lines of another program among ours; its crash is a failure.
take_in() {
    local line before=$failures
    while IFS= read -r line; do
        case $line in
        'ok - '*) results=$((results + 1)) && echo "ok $results ${line#ok }" ;;
        'not ok - '*) results=$((results + 1)) failures=$((failures + 1)) && echo "not ok $results ${line#not ok }" ;;
        *) echo "$line" ;;
        esac
    done < <("$@" 2>&1; echo "$?" >"$work/code")
    if [ "$(cat "$work/code")" -ne 0 ] && [ "$failures" -eq "$before" ]; then
        say 1 "$2 comes to its end"
    fi
}

# finish: the plan, and an exit code that says whether all was well.
finish() {
    echo "1..$results"
    [ "$failures" -eq 0 ] && [ "$results" -gt 0 ]
}

stop_server() {
    if [ -n "$server" ]; then
        kill -TERM "$server" 2>/dev/null
        wait "$server" 2>/dev/null
        server=
    fi
}

# shellcheck disable=SC2317  # called by the trap
clean_up() {
    stop_server
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# free_port: a port of this machine that nobody listens on.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 20000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

# database SQL: rows of the data directory's database, columns between tabs.
database() {
    sqlite3 -readonly -separator $'\t' "$data/database.sqlite" "$1"
}

# make_demonstration: a new data directory $data, to be served at $address.
make_demonstration() {
    port=$(free_port)
    data=$work/data
    address=http://localhost:$port
    "$tradepost" demonstrate --data "$data" --port "$port" >"$work/people" 2>&1
    password=$(sed -n 's/.*password of each is //p' "$work/people")
}

# serve_demonstration: serves $data until the script ends; returns when it answers.
serve_demonstration() {
    local tries
    "$tradepost" serve --data "$data" --port "$port" >"$work/serve.log" 2>&1 &
    server=$!
    for tries in $(seq 100); do
        if curl -sf -o /dev/null "$address/verify"; then return 0; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    echo "# the server does not answer after $tries tries:"
    tail -n 20 "$work/serve.log" | sed 's/^/#   /'
    return 1
}

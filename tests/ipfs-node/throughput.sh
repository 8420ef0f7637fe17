#!/usr/bin/env bash
# Uploads files to a node on loopback in turns: by curl (one process, connections kept open), by KuboUploader, and by KuboUploader behind the upload
# state, the same number at a time. Each turn has content of its own, so that the node has none of it, and the order is turned over each round.
# The first round warms all of them up and does not count. NO_BUILD=1 takes the program as it was built last.
# Usage: throughput.sh [FILES] [BYTES_PER_FILE] [ROUNDS] [AT_ONCE]
set -euo pipefail
files="${1:-150}" bytes="${2:-1000000}" rounds="${3:-5}" at_once="${4:-4}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
benchmarks="$here/../SmartCache.Benchmarks"
port=15902
work="$(mktemp -d)" node=""
stop() { [ -z "$node" ] || { kill "$node" 2>/dev/null || true; wait "$node" 2>/dev/null || true; node=""; }; }
# The uploading program ends at the end of its input and clears up after itself.
trap 'stop; [ -z "${OURS_PID:-}" ] || { pid="$OURS_PID"; exec {OURS[1]}>&-; wait "$pid" || true; }; rm -rf "$work"' EXIT

[ -n "${NO_BUILD:-}" ] || dotnet build "$benchmarks" -c Release -v q --nologo >&2
program="$(cd "$benchmarks" && ls -t bin/Release/*/SmartCache.Benchmarks.dll | head -1)"

"$here/start.sh" "$work/repo" "$port" 15903 >"$work/node.log" 2>&1 & node=$!
until curl -sf -o /dev/null -X POST "http://127.0.0.1:$port/api/v0/version"; do kill -0 "$node"; sleep 0.2; done
coproc OURS { exec dotnet "$benchmarks/$program" upload --node "http://127.0.0.1:$port" --dir "$work" --at-once "$at_once"; }

# Processor seconds of the node so far.
node_cpu() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$node/stat"; }

make_tree() {
    rm -rf "$1"; mkdir "$1"
    head -c "$((files * bytes))" /dev/urandom | split -b "$bytes" -a 5 - "$1/segment"
}

by_curl() {
    local query="cid-version=1&raw-leaves=true&chunker=size-262144&hash=sha2-256&max-file-links=174&trickle=false&inline=false&nocopy=false&progress=false&wrap-with-directory=false&cid-base=base32&pin=false"
    local first=1 file
    for file in "$1"/*; do
        [ -n "$first" ] || echo next
        first=""
        printf 'url = "http://127.0.0.1:%s/api/v0/add?%s"\nform = "file=@%s"\nheader = "Expect:"\noutput = /dev/null\n' "$port" "$query" "$file"
    done > "$work/curl.conf"
    local TIMEFORMAT="%R %R %U %S"
    { time curl -sf --no-progress-meter --parallel --parallel-max "$at_once" -K "$work/curl.conf"; } 2>&1 | awk '{ print $1, $2, $3 + $4 }'
}

by_us() {
    echo "$1 $2" >&"${OURS[1]}"
    local line
    read -r line <&"${OURS[0]}"
    echo "$line"
}

turn() {
    local before after line
    before="$(node_cpu)"
    case "$1" in
        curl) line="$(by_curl "$work/curl")" ;;
        *) line="$(by_us "$1" "$work/$1")" ;;
    esac
    after="$(node_cpu)"
    echo "$2 $1 $line $(awk "BEGIN { print $after - $before }")" >> "$work/times"
}

for round in $(seq 0 "$rounds"); do
    for kind in curl bare state; do make_tree "$work/$kind"; done
    sync
    if [ $((round % 2)) = 0 ]; then order="curl bare state"; else order="state bare curl"; fi
    for kind in $order; do turn "$kind" "$round"; done
done

echo "$files files of $bytes bytes, $at_once at a time, $rounds rounds; load average $(cut -d' ' -f1-3 /proc/loadavg)"
sort -n "$work/times" | awk '
    function median(values, n,    i, j, t) {
        for (i = 2; i <= n; i++) for (j = i; j > 1 && values[j] < values[j - 1]; j--) { t = values[j]; values[j] = values[j - 1]; values[j - 1] = t }
        return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
    }
    $1 == 0 { next }
    { rounds = $1; adds[$2, $1] = $3; whole[$2, $1] = $4; cpu[$2, $1] = $5; node[$2, $1] = $6 }
    END {
        split("curl bare state", kinds, " ")
        label["curl"] = "curl"; label["bare"] = "KuboUploader"; label["state"] = "KuboUploader with upload state"
        print "| | adds | whole upload | own processor time | the node'"'"'s | curl / adds (min-max) | curl / whole (min-max) |"
        print "|---|---:|---:|---:|---:|---:|---:|"
        for (k = 1; k <= 3; k++) {
            kind = kinds[k]
            for (i = 1; i <= rounds; i++) {
                a[i] = adds[kind, i]; w[i] = whole[kind, i]; c[i] = cpu[kind, i]; n[i] = node[kind, i]
                ra[i] = whole["curl", i] / a[i]; rw[i] = whole["curl", i] / w[i]
            }
            mra = median(ra, rounds); mrw = median(rw, rounds)
            printf "| %s | %.2f s | %.2f s | %.2f s | %.2f s | %.2f (%.2f-%.2f) | %.2f (%.2f-%.2f) |\n", label[kind], median(a, rounds), median(w, rounds), median(c, rounds), median(n, rounds), mra, ra[1], ra[rounds], mrw, rw[1], rw[rounds]
        }
    }'

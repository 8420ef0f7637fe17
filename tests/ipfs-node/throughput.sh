#!/usr/bin/env bash
# Seconds to upload the same files with curl and with KuboUploader, four at a time, each to a fresh node on loopback.
# The ratio compares the sending, in which KuboUploader also hashes. Usage: throughput.sh [FILES] [BYTES_PER_FILE] [ROUNDS]
set -euo pipefail
files="${1:-300}" bytes="${2:-1000000}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$(mktemp -d)" node=""
stop() { [ -z "$node" ] || { kill "$node" 2>/dev/null || true; wait "$node" 2>/dev/null || true; node=""; }; }
trap 'stop; rm -rf "$work"' EXIT

mkdir "$work/tree"
for i in $(seq "$files"); do head -c "$bytes" /dev/urandom > "$work/tree/segment$i.ts"; done
dotnet build "$here/throughput.cs" -v q --nologo >&2

fresh_node() {
    stop; rm -rf "$work/repo"
    "$here/start.sh" "$work/repo" 15902 15903 >"$work/node.log" 2>&1 & node=$!
    until curl -sf -o /dev/null -X POST http://127.0.0.1:15902/api/v0/version; do kill -0 "$node"; sleep 0.2; done
}

query="cid-version=1&raw-leaves=true&chunker=size-262144&hash=sha2-256&pin=false&progress=false"
for i in $(seq "$files"); do
    [ "$i" = 1 ] || echo next
    printf 'url = "http://127.0.0.1:15902/api/v0/add?%s"\nform = "file=@%s"\noutput = /dev/null\n' "$query" "$work/tree/segment$i.ts"
done > "$work/curl.conf"

for round in $(seq "${3:-3}"); do
    fresh_node
    start=$(date +%s.%N)
    curl -s --no-progress-meter --parallel --parallel-max 4 -K "$work/curl.conf"
    curl_seconds=$(echo "$(date +%s.%N) - $start" | bc)
    fresh_node
    read -r own_seconds all_seconds < <(dotnet run --no-build "$here/throughput.cs" http://127.0.0.1:15902 "$work/tree")
    echo "round $round: curl $curl_seconds s, KuboUploader $own_seconds s ($all_seconds s with linking and verifying), ratio $(echo "scale=2; $curl_seconds / $own_seconds" | bc)"
done

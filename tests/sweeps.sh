#!/usr/bin/env bash
# All fault combinations, or all crash points, in several processes at once: tests/sweeps.sh faults|crash-points [PROCESSES [DIRECTORY]].
# The program is compiled natively, which makes each of its many workers start in some milliseconds; what it does is the same. 8 processes and a
# directory in memory without arguments. The last line has the totals; the exit code is 0 only for a whole sweep without a violation.
set -euo pipefail
verb="${1:-}"
case "$verb" in faults | crash-points) ;; *) echo "usage: tests/sweeps.sh faults|crash-points [PROCESSES [DIRECTORY]]" >&2; exit 2 ;; esac
processes="${2:-8}"
directory="${3:-$(mktemp -d -p /dev/shm smartcache-sweep.XXXXXX)}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
mkdir -p "$directory"
program="$(mktemp -d)"
running=()
trap 'for id in "${running[@]}"; do kill "$id" 2>/dev/null || true; done; rm -rf "$program"' EXIT
trap 'exit 1' HUP INT TERM

# Not the usual obj and bin: a build of the tests beside it would take the other's files.
dotnet publish "$root/tests/SmartCache.Torture" -c Release -r linux-x64 -p:PublishAot=true -p:TreatWarningsAsErrors=false \
    --artifacts-path "$program/artifacts" -o "$program/native" -v quiet -clp:ErrorsOnly

began=$SECONDS
for ((share = 0; share < processes; share++)); do
    mkdir -p "$directory/$share"
    "$program/native/SmartCache.Torture" "$verb" "$directory/$share" "$processes" "$share" >"$directory/$share.log" 2>&1 &
    running+=($!)
done
whole=0
for id in "${running[@]}"; do wait "$id" || whole=1; done
running=()

grep -h '^VIOLATION' "$directory"/*.log || true
# A process that died has no line of totals.
tail -qn1 "$directory"/*.log | awk -v shares="$processes" -v seconds=$((SECONDS - began)) '
    $1 ~ /^[0-9]+$/ { lines++; if (what == "") { what = $0; sub(/^[0-9]+ /, "", what); sub(/, [0-9]+ .*/, "", what) } cases += $1; for (i = 2; i < NF; i++) if ($i ~ /^[0-9]+$/) { wrong += $i; break } }
    END { printf "%d %s, %d with violations; %d of %d processes ended with a count; %d s\n", cases, what, wrong, lines, shares, seconds; exit lines != shares || wrong > 0 }' || whole=1
exit "$whole"

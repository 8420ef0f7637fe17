#!/usr/bin/env bash
# All figures of a pool of hosts, on a real Ceph gateway and a real IPFS node, which are started and ended here: tests/pool-figures.sh [VERB...].
# Takes about half an hour on two cores. The last line is the number of targets that were met; a verb that counts none itself is one.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
[ "$#" -gt 0 ] || set -- figures delayed bounds producers churn poison confirmations secrets
directory="$(mktemp -d)"
node=""
end() {
    [ -z "$node" ] || kill -KILL "$node" 2>/dev/null || true
    [ ! -f "$directory/ceph/pids" ] || while read -r id; do kill -KILL "$id" 2>/dev/null || true; done <"$directory/ceph/pids"
    rm -rf "$directory"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

# Ports that nobody listens on, in blocks: the gateway's is the fifth, the node's are behind them.
for port in $(shuf -i 20000-40000 -n 50); do
    ss -Hltn 2>/dev/null | awk '{ print $4 }' | grep -qE ":($port|$((port + 1))|$((port + 5))|$((port + 80))|$((port + 81)))\$" || break
done
endpoint="http://127.0.0.1:$((port + 5))" api="http://127.0.0.1:$((port + 80))"
mkdir "$directory/ceph" "$directory/work"
program="$root/tests/SmartCache.Pool/bin/Release/net10.0/SmartCache.Pool.dll"
[ -f "$program" ] || dotnet build "$root/tests/SmartCache.Pool" -c Release -v quiet >&2
MEMSTORE=6442450944 bash "$root/tests/ceph/up.sh" "$directory/ceph" "$port" >"$directory/ceph/up.out" 2>&1 || { tail -5 "$directory/ceph/up.out"; exit 1; }
export AWS_ACCESS_KEY_ID=smartaccess AWS_SECRET_ACCESS_KEY=smartsecret
start_node() {
    "$root/tests/ipfs-node/install.sh" >"$directory/install.out" 2>&1 || { tail -5 "$directory/install.out"; return 1; }
    "$root/tests/ipfs-node/start.sh" "$directory/ipfs" "$((port + 80))" "$((port + 81))" >"$directory/node.out" 2>&1 &
    node=$!
    disown "$node"
    for _ in $(seq 300); do
        curl -sf -o /dev/null -X POST "$api/api/v0/version" && return
        kill -0 "$node" 2>/dev/null || break
        sleep 0.2
    done
    tail -5 "$directory/node.out"
    return 1
}
arguments() {
    case "$1" in
        producers) echo "$endpoint pool $directory/work 30" ;;
        churn) echo "$endpoint pool $directory/work 150 30 $directory/ceph" ;;
        poison) echo "$directory/work" ;;
        confirmations) echo "$endpoint pool $directory/work $api" ;;
        *) echo "$endpoint pool $directory/work" ;;
    esac
}

all=0 met=0 missed=""
for verb in "$@"; do
    echo "== $verb"
    ended=0
    : >"$directory/out"
    if [ "$verb" != confirmations ] || start_node; then
        # shellcheck disable=SC2046 # They are words.
        dotnet "$program" "$verb" $(arguments "$verb") | tee "$directory/out" || ended=$?
    else
        ended=1
    fi
    read -r of among < <(sed -n '$s/^\([0-9]*\) of \([0-9]*\) targets met$/\1 \2/p' "$directory/out") || true
    if [ -z "${among:-}" ]; then
        among=1 of=$((ended == 0))
    elif [ "$ended" -ne 0 ] && [ "$of" = "$among" ]; then
        # It met what it printed and failed all the same.
        among=$((among + 1))
    fi
    all=$((all + among)) met=$((met + of))
    [ "$of" = "$among" ] || missed="$missed $verb"
    of="" among=""
    rm -rf "${directory:?}/work"/*
done
[ -z "$missed" ] || echo "targets missed in:$missed"
echo "$met of $all targets met"
[ "$met" -eq "$all" ]

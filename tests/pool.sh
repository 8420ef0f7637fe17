#!/usr/bin/env bash
# A pool of worker processes on a real Ceph gateway, which is started and ended here: tests/pool.sh [ROUNDS [KILLS [GATEWAY_KILLS]]].
# The last line begins with the number of rounds and kills that came out right.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
rounds="${1:-4}" kills="${2:-6}" gateway="${3:-2}"
directory="$(mktemp -d)"
end() {
    [ ! -f "$directory/ceph/pids" ] || while read -r id; do kill -KILL "$id" 2>/dev/null || true; done <"$directory/ceph/pids"
    rm -rf "$directory"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

# A block of ports that nobody listens on.
for port in $(shuf -i 20000-40000 -n 50); do
    ss -Hltn 2>/dev/null | awk '{ print $4 }' | grep -qE ":($port|$((port + 1))|$((port + 5)))\$" || break
done
mkdir "$directory/ceph" "$directory/work"
MEMSTORE=2147483648 bash "$root/tests/ceph/up.sh" "$directory/ceph" "$port" >"$directory/ceph/up.out" 2>&1 || { tail -5 "$directory/ceph/up.out"; exit 1; }
export AWS_ACCESS_KEY_ID=smartaccess AWS_SECRET_ACCESS_KEY=smartsecret
pool() { dotnet "$root/tests/SmartCache.Pool/bin/Release/net10.0/SmartCache.Pool.dll" "$@"; }
[ -f "$root/tests/SmartCache.Pool/bin/Release/net10.0/SmartCache.Pool.dll" ] || dotnet build "$root/tests/SmartCache.Pool" -c Release -v quiet >&2
pool producers "http://127.0.0.1:$((port + 5))" pool "$directory/work" "$rounds"
pool churn "http://127.0.0.1:$((port + 5))" pool "$directory/work" "$kills" "$gateway" "$directory/ceph"
echo "$((rounds + kills + gateway)) rounds and kills, none with a job that failed or wrong bytes"

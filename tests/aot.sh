#!/usr/bin/env bash
# Publishes a worker with native AOT, outside the repository's tree, and runs it through a miss, an upload that is cancelled, its resumption and a job of which everything is there.
# Beyond what the analyzers of the build check: nothing that the core, the HTTP and the Kubo stage do needs code or metadata that trimming removed.
# Needs clang or gcc, and npm for the IPFS node.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
work="$(mktemp -d)"
node=
trap '[ -z "$node" ] || kill "$node" 2>/dev/null; rm -rf "$work"' EXIT

linker=clang
command -v clang >/dev/null 2>&1 || linker=gcc
echo "Publishing with native AOT ..."
dotnet publish "$root/tests/SmartCache.NativeWorker" -c Release -v quiet --use-current-runtime -p:PublishAot=true -p:CppCompilerAndLinker="$linker" \
    -p:ArtifactsPath="$work/artifacts" -o "$work/worker"

"$root/tests/ipfs-node/install.sh" >/dev/null
port=$((20000 + RANDOM % 10000))
"$root/tests/ipfs-node/start.sh" "$work/repo" "$port" "$((port + 10000))" >"$work/node.txt" 2>&1 &
node=$!
until curl -sf -X POST "http://127.0.0.1:$port/api/v0/version" >/dev/null; do
    kill -0 "$node" 2>/dev/null || { cat "$work/node.txt" >&2; exit 1; }
    sleep 1
done

"$work/worker/SmartCache.NativeWorker" "$work" "http://127.0.0.1:$port" | tee "$work/out.txt"
expect() { grep -qxE "$1" "$work/out.txt" || { echo "There is no line: $1" >&2; exit 1; }; }
expect 'attempt 1: Miss Miss Miss (Task|Operation)CanceledException'
expect 'attempt 2: Hit Hit Hit sent [1-9][0-9]* skipped [1-9][0-9]*'
expect 'attempt 3: Hit Hit Hit sent 0 skipped 42'
expect 'requests to the origin: 1'
echo "Native AOT: miss, cancelled upload, resumption and hit are right."

#!/usr/bin/env bash
# start.sh REPO API_PORT GATEWAY_PORT: runs the node in the foreground on 127.0.0.1, offline, with its data in REPO.
# The process that was started becomes the node itself, so that its pid is the one to end.
set -euo pipefail
repo="$1" api="$2" gateway="$3"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cli="${XDG_CACHE_HOME:-$HOME/.cache}/smartcache-tests/ipfs-node/node_modules/.bin/jsipfs"
export IPFS_PATH="$repo"
export NODE_OPTIONS="--require $here/polyfill.cjs"

if [ ! -e "$repo/config" ]; then
    "$cli" init --profile=test --empty-repo >/dev/null
fi
node "$here/configure.cjs" "$repo/config" "$api" "$gateway"
exec "$cli" daemon --offline

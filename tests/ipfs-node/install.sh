#!/usr/bin/env bash
# Installs the IPFS node that the upload tests run against into a cache folder outside the repository.
# Idempotent: does nothing while the lock file is the one that was installed. Prints the folder.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
target="${XDG_CACHE_HOME:-$HOME/.cache}/smartcache-tests/ipfs-node"
mkdir -p "$target"

# One installer at a time; the lock ends with the process.
exec 9>"$target/.lock"
flock 9

if ! cmp -s "$here/package-lock.json" "$target/.installed"; then
    rm -f "$target/.installed"
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$target/"
    for attempt in 1 2; do
        if (cd "$target" && npm ci --no-progress --no-audit --no-fund >&2); then
            cp "$here/package-lock.json" "$target/.installed"
            break
        fi
        [ "$attempt" = 2 ] && { echo "install.sh: npm ci failed twice" >&2; exit 1; }
        echo "install.sh: npm ci failed, once more" >&2
    done
fi
echo "$target"

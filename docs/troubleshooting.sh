#!/bin/sh
# Makes each symptom of docs/troubleshooting.md happen, with the real library and the real tool, and writes into the page what the commands print: docs/troubleshooting.sh
# Some symptoms need a file system of their own, so that root and mkfs.ext4 are needed for them; the others are written all the same.
set -eu
cd "$(dirname "$0")/.."
SMARTCACHE_WRITE_SNAPSHOTS=1 dotnet test tests/SmartCache.Tests -c Release --filter "FullyQualifiedName~TroubleshootingTests" "$@"
git --no-pager diff --stat -- docs/troubleshooting.md

#!/usr/bin/env bash
# Three workers that share what they make over an object store: samples/pool.sh [--report FILE].
# Installs Ceph and ffmpeg on Debian, starts Ceph on loopback, and ends it. Needs the .NET 10 SDK, and root (or sudo) for what is to be installed.
set -euo pipefail
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
project="$here/PoolWorker"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

case "${1:-}" in
--help)
    sed -n '2,3s/^# //p' "$0"
    exit 0
    ;;
esac
if ! command -v dotnet >/dev/null; then
    echo "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download" >&2
    exit 1
fi

directory=$(mktemp -d)
keep=
finish() {
    [ ! -f "$directory/ceph/pids" ] || xargs kill -KILL <"$directory/ceph/pids" 2>/dev/null || true
    rm -rf "$directory/ceph"
    [ -n "$keep" ] || rm -rf "$directory"
}
trap finish EXIT
trap 'exit 130' INT TERM

missing=()
for need in ffmpeg:ffmpeg radosgw:radosgw ceph-mon:ceph-mon ceph-mgr:ceph-mgr ceph-osd:ceph-osd ceph:ceph-common; do
    command -v "${need%%:*}" >/dev/null || missing+=("${need##*:}")
done
installing=
if [ ${#missing[@]} -gt 0 ]; then
    sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    echo "Installing ${missing[*]} ..."
    { $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$directory/install.log" 2>&1 &
    installing=$!
fi
echo "Building ..."
if ! dotnet build "$project" -c Release -v quiet --artifacts-path "$project/bin/run" -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false >"$directory/build.log" 2>&1; then
    cat "$directory/build.log" >&2
    exit 1
fi
if [ -n "$installing" ] && ! wait "$installing"; then
    cat "$directory/install.log" >&2
    exit 1
fi

# Six ports from the base on, and fifty behind them for the parts of Ceph among themselves.
port=$((20000 + RANDOM % 20000))
echo "Starting Ceph ..."
mkdir "$directory/ceph"
if ! MEMSTORE=2147483648 "$here/../tests/ceph/up.sh" "$directory/ceph" "$port" >"$directory/ceph.log" 2>&1; then
    cat "$directory/ceph.log" >&2
    exit 1
fi

# The SDK finds the credentials in the environment, as it does on a real host.
export AWS_ACCESS_KEY_ID=smartaccess AWS_SECRET_ACCESS_KEY=smartsecret
if ! "$project/bin/run/bin/PoolWorker/release/PoolWorker" \
    --directory "$directory" --endpoint "http://127.0.0.1:$((port + 5))" --store-pid "$(cat "$directory/ceph/rgw.pid")" "$@"; then
    keep=1
    exit 1
fi

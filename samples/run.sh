#!/bin/sh
# Runs the sample: samples/run.sh [--composite] [options]. `samples/run.sh --help` shows the options.
# --composite compiles the worker together with the runtime before it starts, as docs/adoption.md recommends: two minutes of building for half a second of the first job.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
project="$here/EncoderWorker"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

composite=
if [ "${1:-}" = --composite ]; then
    composite=1
    shift
fi

if ! command -v dotnet >/dev/null 2>&1; then
    echo "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download" >&2
    exit 1
fi

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# Beside the build.
installing=
if ! command -v ffmpeg >/dev/null 2>&1 || ! command -v ffprobe >/dev/null 2>&1; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "ffmpeg and ffprobe are needed, and there is no apt-get here to install them with. Install ffmpeg and try again." >&2
        exit 1
    fi
    if [ "$(id -u)" -eq 0 ]; then
        sudo=
    elif command -v sudo >/dev/null 2>&1; then
        sudo=sudo
        sudo -v
    else
        echo "ffmpeg is needed. Run as root: apt-get install ffmpeg" >&2
        exit 1
    fi
    echo "Installing ffmpeg ..."
    { $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ffmpeg; } >"$logs/install" 2>&1 &
    installing=$!
fi

built() {
    if [ -n "$composite" ]; then
        worker="$project/bin/worker/EncoderWorker"
        dotnet publish "$project" -c Release -v quiet --use-current-runtime -o "$project/bin/worker"
    else
        # In a place of its own: the analyzers have their say in the other builds. With tiers: nothing is compiled before the start.
        worker="$project/bin/run/bin/EncoderWorker/release/EncoderWorker"
        dotnet build "$project" -c Release -v quiet --artifacts-path "$project/bin/run" -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -p:TieredCompilation=true
    fi
}
echo "Building ..."
if ! built >"$logs/build" 2>&1; then
    cat "$logs/build" >&2
    exit 1
fi

if [ -n "$installing" ] && ! wait "$installing"; then
    cat "$logs/install" >&2
    echo "ffmpeg could not be installed." >&2
    exit 1
fi

# exec: a Ctrl-C or a SIGTERM reaches the worker itself.
rm -rf "$logs"
trap - EXIT
exec "$worker" "$@"

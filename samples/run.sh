#!/bin/sh
# Runs the sample: samples/run.sh [options]. `samples/run.sh --help` shows them.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
project="$here/EncoderWorker"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

if ! command -v dotnet >/dev/null 2>&1; then
    echo "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download" >&2
    exit 1
fi

if ! command -v ffmpeg >/dev/null 2>&1 || ! command -v ffprobe >/dev/null 2>&1; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "ffmpeg and ffprobe are needed, and there is no apt-get here to install them with. Install ffmpeg and try again." >&2
        exit 1
    fi
    if [ "$(id -u)" -eq 0 ]; then
        sudo=
    elif command -v sudo >/dev/null 2>&1; then
        sudo=sudo
    else
        echo "ffmpeg is needed. Run as root: apt-get install ffmpeg" >&2
        exit 1
    fi
    echo "Installing ffmpeg ..."
    install_log=$(mktemp)
    if ! { $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ffmpeg; } >"$install_log" 2>&1; then
        cat "$install_log" >&2
        rm -f "$install_log"
        echo "ffmpeg could not be installed." >&2
        exit 1
    fi
    rm -f "$install_log"
fi

echo "Building, which takes a minute or two the first time ..."
build_log=$(mktemp)
publish() { dotnet publish "$project" -c Release -v quiet --use-current-runtime "$@" >"$build_log" 2>&1; }
# Where the feed has no runtime to compile with, without it: the first job pays 0.2 s more. In a place of its own, because the SDK would take what one way compiled for the other's.
worker="$project/bin/worker"
apart="$project/bin/apart"
if ! publish -o "$worker"; then
    worker="$apart/worker"
    if ! publish -o "$worker" -p:ArtifactsPath="$apart" -p:PublishSelfContained=false -p:PublishReadyToRunComposite=false; then
        cat "$build_log" >&2
        rm -f "$build_log"
        exit 1
    fi
fi
rm -f "$build_log"

# exec: a Ctrl-C or a SIGTERM reaches the worker itself.
exec "$worker/EncoderWorker" "$@"

#!/usr/bin/env bash
# Publishes the sample worker with native AOT, outside the repository's tree, and runs it through a miss, an upload that fails, its resumption and a hit.
# Beyond what the analyzers of the build check: nothing that the library does needs code or metadata that trimming removed. Needs ffmpeg, and clang or gcc.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

linker=clang
command -v clang >/dev/null 2>&1 || linker=gcc
echo "Publishing with native AOT ..."
dotnet publish "$root/samples/EncoderWorker" -c Release -v quiet --use-current-runtime -p:PublishAot=true -p:CppCompilerAndLinker="$linker" \
    -p:ArtifactsPath="$work/artifacts" -o "$work/worker"

ffmpeg -v error -f lavfi -i testsrc2=size=320x180:rate=25:duration=12 -f lavfi -i sine=duration=12 -c:v libx264 -preset ultrafast -c:a aac "$work/in.mp4"
export XDG_CACHE_HOME="$work/home"
run() { "$work/worker/EncoderWorker" --video "$work/in.mp4" --profiles 480p --cache "$work/cache" --report "$work/$1.json"; }

# expect REPORT KEY VALUE...: the key's values, attempt by attempt.
expect() {
    local report="$1" key="$2" found
    found="$(sed -n "s/^ *\"$key\": \([a-z0-9]*\),*$/\1/p" "$work/$report.json" | tr '\n' ' ')"
    shift 2
    [ "$found" = "$* " ] || { echo "$report: $key is $found, not $*." >&2; exit 1; }
}

run first
expect first succeeded false true
expect first encodedProfiles 1 0
expect first encodeHits 0 1
sent="$(sed -n 's/^ *"uploadedFiles": \([0-9]*\),*$/\1/p' "$work/first.json" | head -1)"
skipped="$(sed -n 's/^ *"skippedFiles": \([0-9]*\),*$/\1/p' "$work/first.json" | tail -1)"
[ "$sent" -gt 0 ] && [ "$sent" = "$skipped" ] || { echo "The retry skipped $skipped files of $sent that were sent." >&2; exit 1; }

run second
expect second succeeded true
expect second downloadedBytes 0
expect second encodedProfiles 0
expect second uploadedFiles 0
echo "Native AOT: miss, failed upload, resumption and hit are right."

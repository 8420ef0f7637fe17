#!/usr/bin/env bash
# Plays what a killed and resumed encode has made in Debian's Chromium with hls.js: tests/browser/run.sh. Needs the built solution, ffmpeg and chromium; installs hls.js.
# The last line begins with the number of profiles that were played over the joint without a stall, an error or a jump.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
worker="$here/../../samples/EncoderWorker/bin/Release/net10.0/EncoderWorker.dll"
target="${XDG_CACHE_HOME:-$HOME/.cache}/smartcache-tests/browser"
mkdir -p "$target"
(
    flock 9
    if ! cmp -s "$here/package-lock.json" "$target/.installed"; then
        cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$target/"
        (cd "$target" && npm ci --no-progress --no-audit --no-fund >&2)
        cp "$here/package-lock.json" "$target/.installed"
    fi
) 9>"$target/.lock"

work="$(mktemp -d)"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 -t 40 \
    -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac "$work/video.mp4"

played=0
for profile in 720p 480p; do
    # A home of its own for each: the first attempt is to be one.
    XDG_CACHE_HOME="$work/$profile" dotnet "$worker" --video "$work/video.mp4" --profiles "$profile" --crash-at 80 --report "$work/report.json" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    node -e '
        const [attempt] = JSON.parse(require("fs").readFileSync(process.argv[1])).attempts;
        console.error(`attempt ${attempt.attempt}: ${attempt.encodedSeconds} s of 40 s encoded`);
        process.exit(attempt.attempt === 2 && attempt.encodedSeconds > 1 && attempt.encodedSeconds < 32 ? 0 : 1);' "$work/report.json" \
        || { echo "The encode did not go on in the middle." >&2; cat "$work/log" >&2; exit 1; }
    playlist="$(sed -n 's/^Published: //p' "$work/log")"
    node "$here/play.mjs" "$target/node_modules" "$playlist" >"$work/seen.json" &
    wait $!
    cat "$work/seen.json" >&2
    node -e '
        const seen = JSON.parse(require("fs").readFileSync(process.argv[1]));
        const right = seen.ended && seen.errors.length === 0 && seen.stalls === 0 && seen.jumps.length === 0 && seen.ranges === 1 && seen.buffered === 1 && Math.abs(seen.at - 40) < 0.3;
        process.exit(right ? 0 : 1);' "$work/seen.json" || { echo "It does not play as one piece." >&2; exit 1; }
    played=$((played + 1))
done
echo "$played profiles played over the joint"

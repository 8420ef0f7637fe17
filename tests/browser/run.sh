#!/usr/bin/env bash
# Plays what a killed and resumed encode has made in Debian's Chromium with hls.js: tests/browser/run.sh. Needs the built solution, ffmpeg, node and chromium; installs hls.js.
# Then looks at reports of the tool (report.sh). The last line begins with the number of cases: the profile played over the joint without a stall, an error or a jump, and the same with a segment taken out, which is told.
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
ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 -t 24 \
    -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac "$work/video.mp4"

# A home of its own: the first attempt is to be one.
XDG_CACHE_HOME="$work/home" dotnet "$worker" --video "$work/video.mp4" --profiles 720p --crash-at 80 --report "$work/report.json" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
node -e '
    const [attempt] = JSON.parse(require("fs").readFileSync(process.argv[1])).attempts;
    console.error(`attempt ${attempt.attempt}: ${attempt.encodedSeconds} s of 24 s encoded`);
    process.exit(attempt.attempt === 2 && attempt.encodedSeconds > 1 && attempt.encodedSeconds < 20 ? 0 : 1);' "$work/report.json" \
    || { echo "The encode did not go on in the middle." >&2; cat "$work/log" >&2; exit 1; }
playlist="$(sed -n 's/^Published: //p' "$work/log")"

# play PLAYLIST: whether it plays as one piece.
play() {
    TMPDIR="$work" node "$here/play.mjs" "$target/node_modules" "$1" >"$work/seen.json" &
    wait $!
    cat "$work/seen.json" >&2
    node -e '
        const seen = JSON.parse(require("fs").readFileSync(process.argv[1]));
        const right = seen.ended && seen.errors.length === 0 && seen.stalls === 0 && seen.jumps.length === 0 && seen.ranges === 1 && seen.buffered === 1 && Math.abs(seen.at - 24) < 0.3;
        process.exit(right ? 0 : 1);' "$work/seen.json"
}

play "$playlist" || { echo "It does not play as one piece." >&2; exit 1; }

mkdir "$work/hole"
cp -r "$(dirname "$playlist")"/. "$work/hole/"
node -e '
    const fs = require("fs");
    const lines = fs.readFileSync(process.argv[1], "utf8").split("\n");
    const segments = lines.map((line, at) => line.startsWith("#EXTINF") ? at : -1).filter(at => at >= 0);
    lines.splice(segments[Math.floor(segments.length / 2)], 2);
    fs.writeFileSync(process.argv[1], lines.join("\n"));' "$work"/hole/720p/*.m3u8
if play "$work/hole/$(basename "$playlist")"; then
    echo "A playlist without one of its segments plays as one piece: the page sees nothing." >&2
    exit 1
fi

reports="$("$here/report.sh" | tee /dev/stderr | sed -n '$s/ .*//p')"

echo "$((2 + reports)) cases: the profile plays over the joint, a hole is told, and the reports are right"

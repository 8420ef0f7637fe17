#!/usr/bin/env bash
# Looks at the pages that 'smartcache report' makes of some histories in Debian's Chromium: tests/browser/report.sh. Needs the built solution, node and chromium.
# With --pictures it takes the pictures of the documentation anew. The last line begins with the number of cases.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
tool="$here/../../src/SmartCache.Tool/bin/Release/net10.0/SmartCache.Tool.dll"
worker="$here/../SmartCache.Worker/bin/Release/net10.0/SmartCache.Worker.dll"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cases=0

# sample NAME DAYS JOBS_PER_DAY [TAIL]: a cache and its settings.
sample() {
    dotnet "$worker" sample-cache "$work/$1" "$2" "$3" 0 "${4:-}" >&2
    printf '{"Cache":{"Directory":"%s","MaxSize":"60GB"}}' "$work/$1" >"$work/$1.json"
}

# page NAME: its report and its figures.
page() {
    dotnet "$tool" report --settings "$work/$1.json" -o "$work/$1.html" >/dev/null
    dotnet "$tool" stats --settings "$work/$1.json" --json >"$work/$1.stats"
}

# is_right NAME: nothing is wrong with the page.
is_right() {
    page "$1"
    TMPDIR="$work" node "$here/report.mjs" "$work/$1.html" --stats "$work/$1.stats" >"$work/seen" || { echo "The page '$1' is wrong:" >&2; cat "$work/seen" >&2; exit 1; }
    cases=$((cases + 1))
}

# is_told WHAT SED: a page that is spoilt so is told.
is_told() {
    sed "$2" "$work/month.html" >"$work/spoilt.html"
    if cmp -s "$work/month.html" "$work/spoilt.html"; then echo "Nothing was spoilt: $1" >&2; exit 1; fi
    if TMPDIR="$work" node "$here/report.mjs" "$work/spoilt.html" --stats "$work/month.stats" >"$work/seen" || ! grep -q "$1" "$work/seen"; then
        echo "Not told: $1" >&2
        cat "$work/seen" >&2
        exit 1
    fi
    cases=$((cases + 1))
}

sample month 31 18
if [ "${1:-}" = --pictures ]; then
    page month
    sed -i "s#$work/month#/var/cache/encoder#g" "$work/month.html"
    TMPDIR="$work" node "$here/report.mjs" "$work/month.html" --pictures "$here/../../docs"
    rm "$here"/../../docs/report-*-whole.png
    exit
fi

is_right month
sample nothing 0 0
is_right nothing
sample one 1 2
first="$(head -1 "$work"/one/history/*1.events)"
rm "$work"/one/history/*
echo "$first" >"$work/one/history/00000001.events"
is_right one
sample day 1 30
is_right day
sample year 365 3
is_right year
sample hostile 2 12 '"><script>alert(1)</script><img src=x onerror=alert(1)>'"$(printf 'W%.0s' {1..90})"
is_right hostile
sample pool 3 8
sed -i 's#}}$#,"Remote":{"Mode":"ReadWrite","S3":{"Endpoint":"http://rgw.internal:7480","Bucket":"pool"}}}}#' "$work/pool.json"
is_right pool
grep -q 'Shared with the pool' "$work/pool.html" || { echo "The page says nothing of the pool" >&2; exit 1; }

is_told 'request: http' 's#</main>#<img src="http://127.0.0.1:9/x.png"></main>#; s#<meta http-equiv[^>]*>##'
is_told 'the page has a script' 's#</main>#<script>console.log(1)</script></main>#'
is_told 'log: ' 's#</main>#<img src="http://127.0.0.1:9/x.png"></main>#'
is_told 'outside the screen' 's#<h2>Entries#<h2 class="nowrap">WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW#'
is_told 'overlap' 's#>MaxSize</text>#>MaxSize</text><text x="60" y="222">overlapping text</text><text x="70" y="224">and another</text>#'
is_told 'has no name' 's#<title id="chart2t">[^<]*</title>##'
is_told 'does not say' 's#<div class="big">[0-9.]* days</div>#<div class="big">1.0 days</div>#'
echo "$cases cases: the pages are right, and what is spoilt is told"

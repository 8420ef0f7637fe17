#!/usr/bin/env bash
# Runs all tests: tests/run.sh [arguments for dotnet test, such as --filter NAME]. Installs what they need on Debian.
# The last line is "N passed, N failed, N skipped" however it ends; the exit code is that of the tests, or 1.
set -euo pipefail

# Whatever ends the script before the tests were counted is one failure: no SDK, a build that fails, a runner that dies, a signal.
summary="0 passed, 1 failed, 0 skipped"
status=1
beside=()
trap 'trap - EXIT; for id in "${beside[@]}"; do kill "$id" 2>/dev/null || true; done; echo "$summary"; exit "$status"' EXIT
trap 'exit 1' HUP INT TERM
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1

if ! command -v dotnet >/dev/null 2>&1; then
    echo "The .NET 10 SDK is needed." >&2
    exit 1
fi

# Everything that the tests need and Debian has, in one go and beside the build. program:package. Real media, real file systems, real faults.
missing=()
for need in ffmpeg:ffmpeg ffprobe:ffmpeg mkfs.xfs:xfsprogs mkfs.btrfs:btrfs-progs strace:strace systemd-analyze:systemd mount:mount flock:util-linux setpriv:util-linux fsfreeze:util-linux prlimit:util-linux bindfs:bindfs gcc:gcc curl:curl git:git unzip:unzip chromium:chromium ceph-mon:ceph-mon ceph-mgr:ceph-mgr ceph-osd:ceph-osd radosgw:radosgw ceph:ceph-common; do
    command -v "${need%%:*}" >/dev/null 2>&1 || PATH="$PATH:/usr/sbin:/sbin" command -v "${need%%:*}" >/dev/null 2>&1 || missing+=("${need##*:}")
done
install() {
    if [ "${#missing[@]}" -gt 0 ]; then
        local sudo=""
        [ "$(id -u)" -eq 0 ] || sudo="sudo"
        $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" \
            || echo "Could not install ${missing[*]}; tests that need them are skipped with the reason."
    fi
    # The IPFS node of the upload tests. Without it (no npm, no registry) they are skipped with the reason.
    tests/ipfs-node/install.sh || echo "The IPFS node could not be installed; its tests are skipped."
}
export PATH="$PATH:/usr/sbin:/sbin"
installed="$(mktemp)"
install >"$installed" 2>&1 &

# How long workers are killed at random; half a minute where the tests are run by hand.
export SMARTCACHE_TORTURE_MINUTES="${SMARTCACHE_TORTURE_MINUTES:-1}"

results="$root/TestResults"
rm -rf "$results"
mkdir "$results"
export SMARTCACHE_SHARES="$results/shares.txt"
: >"$SMARTCACHE_SHARES"
# With all analyzers, where a warning is an error.
dotnet build SmartCache.sln -c Release -v quiet
wait
grep -iE '^(could not|the ipfs node|e: )' "$installed" >&2 || true
rm -f "$installed"

# A share that needs no test runner goes on beside it: share NAME LIMIT LEAST COMMAND..., where the command's last line begins with the number of its cases.
share() {
    local name="$1" limit="$2" least="$3" began=$SECONDS ended=0 cases
    shift 3
    timeout --kill-after=10 "$limit" "$@" >"$results/$name.log" 2>&1 &
    trap "kill $! 2>/dev/null; exit 1" HUP TERM
    wait $! || ended=$?
    cases="$(sed -n '$s/^\([0-9][0-9]*\) .*/\1/p' "$results/$name.log")"
    echo "share $name: $((SECONDS - began)) s of $limit s, ${cases:-0} cases" >>"$SMARTCACHE_SHARES"
    [ "${cases:-0}" -ge "$least" ] || ended=1
    echo "$ended" >"$results/$name.ended"
}
packages=""
if [ "$#" -eq 0 ]; then
    if git -c safe.directory="*" rev-parse --git-dir >/dev/null 2>&1; then
        # What a stranger builds on: packed twice, compared, looked at, and a worker built against it.
        packages=yes
        share packages 1800 3 tests/package.sh >/dev/null 2>&1 &
        beside+=($!)
    else
        echo "skipped: packages: this is no git clone, and it packs from clones"
    fi
fi

tests=0
dotnet test tests/SmartCache.Tests -c Release --no-build --results-directory "$results" \
    --logger "trx;LogFileName=tests.trx" --logger "console;verbosity=minimal" --blame-hang --blame-hang-timeout 10m --blame-hang-dump-type none \
    --collect "XPlat Code Coverage" --settings tests/coverage.runsettings "$@" || tests=$?

passed=0; failed=0; skipped=0
if [ -n "$packages" ]; then
    wait "${beside[@]}" || true
    beside=()
    # A share that left nothing was killed.
    if [ "$(cat "$results/packages.ended" 2>/dev/null)" = 0 ]; then
        passed=1
    else
        tail -30 "$results/packages.log" >&2 || true
        echo "Failed: packages" >&2
        failed=1
    fi
elif [ "$#" -eq 0 ]; then
    skipped=1
fi

# A share by itself: beside the tests a stall would be the machine's. alone NAME LIMIT LEAST COMMAND... "PROGRAM...", which the machine may lack.
alone() {
    local name="$1" needs="${*: -1}" need
    for need in $needs; do
        if ! command -v "$need" >/dev/null 2>&1; then
            echo "skipped: $name: there is no $need"
            skipped=$((skipped + 1))
            return
        fi
    done
    share "${@:1:$#-1}"
    if [ "$(cat "$results/$name.ended" 2>/dev/null)" = 0 ]; then
        passed=$((passed + 1))
    else
        tail -30 "$results/$name.log" >&2 || true
        echo "Failed: $name" >&2
        failed=$((failed + 1))
    fi
}
if [ "$#" -eq 0 ]; then
    # What a resumed encode has made, and the pages of the tool, in a browser.
    alone browser 300 12 tests/browser/run.sh "chromium node"
    # Workers of several hosts on one real Ceph: one producer, kills of workers and of the gateway.
    alone pool 120 14 tests/pool.sh 5 7 2 "ceph-mon ceph-mgr ceph-osd radosgw ceph"
fi

if [ ! -f "$results/tests.trx" ]; then
    echo "The test runner left no results." >&2
    exit 1
fi

for trx in "$results"/*.trx; do
    grep -o '<UnitTestResult [^>]*outcome="NotExecuted"' "$trx" | grep -o 'testName="[^"]*"' | sed 's/^testName=/skipped: /' || true
    counters="$(grep -o '<Counters [^>]*' "$trx")"
    count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
    passed=$((passed + $(count passed))); failed=$((failed + $(count executed) - $(count passed))); skipped=$((skipped + $(count total) - $(count executed)))
done
cat "$SMARTCACHE_SHARES"
if [ "$tests" -ne 0 ] && [ "$failed" -eq 0 ]; then
    # A runner that died may leave results in which every test that ended had passed.
    echo "The test run failed, although no test did." >&2
    failed=1
fi

# Lines of src/SmartCache that the tests run through, told only for a whole run.
if [ "$#" -eq 0 ]; then
    rate="$(grep -ho '<package [^>]*name="SmartCache"[^>]*' "$results"/*/coverage.cobertura.xml | grep -o 'line-rate="[^"]*"' | head -1 | cut -d'"' -f2 || true)"
    if [ -z "$rate" ]; then
        # A collector that no longer runs would otherwise take the limit away without a word.
        echo "No line coverage of src/SmartCache was collected." >&2
        tests=1
    else
        awk -v rate="$rate" 'BEGIN { printf "Line coverage of src/SmartCache: %.1f %%\n", rate * 100 }'
        if awk -v rate="$rate" 'BEGIN { exit !(rate < 0.9) }'; then
            echo "Line coverage of src/SmartCache is below 90 %." >&2
            tests=1
        fi
    fi
fi

[ "$failed" -eq 0 ] || tests=1
summary="$passed passed, $failed failed, $skipped skipped"
status="$tests"

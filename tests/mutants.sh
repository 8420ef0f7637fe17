#!/usr/bin/env bash
# Changes the code of the named files, one small change at a time, and looks whether a test turns red: tests/mutants.sh [FILE...], files below src/SmartCache.
# Uses dotnet-stryker on a clone of the commit that is checked out, with the test classes named below: those whose tests do their work in this process. A change that
# no test notices needs a row in docs/mutants.md with the reason why it may stay. The last line is "N mutants, N killed, N survive"; the exit code is 0 only if each survivor has its row.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
version=5.1.0

# What a wrong byte or a wrong claim would go through.
files=(
    Storage/Platform/SettledTime.cs
    Storage/ContentHasher.cs
    Storage/KnownFiles.cs
    Storage/StagedFiles.cs
    Storage/EntryCheck.cs
    Storage/EntryLookUp.cs
    Storage/Materializer.cs
    Profiles/ProfileAcceptance.cs
    Storage/ChecksummedLine.cs
    Uploads/JournalRecord.cs
    Uploads/JournalReader.cs
)
[ "$#" -eq 0 ] || files=("$@")

tests=(
    SettledTimeTests KnownFilesTests ContentHasherTests EntryCheckTests StagedFilesTests EntryStoreTests ExchangedEntryTests ChangedWhileReadTests LastLookTests
    PublishTests
    MaterializerTests MaterializerMountTests SharedFileLeaseTests FileModesTests ModesAndOwnersTests CollidingEntriesTests PlantedFilesTests ThrownAwayStagingTests
    YoungTimeTests TimesAheadTests HitProgressTests HeldFileTests UnseekableFileTests UnreadablePlaceTests RemovalOnFullDiskTests RecheckTests FlushTests
    FormatFixtureTests NewerRecordsTests EntryPathTests OutputGrowthTests ProfileAcceptanceTests ProfileCommitTests ProfileCacheTests CachingProfileEncoderTests
    ClosestProfileTests SourceCacheTests SourceAcceptanceTests CachingVideoDownloaderTests OddSourcesTests SelfHealingTests JournalRecordTests JournalReaderTests
    TargetJournalTests JournalUpkeepTests JournalOnBadDisksTests NewerKnowledgeTests UploadSessionTests UploadFaultTests ConfirmationsFlushTests
)
# They pass through nearly everything and take seconds, for promises that nothing here is about.
slow=(Profile_of_500_segments Look_at_a_directory_of_very_many_files)

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 RunAnalyzers=false
git clone -q "$root" "$work/clone"
dotnet tool install dotnet-stryker --version "$version" --tool-path "$work/tools" >/dev/null

join() { local between="$1" text="$2" one; shift 2; for one in "$@"; do text+="$between$one"; done; printf '%s' "$text"; }
cat >"$work/stryker.json" <<CONFIG
{ "stryker-config": {
    "project": "SmartCache.csproj", "configuration": "Release", "concurrency": 4, "coverage-analysis": "perTest", "reporters": ["json"],
    "additional-timeout": 20000,
    "mutate": [$(join ', ' "" "${files[@]/#/\"**/}" | sed 's/^, //; s/\.cs/.cs"/g')],
    "ignore-methods": ["ConfigureAwait", "Beat"],
    "test-case-filter": "$(join '|' "" "${tests[@]/#/FullyQualifiedName~.}" | sed 's/^|//; s/.*/(&)/')$(join '&' "" "${slow[@]/#/FullyQualifiedName!~}")"
} }
CONFIG
cd "$work/clone/tests/SmartCache.Tests"
"$work/tools/dotnet-stryker" --config-file "$work/stryker.json" --output "$work/report" >"$work/log" 2>&1 || { tail -40 "$work/log" >&2; exit 1; }

node - "$work/report/reports/mutation-report.json" "$root/docs/mutants.md" "${files[@]}" <<'SCRIPT'
const fs = require('fs');
const [report, page] = process.argv.slice(2, 4).map(path => fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '');
const rows = new Set([...page.matchAll(/^\| `([^`]+)` \| `(.+?)` → `(.*?)` \|/gm)].map(row => row.slice(1).join('\t')));
const words = text => text.replace(/\s+/g, ' ').replace(/[`|]/g, '').trim().slice(0, 90);
let [killed, without] = [0, 0];
const survivors = new Map();
for (const [path, file] of Object.entries(JSON.parse(report).files)) {
    const lines = file.source.split('\n');
    for (const mutant of file.mutants) {
        if (mutant.status === 'Killed' || mutant.status === 'Timeout') { killed++; continue; }
        if (mutant.status !== 'Survived' && mutant.status !== 'NoCoverage') continue;
        const { start, end } = mutant.location;
        const original = start.line === end.line
            ? lines[start.line - 1].slice(start.column - 1, end.column - 1)
            : [lines[start.line - 1].slice(start.column - 1), ...lines.slice(start.line, end.line - 1), lines[end.line - 1].slice(0, end.column - 1)].join(' ');
        const row = [path.split('/').pop(), words(original), words(mutant.replacement ?? '')];
        const key = row.join('\t');
        survivors.set(key, { row, line: start.line, times: (survivors.get(key)?.times ?? 0) + 1 });
    }
}
for (const { row, line } of survivors.values()) {
    if (rows.has(row.join('\t'))) continue;
    without++;
    console.log(`no row: | \`${row[0]}\` | \`${row[1]}\` → \`${row[2]}\` | (line ${line})`);
}
const mutated = new Set(process.argv.slice(4).map(path => path.split('/').pop()));
for (const row of rows) if (!survivors.has(row) && mutated.has(row.split('\t')[0])) console.log(`not needed any more: ${row}`);
const survive = [...survivors.values()].reduce((sum, { times }) => sum + times, 0);
console.log(`${killed + survive} mutants, ${killed} killed, ${survive} survive`);
process.exit(without > 0 ? 1 : 0);
SCRIPT

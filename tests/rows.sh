#!/usr/bin/env bash
# Prints each kind of fault that was found before the first release, with the tests that guard it, or the reason why none does.
# FoundRowsTests holds the same table to be whole; this only shows it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

{
    # A trait on a method names that method; one on a class names the class.
    find tests -name '*.cs' -not -path '*/obj/*' -not -path '*/bin/*' -print0 | sort -z | xargs -0 awk '
        FNR == 1 { pending = "" }
        /\[.*Trait\("Found", "/ {
            line = $0
            while (match(line, /Trait\("Found", "[^"]+"\)/)) {
                pending = pending substr(line, RSTART + 16, RLENGTH - 18) " "
                line = substr(line, RSTART + RLENGTH)
            }
            next
        }
        pending != "" && match($0, /(class|void|Task|ValueTask) [A-Za-z_0-9]+/) {
            name = substr($0, RSTART, RLENGTH); sub(/^[A-Za-z]+ /, "", name)
            file = FILENAME; sub(/.*\//, "", file); sub(/\.cs$/, "", file)
            count = split(pending, rows, " ")
            for (i = 1; i <= count; i++) print rows[i] "\t" (name == file ? file : file "." name)
            pending = ""
        }'
    sed -nE 's/^\| (M[0-9]+[a-z]?|S6-[a-z-]+) \| (.*) \|$/\1\t(no test: \2)/p' docs/decisions.md
} | sort -t$'\t' -k1,1V -k2,2 | awk -F'\t' '
    $1 != row { if (row != "") print ""; printf "%s", $1; row = $1; rows++; if ($2 ~ /^\(no test/) without++; else with++ }
    { print "\t" $2; if ($2 !~ /^\(no test/) tests++ }
    END { printf "\n%d rows, %d with tests (%d tests), %d without\n", rows, with, tests, without }'

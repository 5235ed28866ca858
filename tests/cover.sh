#!/bin/sh
# cover.sh BUILD - runs dialogues and scripts on a build with -Db_coverage=true, then tells for each
# file how many of its lines were reached, the worst first.
# SPDX-License-Identifier: Apache-2.0
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$1
MAILKEEP=$(cd "$build" && pwd)/mailkeep
export MAILKEEP
"$here/dialogue.py" >/dev/null || true
for script in "$here"/*/test_*.py; do
	case $script in */crash/*) continue ;; esac
	"$script" >/dev/null 2>&1 || echo "failed: $script" >&2
done
cd "$build"
find libmailkeep.a.p -name '*.gcda' | while read -r data; do
	gcov -n "$data" 2>/dev/null
done | awk -v top="$top/" '
	/^File / { file = $2; gsub(/\x27/, "", file); sub(top, "", file); sub(/^\.\.\//, "", file) }
	/^Lines executed:/ && file ~ /^src\/.*\.c$/ {
		split($0, part, /[:% ]+/); printf "%6.1f %%  of %5d  %s\n", part[3], part[5], file; file = ""
	}' | sort -n | tee cover.txt

#!/bin/sh
# run.sh SECONDS [TARGET...] - runs fuzz targets on their saved corpus and SECONDS of fuzzing each,
# two at a time; a line "ok fuzz/NAME" or "not ok fuzz/NAME: why" for each. Exit 0: all ok.
# SPDX-License-Identifier: Apache-2.0
#
# FUZZ_BUILD: the build folder (default: build-fuzz, made if missing). FUZZ_KEEP: a folder that
# keeps what was found to be worth keeping (NAME/) and what fails (crash-NAME-*); without it all
# that is written goes away, but for failing inputs, which are left in the build folder.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
build=${FUZZ_BUILD:-$top/build-fuzz}
keep=${FUZZ_KEEP:-}

one() { # SECONDS NAME, in a process of its own
	name=$2
	work=$(mktemp -d) || exit 1
	trap 'rm -rf "$work"' EXIT
	found=${keep:+$keep/$name}
	found=${found:-$work/found}
	failed=${keep:-$build}
	seeds=$top/fuzz/$name
	[ -d "$seeds" ] || seeds=
	dict=$top/fuzz/$name.dict
	[ -f "$dict" ] && dict=-dict=$dict || dict=
	mkdir -p "$found" "$failed"
	# first what is saved, each input once, then new ones; -timeout is for one input
	if ! "$build/${name}_fuzz" -runs=0 -timeout=20 -rss_limit_mb=1024 \
		-artifact_prefix="$failed/crash-$name-" "$found" ${seeds:+"$seeds"} >"$work/log" 2>&1 ||
	   ! "$build/${name}_fuzz" -max_total_time="$1" -timeout=20 -rss_limit_mb=1024 -max_len=16384 \
		-print_final_stats=1 ${dict:+"$dict"} -artifact_prefix="$failed/crash-$name-" "$found" ${seeds:+"$seeds"} \
		>>"$work/log" 2>&1
	then
		why=$(grep -m1 -E 'SUMMARY|ERROR|Assertion|not found|No such' "$work/log" | tr -d '\n')
		echo "not ok fuzz/$name: ${why:-see $failed/log-$name}"
		cp "$work/log" "$failed/log-$name"
		exit 1
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
	echo "ok fuzz/$name ${runs:-0} runs"
}

if [ "${1:-}" = --one ]; then
	one "$2" "$3"
	exit
fi
case ${1:-} in
'' | *[!0-9]*) echo "usage: $0 SECONDS [TARGET...]" >&2; exit 64 ;;
esac
seconds=$1
shift
if [ ! -f "$build/build.ninja" ]; then
	CC=clang meson setup "$build" "$top" -Dfuzzers=true -Db_sanitize=address,undefined \
		-Db_lundef=false >/dev/null || exit 1
fi
if [ $# -eq 0 ]; then
	set -- $(cd "$top" && meson introspect --targets "$build" |
		grep -o '"name": "[a-z0-9-]*_fuzz"' | sed 's/.*"\([a-z0-9-]*\)_fuzz"/\1/' | sort -u)
fi
targets=$(printf '%s_fuzz ' "$@")
# shellcheck disable=SC2086
ninja -C "$build" $targets >"$build/ninja.log" 2>&1 || {
	tail -20 "$build/ninja.log" >&2
	for name; do echo "not ok fuzz/$name: does not build"; done
	exit 1
}
printf '%s\n' "$@" | FUZZ_BUILD=$build xargs -P 2 -n 1 "$0" --one "$seconds"

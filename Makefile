# Makefile - short names for what meson and the scripts do.
# SPDX-License-Identifier: Apache-2.0
.PHONY: all test asan tsan fuzz fuzz-long survive-long lint fmt cover bench clean install reference

all: build/build.ninja
	ninja -C build -j 2

build/build.ninja:
	meson setup build

test:
	./test

asan:
	[ -f build-asan/build.ninja ] || meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false -Dfaults=true
	ninja -C build-asan -j 2

tsan:
	[ -f build-tsan/build.ninja ] || meson setup build-tsan -Db_sanitize=thread -Db_lundef=false
	ninja -C build-tsan -j 2
	meson test -C build-tsan --suite unit --no-rebuild -t 5 -q
	for t in tests/cmd/test_*.py tests/pop3/test_*.py tests/smtp/test_*.py tests/lmtp/test_*.py; do \
		MAILKEEP=build-tsan/mailkeep MK_WAIT=90 TSAN_OPTIONS=exitcode=66 $$t || exit 1; done

fuzz:
	./test fuzz

fuzz-long: SECONDS ?= 600
fuzz-long:
	[ -f build-fuzz/build.ninja ] || CC=clang-14 meson setup build-fuzz -Dfuzzers=true -Db_sanitize=address,undefined -Db_lundef=false
	FUZZ_BUILD=build-fuzz fuzz/run.sh $(SECONDS)

lint:
	./test lint

# Shows what clang-format would change; FIX=1 changes it.
fmt:
	git ls-files 'src/*.[ch]' | xargs clang-format $(if $(FIX),-i,--dry-run)

# Which lines no unit test and no script reaches: build-cover/cover.txt
cover:
	[ -f build-cover/build.ninja ] || meson setup build-cover -Db_coverage=true
	ninja -C build-cover -j 2
	find build-cover -name '*.gcda' -delete
	meson test -C build-cover --suite unit -q --no-rebuild
	BUILD=build-cover MAILKEEP=build-cover/mailkeep tests/cover.sh build-cover

# doc/reference.md from the tables in the source
reference: all
	build/mailkeep manual reference.md >doc/reference.md

# The crash tests in their long form: power cuts, kill -9, every failing call, rotten bits.
survive-long: all asan
	[ -f build-faults/build.ninja ] || meson setup build-faults -Dfaults=true
	ninja -C build-faults -j 2
	BUILD=build-faults IMAGES=6000 tests/crash/test_images.py
	MAILKEEP=build/mailkeep KILLS=600 SECONDS=0 tests/crash/test_kill9.py
	BUILD=build-faults LONG=1 tests/crash/test_faults.py
	tests/crash/test_disk.py

bench: all
	bench/run.py --out bench/results/$$(date +%Y-%m-%d).txt

clean:
	rm -rf build build-asan build-tsan build-fuzz build-cover build-faults

install: all
	meson install -C build

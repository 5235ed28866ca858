# Makefile - short names for what meson and the scripts do.
# SPDX-License-Identifier: Apache-2.0
.PHONY: all test asan tsan fuzz fuzz-long survive-long lint fmt cover bench clean install

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

fuzz:
	./test fuzz

lint:
	./test lint

# The crash tests in their long form: power cuts, kill -9, every failing call, rotten bits.
survive-long: all asan
	[ -f build-faults/build.ninja ] || meson setup build-faults -Dfaults=true
	ninja -C build-faults -j 2
	BUILD=build-faults IMAGES=6000 test/crash/test_images.py
	MAILKEEP=build/mailkeep KILLS=600 SECONDS=0 test/crash/test_kill9.py
	BUILD=build-faults LONG=1 test/crash/test_faults.py
	test/crash/test_disk.py

bench: all
	bench/run.py --out bench/results/$$(date +%Y-%m-%d).txt

clean:
	rm -rf build build-asan build-tsan build-fuzz build-cover build-faults

install: all
	meson install -C build

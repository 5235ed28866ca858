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

clean:
	rm -rf build build-asan build-tsan build-fuzz build-cover

install: all
	meson install -C build

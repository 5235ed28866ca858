#!/usr/bin/env python3
# test_images.py - power cuts (images.c), and the three planted faults that they must catch.
# SPDX-License-Identifier: Apache-2.0
#
#   env IMAGES=1500 SEED=7 tests/crash/test_images.py
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from programs import finish, run # noqa: E402

IMAGES = int(os.environ.get('IMAGES', '1500'))
SEED = int(os.environ.get('SEED', str(random.randrange(10 ** 6) * 1000)))

ok = run('images', '--images', IMAGES, '--seed', SEED)
for fault in ('no-segment-sync', 'commit-before-sync', 'no-checkpoint-reader'):
	ok &= run('images', '--images', IMAGES, '--seed', SEED, '--fault', fault)
finish(ok)

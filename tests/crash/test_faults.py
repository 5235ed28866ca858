#!/usr/bin/env python3
# test_faults.py - each call fails once (calls.c); bits and index pages rot (flips.c).
# SPDX-License-Identifier: Apache-2.0
#
#   env LONG=1: every call and not a sample, and ten times the damage
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from programs import finish, run # noqa: E402

LONG = os.environ.get('LONG')

ok = run('calls', '--most', 1000000 if LONG else 40)
ok &= run('flips', '--flips', 10000 if LONG else 1000, '--pages', 2000 if LONG else 200)
finish(ok)

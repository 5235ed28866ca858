#!/usr/bin/env python3
# test_rows.py - every row of PROTOCOLS 1.1 and 1.2 that is due is named by a test.
# SPDX-License-Identifier: Apache-2.0
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from mk import TOP, case, main

DUE = ['P%d' % n for n in range(1, 11)] + ['C%d' % n for n in range(1, 21)] + ['R9']


@case
def every_row_has_a_test():
	named = set()
	for path in glob.glob(TOP + '/tests/*/*.t') + glob.glob(TOP + '/tests/*/test_*.py') + \
			glob.glob(TOP + '/src/pop/*_test.c'):
		with open(path, encoding='utf-8') as f:
			named |= set(re.findall(r'^(?:#|/\*| \*) row ([A-Z]\d+)', f.read(), re.M))
	missing = [row for row in DUE if row not in named]
	assert not missing, 'no test names ' + ' '.join(missing)


main()

#!/usr/bin/env python3
# run.py - the figures of issue 2, both sides in one run, beside their goals.
# SPDX-License-Identifier: Apache-2.0
#
#   bench/run.py [--only poll,drain,...] [--sides dovecot,canned,mailkeep] [--quick] [--build DIR]
#
# As root (Dovecot wants it). The table goes to the terminal and to bench/results/.
import argparse
import datetime
import os
import platform
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import measure # noqa: E402
from servers import Canned, Dovecot, Mailkeep # noqa: E402

SECTIONS = ['lmtp', 'mix', 'poll', 'drain', 'idle', 'upload', 'restart', 'rebuild']


class Report:
    def __init__(self):
        self.lines, self.missed = [], []

    def say(self, text=''):
        print(text, flush=True)
        self.lines.append(text)

    def row(self, what, ours, theirs, ratio, goal, met):
        verdict = 'yes' if met else 'NO'
        if not met:
            self.missed.append(what)
        self.say('%-44s %14s %14s %10s %12s  %s' % (what, ours, theirs, ratio, goal, verdict))

    def times(self, what, ours, theirs, goal, unit=''):
        """Ours must be `goal` times theirs."""
        if ours is None or theirs is None:
            return self.half(what, ours, theirs, unit)
        r = ours / theirs
        self.row(what, fmt(ours) + unit, fmt(theirs) + unit, '%.1fx' % r, '>= %gx' % goal, r >= goal)

    def part(self, what, ours, theirs, goal, unit=''):
        """Ours must be at most 1/goal of theirs."""
        if ours is None or theirs is None:
            return self.half(what, ours, theirs, unit)
        r = theirs / ours if ours else float('inf')
        self.row(what, fmt(ours) + unit, fmt(theirs) + unit, '1/%.1f' % r, '<= 1/%g' % goal,
                 r >= goal)

    def half(self, what, ours, theirs, unit):
        self.say('%-44s %14s %14s' % (what, '-' if ours is None else fmt(ours) + unit,
                                      '-' if theirs is None else fmt(theirs) + unit))

    def most(self, what, ours, goal, unit):
        self.row(what, fmt(ours) + unit, '', '', '<= %g%s' % (goal, unit), ours <= goal)

    def least(self, what, ours, goal, unit):
        self.row(what, fmt(ours) + unit, '', '', '>= %g%s' % (goal, unit), ours >= goal)


def fmt(x):
    return '%.0f' % x if abs(x) >= 100 else '%.2f' % x


class Run:
    def __init__(self, args):
        self.args = args
        self.sides = args.sides.split(',')
        self.tools = measure.Tools(args.build)
        self.report = Report()
        self.t = 2 if args.quick else 6

    def has(self, side):
        return side in self.sides

    def servers(self, modes=('default',), sets=()):
        if self.has('dovecot'):
            yield from (Dovecot(m) for m in modes)
        if self.has('mailkeep'):
            yield Mailkeep(self.args.build + '/mailkeep', sets)

    def median(self, fn, key):
        """Three tries, the one in the middle: others may use this machine too."""
        tries = sorted((fn() for _ in range(1 if self.args.quick else 3)), key=lambda r: r[key])
        return tries[len(tries) // 2]

    # -- sections ----------------------------------------------------------------

    def lmtp(self):
        got = {}
        for s in self.servers():
            with s:
                s.add_users(64)
                for n in (1, 10, 64):
                    got[s.label, n] = self.median(
                        lambda: measure.lmtp(self.tools, s, n, self.t, 4096), 'rate')
        for n, goal in ((1, 3), (10, 6), (64, 10)):
            self.pair('times', 'LMTP 4 KiB, %d connections' % n, got, n, 'rate', goal, '/s')
        for n in (1, 10, 64):
            self.pair('half', '   server CPU a message', got, n, 'cpu_us', None, ' us')

    def mix(self):
        got = {}
        for s in self.servers():
            with s:
                s.add_users(64)
                for n in (1, 10, 64):
                    got[s.label, n] = self.median(
                        lambda: measure.lmtp(self.tools, s, n, self.t, 'mix'), 'rate')
        for n in (1, 10, 64):
            self.pair('times', 'LMTP mean 35 KiB, %d connections' % n, got, n, 'rate', 6, '/s')

    def pair(self, how, what, got, n, key, goal, unit, other='dovecot-default'):
        ours, theirs = (got.get((side, n), {}).get(key) for side in ('mailkeep', other))
        fn = getattr(self.report, how)
        fn(what, ours, theirs, unit) if how == 'half' else fn(what, ours, theirs, goal, unit)

    def poll(self):
        got = {}
        if self.has('canned'):
            with Canned(self.tools.path('canned'), 20) as s:
                got['canned', 1] = measure.poll(self.tools, s, self.t)
        for s in self.servers(('default', 'best')):
            with s:
                s.add_users(10)
                for i in range(1, 11):
                    measure.fill(s, 'u%d@example.test' % i, [4096] * 20)
                got[s.label, 1] = self.median(
                    lambda: measure.poll(self.tools, s, self.t), 'rate')
        self.pair('part', 'poll session, CPU, beside best mode', got, 1, 'cpu_us', 10, ' us',
                  'dovecot-best')
        self.pair('times', 'poll sessions, beside best mode', got, 1, 'rate', 5, '/s',
                  'dovecot-best')
        self.pair('times', 'poll sessions, beside default mode', got, 1, 'rate', 25, '/s')
        self.pair('half', '   CPU, beside default mode', got, 1, 'cpu_us', None, ' us')
        self.pair('half', '   beside canned replies', got, 1, 'rate', None, '/s', 'canned')
        self.pair('half', '   CPU, beside canned replies', got, 1, 'cpu_us', None, ' us', 'canned')

    def drain(self):
        got, sizes = {}, measure.mixed_sizes(2000)
        self.report.say('drain: %d messages, %.0f MB' % (len(sizes), sum(sizes) / 1e6))
        for s in self.servers(('best',)):
            with s:
                s.add_users(1)

                def once():
                    measure.fill(s, 'u1@example.test', sizes)
                    return measure.drain(self.tools, s)
                got[s.label, 1] = self.median(once, 'cpu_us_mb')
        for key, how, goal, unit in (('cpu_us_mb', 'part', 4, ' us/MB'), ('rate', 'times', 3, '/s'),
                                     ('mb_s', 'half', None, ' MB/s')):
            self.pair(how, 'drain, ' + key, got, 1, key, goal, unit, 'dovecot-best')

    def idle(self):
        if not self.has('mailkeep'):
            return
        with Mailkeep(self.args.build + '/mailkeep',
                      ['connections_per_user=0', 'pop3_exclusive=no']) as s:
            s.add_users(1)
            measure.fill(s, 'u1@example.test', [4096] * 20)
            for n in (500,) if self.args.quick else (2000, 5000):
                got = measure.idle(self.tools, s, n)
                self.report.most('idle connection of %d, RssAnon' % n, got['RssAnon'], 4096, ' B')
                self.report.most('idle connection of %d, Pss' % n, got['Pss'], 4096, ' B')

    def upload(self):
        if not self.has('mailkeep'):
            return
        with Mailkeep(self.args.build + '/mailkeep') as s:
            s.add_users(1)
            got = measure.upload(s)
            self.report.most('49 MiB upload, memory above idle', got['anon_kib'], 1024, ' KiB')
            self.report.half('   the same with mapped files', got['peak_kib'], None, ' KiB')

    def restart(self):
        if not self.has('mailkeep'):
            return
        with Mailkeep(self.args.build + '/mailkeep') as s:
            s.add_users(64)
            got = measure.restart(self.tools, s, 50000 if self.args.quick else 1000000)
            self.report.say('restart: %d messages of 1 KiB, filled at %.0f/s, %.0f MB on disk' % (
                got['messages'], got['filled_rate'], got['disk_mb']))
            self.report.most('kill -9 until ready', got['ready_s'], 1, ' s')
            self.report.most('kill -9 until a message is accepted', got['accepted_s'], 1, ' s')

    def rebuild(self):
        if not self.has('mailkeep'):
            return
        with Mailkeep(self.args.build + '/mailkeep') as s:
            s.add_users(64)
            got = measure.rebuild(self.tools, s, 20000 if self.args.quick else 300000)
            self.report.least('index rebuild of 4 KiB messages', got['rate'], 50000, '/s')

    def all(self):
        r = self.report
        r.say('%s; %s; %d cores; build %s' % (
            datetime.datetime.now().strftime('%Y-%m-%d %H:%M'), platform.platform(), os.cpu_count(),
            os.popen('git -C %s describe --always --dirty' % HERE).read().strip()))
        r.say('%-44s %14s %14s %10s %12s  %s' % ('', 'mailkeep', 'other', 'ratio', 'goal', 'met'))
        for name in self.args.only.split(','):
            getattr(self, name)()
        r.say('load now: %s; missed: %s' % (os.getloadavg(), ', '.join(r.missed) or 'none'))
        if self.args.out:
            os.makedirs(os.path.dirname(self.args.out), exist_ok=True)
            with open(self.args.out, 'w') as f:
                f.write('\n'.join(r.lines) + '\n')


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--only', default=','.join(SECTIONS))
    p.add_argument('--sides', default='dovecot,canned,mailkeep')
    p.add_argument('--build', default=os.path.join(HERE, '..', 'build'))
    p.add_argument('--quick', action='store_true')
    p.add_argument('--out')
    Run(p.parse_args()).all()


if __name__ == '__main__':
    main()

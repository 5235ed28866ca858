#!/usr/bin/env python3
# net.py - what net/ costs: system calls, CPU and allocations of an echo session, memory of idle ones.
# SPDX-License-Identifier: Apache-2.0
#
#	bench/net.py [build folder]      needs strace for the first figure
import os, re, socket, subprocess, sys, tempfile, time

build = sys.argv[1] if len(sys.argv) > 1 else 'build'


class Server:
    def __init__(self, prefix=(), env=None):
        self.p = subprocess.Popen([*prefix, build + '/bench/net_echo'], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        host, port = self.p.stdout.readline().split()[1].rsplit(':', 1)
        self.at = (host, int(port))

    def stop(self):
        out, err = self.p.communicate('')
        return out, err

    def stat(self, key):
        with open('/proc/%d/status' % self.p.pid) as f:
            return int(re.search(r'^%s:\s+(\d+)' % key, f.read(), re.M).group(1))

    def dirty_kib(self):
        with open('/proc/%d/smaps_rollup' % self.p.pid) as f:
            return int(re.search(r'^Private_Dirty:\s+(\d+)', f.read(), re.M).group(1))

    def cpu_s(self):
        with open('/proc/%d/stat' % self.p.pid) as f:
            v = f.read().rsplit(')', 1)[1].split()
        return (int(v[11]) + int(v[12])) / os.sysconf('SC_CLK_TCK')


def session(at, commands=4):
    s = socket.create_connection(at)
    s.recv(100)
    for i in range(commands):
        s.send(b'COMMAND %d\r\n' % i)
        s.recv(100)
    s.send(b'QUIT\r\n')
    s.recv(100)
    s.recv(100)
    s.close()


def main():
    with tempfile.NamedTemporaryFile() as out:
        s = Server(('strace', '-f', '-c', '-o', out.name))
        for _ in range(1000):
            session(s.at)
        s.stop()
        print('1000 sessions of connect, 4 commands, QUIT: system calls each')
        for line in open(out.name):
            m = re.match(r'\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(\d+)?\s*(\w+)', line)
            if m and int(m.group(1)) >= 500:
                print('  %-14s %.2f' % (m.group(3), int(m.group(1)) / 1000))
    s = Server()
    n, cpu = 5000, s.cpu_s()
    for _ in range(n):
        session(s.at)
    print('server CPU a session: %.1f us' % ((s.cpu_s() - cpu) / n * 1e6))
    s.stop()
    s = Server()
    conns = [socket.create_connection(s.at) for _ in range(100)]
    for c in conns:
        c.recv(100)
    time.sleep(0.1)
    before, n = s.dirty_kib(), 3000
    conns += [socket.create_connection(s.at) for _ in range(n)]
    for c in conns[100:]:
        c.recv(100)
        c.send(b'NOOP\r\n')
        c.recv(100)
    time.sleep(0.1)
    print('idle connection: %.0f octets of user memory' % ((s.dirty_kib() - before) * 1024 / n))
    for c in conns:
        c.close()
    s.stop()


main()

# measure.py - one function a figure: each drives one server and returns numbers.
# SPDX-License-Identifier: Apache-2.0
import os
import random
import re
import socket
import subprocess
import time

from servers import PASSWORD, memory_of

USER = 'u%u@example.test'


def numbers(text):
    return {k: float(v) for k, v in re.findall(r'(\w+)=([\d.]+)', text)}


class Tools:
    """The load generators of one build folder."""

    def __init__(self, build):
        self.dir = build + '/bench/'

    def path(self, name):
        return self.dir + name

    def run(self, name, *args):
        r = subprocess.run([self.path(name), *[str(a) for a in args]], capture_output=True,
                           text=True)
        if r.returncode:
            raise SystemExit('%s %s: %s%s' % (name, args, r.stdout, r.stderr))
        return numbers(r.stdout)


# -- what is delivered -------------------------------------------------------

def text_of(size, seed):
    """A message of about `size` octets: header, then lines as base64 or prose has them."""
    rnd = random.Random(seed)
    head = ('From: Ann <ann@example.test>\r\nTo: u@example.test\r\nSubject: number %d\r\n'
            'Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%d.bench@example.test>\r\n'
            'MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n' % (seed, seed)).encode()
    alphabet = b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    line = bytes(rnd.choices(alphabet, k=76))
    body = b''
    lines = []
    left = size - len(head)
    while left > 0:
        lines.append(line[:max(1, min(76, left - 2))])
        left -= len(lines[-1]) + 2
        if rnd.random() < 0.01:
            line = b'.' + bytes(rnd.choices(alphabet, k=75)) # dots, as prose has them
        elif rnd.random() < 0.2:
            line = bytes(rnd.choices(alphabet, k=76))
    body = b'\r\n'.join(lines) + b'\r\n'
    return head + body


def mixed_sizes(n, seed=1):
    """Sizes as mailboxes have them: most are small, a few make most octets. Mean about 32 KiB."""
    rnd = random.Random(seed)
    out = []
    for _ in range(n):
        p = rnd.random()
        if p < 0.60:
            out.append(rnd.randint(1500, 8000))
        elif p < 0.90:
            out.append(rnd.randint(8000, 50000))
        elif p < 0.99:
            out.append(rnd.randint(50000, 300000))
        else:
            out.append(rnd.randint(300000, 900000))
    return out


class Lmtp:
    """A plain LMTP client for filling mailboxes; not for measuring."""

    def __init__(self, port):
        self.sock = socket.create_connection(('127.0.0.1', port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.sock.makefile('rb')
        self.reply(b'220')
        self.cmd(b'LHLO bench', b'250')

    def reply(self, want):
        while True:
            line = self.file.readline()
            if line[3:4] != b'-':
                break
        if not line.startswith(want):
            raise SystemExit('LMTP: wanted %r, got %r' % (want, line))

    def cmd(self, line, want):
        self.sock.sendall(line + b'\r\n')
        self.reply(want)

    def deliver(self, to, text):
        self.sock.sendall(b'MAIL FROM:<ann@example.test>\r\nRCPT TO:<%s>\r\nDATA\r\n' % to.encode())
        for want in (b'250', b'250', b'354'):
            self.reply(want)
        stuffed = text.replace(b'\r\n.', b'\r\n..')
        self.sock.sendall(stuffed + b'.\r\n')
        self.reply(b'250')

    def close(self):
        self.cmd(b'QUIT', b'221')
        self.sock.close()


def fill(server, user, sizes):
    c = Lmtp(server.lmtp)
    for i, size in enumerate(sizes):
        c.deliver(user, text_of(size, i))
    c.close()


# -- POP3 ----------------------------------------------------------------------

def poll(tools, server, seconds, clients=10):
    a = '127.0.0.1:%d' % server.pop3
    tools.run('pop_load', 'poll', '-a', a, '-u', USER, '-p', PASSWORD, '-c', clients, '-t', 1)
    cpu = server.cpu()
    got = tools.run('pop_load', 'poll', '-a', a, '-u', USER, '-p', PASSWORD, '-c', clients,
                    '-t', seconds)
    time.sleep(0.3) # children that ended are counted when they have been waited for
    cpu = server.cpu() - cpu
    return {'rate': got['rate'], 'cpu_us': cpu / max(1, got['all']) * 1e6, 'p50_us': got['p50_us'],
            'p99_us': got['p99_us']}


def drain(tools, server):
    """Everything of account 1; it must have been filled."""
    cpu = server.cpu()
    got = tools.run('pop_load', 'drain', '-a', '127.0.0.1:%d' % server.pop3, '-u', USER,
                    '-p', PASSWORD)
    time.sleep(0.3)
    cpu = server.cpu() - cpu
    mb = got['octets'] / 1e6
    return {'rate': got['rate'], 'mb_s': got['mb_s'], 'cpu_us_mb': cpu / mb * 1e6}


def idle(tools, server, n):
    """User memory of one logged-in connection that says nothing, in octets."""
    a = ['-a', '127.0.0.1:%d' % server.pop3, '-u', 'u1@example.test', '-p', PASSWORD]
    tools.run('pop_load', 'poll', *a, '-c', 1, '-t', 0.5) # what a first session makes stays
    time.sleep(0.5)
    before = memory_of(server.proc.pid)
    p = subprocess.Popen([tools.path('pop_load'), 'idle', *a, '-c', str(n)],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    line = p.stdout.readline().decode()
    time.sleep(2)
    after = memory_of(server.proc.pid)
    p.stdin.close()
    p.wait()
    if numbers(line).get('ready') != n:
        raise SystemExit('idle: ' + line)
    return {k: (after[k] - before[k]) * 1024 / n for k in ('RssAnon', 'Pss')}


# -- LMTP ------------------------------------------------------------------------

def lmtp_args(server, clients, size):
    return ['--server', '127.0.0.1:%d' % server.lmtp, '--to', USER.replace('%u', '%d'),
            '--users', 64, '--connections', clients, '--size', size]


def lmtp(tools, server, clients, seconds, size):
    """size: octets, or `mix` (mean 35 KiB)."""
    args = lmtp_args(server, clients, size)
    tools.run('lmtp_load', *args, '--seconds', 1)
    cpu = server.cpu()
    got = tools.run('lmtp_load', *args, '--seconds', seconds)
    time.sleep(0.3)
    cpu = server.cpu() - cpu
    return {'rate': got['rate'], 'mb_s': got['mb_s'], 'p99_ms': got['p99_ms'],
            'cpu_us': cpu / max(1, got['deliveries']) * 1e6}


# -- ours alone --------------------------------------------------------------------

def disk_use(path):
    total = 0
    for d, _, files in os.walk(path):
        for f in files:
            total += os.stat(d + '/' + f).st_blocks * 512
    return total


def restart(tools, server, messages):
    """kill -9 with so many messages in the log: seconds until a delivery is accepted."""
    got = tools.run('lmtp_load', *lmtp_args(server, 64, 1024), '--messages', messages)
    server.kill9()
    began = time.monotonic()
    server.start()
    ready = time.monotonic() - began
    fill(server, 'u1@example.test', [1024])
    accepted = time.monotonic() - began
    return {'messages': messages, 'filled_rate': got['rate'], 'ready_s': ready,
            'accepted_s': accepted, 'disk_mb': disk_use(server.data) / 1e6}


def rebuild(tools, server, messages):
    tools.run('lmtp_load', *lmtp_args(server, 64, 4096), '--messages', messages)
    server.stop()
    began = time.monotonic()
    said = server.cli('index', 'rebuild')
    seconds = time.monotonic() - began
    return {'messages': messages, 'seconds': seconds, 'rate': messages / seconds, 'said': said}


def upload(server, megabytes=49):
    """Peak memory while one huge message comes in, above idle, in KiB."""
    fill(server, 'u1@example.test', [4096, 400 << 10]) # what a first one makes stays
    time.sleep(0.5)
    pid = server.proc.pid
    with open('/proc/%d/clear_refs' % pid, 'w') as f:
        f.write('5')
    before = memory_of(pid)
    block = b'x' * 76 + b'\r\n'
    block *= 1024
    c = Lmtp(server.lmtp)
    for line, want in ((b'MAIL FROM:<ann@example.test>', b'250'),
                       (b'RCPT TO:<u1@example.test>', b'250'), (b'DATA', b'354')):
        c.cmd(line, want)
    c.sock.sendall(b'Subject: big\r\n\r\n')
    most = 0
    for _ in range((megabytes << 20) // len(block)):
        c.sock.sendall(block)
        most = max(most, memory_of(pid)['RssAnon'])
    c.sock.sendall(b'.\r\n')
    c.reply(b'250')
    after = memory_of(pid)
    most = max(most, after['RssAnon'])
    c.close()
    return {'anon_kib': most - before['RssAnon'], 'peak_kib': after['VmHWM'] - before['VmRSS']}

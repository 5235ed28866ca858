# servers.py - the servers that are compared: started on free ports, measured by /proc.
# SPDX-License-Identifier: Apache-2.0
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TICK = os.sysconf('SC_CLK_TCK')
PASSWORD = 'secret'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_for_port(port, seconds=15.0):
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def stat_of(pid):
    """(ppid, CPU seconds of itself and of its children that ended), or None. Its own threads are
    counted in nanoseconds, what has ended in ticks of 10 ms: the kernel tells no better."""
    try:
        with open('/proc/%d/stat' % pid) as f:
            rest = f.read().rpartition(')')[2].split()
        alive = 0
        for task in os.listdir('/proc/%d/task' % pid):
            with open('/proc/%d/task/%s/schedstat' % (pid, task)) as f:
                alive += int(f.read().split()[0])
    except OSError:
        return None
    ended = sum(int(x) for x in rest[13:15])
    return int(rest[1]), alive / 1e9 + ended / TICK


def tree_cpu(root):
    """CPU seconds of a process, everything below it, and all that ended below it."""
    stats = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            s = stat_of(int(name))
            if s:
                stats[int(name)] = s
    inside, grew = {root}, True
    while grew:
        more = {p for p, s in stats.items() if s[0] in inside} - inside
        inside |= more
        grew = bool(more)
    return sum(stats[p][1] for p in inside if p in stats)


def memory_of(pid):
    """RssAnon, Rss, peak and Pss in KiB."""
    out = {}
    with open('/proc/%d/status' % pid) as f:
        for line in f:
            m = re.match(r'(RssAnon|VmRSS|VmHWM):\s+(\d+)', line)
            if m:
                out[m.group(1)] = int(m.group(2))
    with open('/proc/%d/smaps_rollup' % pid) as f:
        out['Pss'] = int(re.search(r'^Pss:\s+(\d+)', f.read(), re.M).group(1))
    return out


class Base:
    label = '?'
    pop3 = lmtp = None

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='mkbench-')
        self.proc = None

    def cpu(self):
        return tree_cpu(self.proc.pid)

    def stop(self):
        if self.proc:
            self.proc.terminate()
            try:
                self.proc.wait(10)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
            self.proc = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *why):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


DOVECOT = '''
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
instance_name = bench{pop3}
protocols = lmtp pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = sdbox:~/mail
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={dir}/home/%u allow_all_users=yes
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  {login}
}}
service pop3 {{
  {session}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
{more}
'''

# Dovecot's own advice for speed: one login process for all, mail processes used again,
# cached password checks.
BEST = dict(login='service_count = 0\n  process_min_avail = 2\n  client_limit = 10000',
            session='service_count = 0\n  process_min_avail = 10\n  process_limit = 2000',
            more='auth_cache_size = 10M\ndefault_client_limit = 16000\n')
DEFAULT = dict(login='', session='', more='')


class Dovecot(Base):
    def __init__(self, mode):
        super().__init__()
        self.label = 'dovecot-' + mode
        self.knobs = BEST if mode == 'best' else DEFAULT

    def start(self):
        self.pop3, self.lmtp = free_port(), free_port()
        os.chmod(self.dir, 0o755)
        for d in ('run', 'state', 'home'):
            os.makedirs(self.dir + '/' + d, exist_ok=True)
        shutil.chown(self.dir + '/home', 'nobody', 'nogroup')
        conf = self.dir + '/dovecot.conf'
        with open(conf, 'w') as f:
            f.write(DOVECOT.format(dir=self.dir, pop3=self.pop3, lmtp=self.lmtp,
                                   password=PASSWORD, **self.knobs))
        self.proc = subprocess.Popen(['dovecot', '-F', '-c', conf])
        wait_for_port(self.pop3)
        wait_for_port(self.lmtp)

    def add_users(self, n):
        pass # any name will do


class Mailkeep(Base):
    label = 'mailkeep'

    def __init__(self, binary, sets=()):
        super().__init__()
        self.binary, self.sets = binary, list(sets)
        self.data = self.dir + '/data'

    def start(self):
        self.start_early()
        self.wait_ready()

    def start_early(self):
        args = [self.binary, 'serve', '--data', self.data, '--listen', 'pop3=127.0.0.1:0',
                '--listen', 'lmtp=127.0.0.1:0']
        for s in ['user=root'] + self.sets:
            args += ['--set', s]
        self.log = open(self.dir + '/log', 'ab')
        self.proc = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=self.log)

    def wait_ready(self):
        line = self.proc.stdout.readline().decode()
        found = dict(re.findall(r'(pop3|lmtp)=127\.0\.0\.1:(\d+)', line))
        if not line.startswith('ready') or len(found) != 2:
            raise SystemExit('mailkeep is not ready: %r; see %s/log' % (line, self.dir))
        self.pop3, self.lmtp = int(found['pop3']), int(found['lmtp'])

    def add_users(self, n):
        for i in range(1, n + 1):
            self.cli('user', 'add', 'u%d@example.test' % i, '--password-stdin')

    def cli(self, *args):
        r = subprocess.run([self.binary, *args, '--data', self.data],
                           input=PASSWORD.encode() + b'\n', capture_output=True)
        if r.returncode:
            raise SystemExit('mailkeep %s: %s' % (' '.join(args), r.stderr.decode()))
        return r.stdout.decode()

    def kill9(self):
        self.proc.send_signal(signal.SIGKILL)
        self.proc.wait()
        self.proc = None


class Canned(Base):
    label = 'canned'

    def __init__(self, binary, messages):
        super().__init__()
        self.binary, self.messages = binary, messages

    def start(self):
        self.proc = subprocess.Popen([self.binary, str(self.messages)], stdout=subprocess.PIPE)
        self.pop3 = int(self.proc.stdout.readline().split(b':')[1])

    def add_users(self, n):
        pass

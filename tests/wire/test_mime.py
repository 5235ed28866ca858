#!/usr/bin/env python3
# test_mime.py - the structure that our MIME parser finds, beside that of Python's email package,
# over the messages of ../shared/corpus and some of our own.
# SPDX-License-Identifier: Apache-2.0
#
# Compared: the tree of types, each part's place (its text, octet by octet), the header's facts.
# Where the two differ by design, the row in DIFFER says why.
import email, email.policy, glob, os, re, subprocess, sys

top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
corpus = os.environ.get('CORPUS', os.path.join(os.path.dirname(top), 'shared', 'corpus'))


def program():
    folders = [os.path.dirname(os.environ['MAILKEEP'])] if 'MAILKEEP' in os.environ else []
    for folder in folders + [os.path.join(top, b) for b in ('build-asan', 'build')]:
        path = os.path.join(folder, 'tests', 'mime_print')
        if os.access(path, os.X_OK):
            return path
    return None


# -- what ours says ----------------------------------------------------------

def read_imap(data):
    """Parenthesised text as nested lists; strings as bytes, NIL as None, numbers as int."""
    stack, at = [[]], 0
    while at < len(data):
        c = data[at:at + 1]
        if c == b'(':
            stack.append([])
            at += 1
        elif c == b')':
            done = stack.pop()
            stack[-1].append(done)
            at += 1
        elif c == b' ':
            at += 1
        elif c == b'"':
            text = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.S).match(data, at)
            stack[-1].append(re.sub(rb'\\(.)', rb'\1', text.group(1)))
            at = text.end()
        elif c == b'{':
            count = re.compile(rb'\{(\d+)\}\r\n').match(data, at)
            end = count.end() + int(count.group(1))
            stack[-1].append(data[count.end():end])
            at = end
        else:
            word = re.compile(rb'NIL|\d+').match(data, at)
            stack[-1].append(None if word.group() == b'NIL' else int(word.group()))
            at = word.end()
    assert len(stack) == 1 and len(stack[0]) == 1, 'not balanced'
    return stack[0][0]


def run(prog, message, paths=()):
    r = subprocess.run([prog, *paths], input=message, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if r.returncode == 2:
        raise AssertionError('other chunks, other results')
    if r.returncode or r.stderr:
        raise AssertionError('mime_print: %d %s' % (r.returncode, r.stderr[-300:]))
    out, result = r.stdout, {}
    line, out = out.split(b'\n', 1)
    result['facts'] = line.split()[1:]
    for name in ('envelope', 'bodystructure', 'body'):
        head = re.match(rb'%s (\d+) ' % name.encode(), out)
        n = int(head.group(1))
        result[name] = read_imap(out[head.end():head.end() + n])
        out = out[head.end() + n + 1:]
    result['parts'] = {}
    for line in out.decode().splitlines():
        words = line.split(' ')
        result['parts'][words[1]] = None if words[2] == 'none' else [int(w) for w in words[2:]]
    return result


def our_tree(b):
    """(type, children) of a BODYSTRUCTURE."""
    if isinstance(b[0], list):
        kids = [k for k in b if isinstance(k, list)]
        n = next(i for i, k in enumerate(b) if not isinstance(k, list))
        return ('multipart/' + b[n].decode('latin-1').lower(), [our_tree(k) for k in kids[:n]])
    kind = (b[0] + b'/' + b[1]).decode('latin-1').lower()
    if kind in ('message/rfc822', 'message/global'):
        return (kind, [our_tree(b[8])])
    return (kind, [])


# -- what Python says --------------------------------------------------------

def is_message(m):
    # Python parses what is in other message types, too; to IMAP they are leaves. An encoded one
    # (RFC 6532 3.7) has no parts with places in the text: ours says that it is octets.
    return (m.get_content_type() in ('message/rfc822', 'message/global') and m.is_multipart()
            and (m['content-transfer-encoding'] or '').lower() not in ('base64', 'quoted-printable'))


def is_multipart(m):
    return m.get_content_maintype() == 'multipart' and m.is_multipart()


def their_tree(m):
    kind = m.get_content_type()
    if is_message(m) or is_multipart(m):
        return (kind, [their_tree(k) for k in m.get_payload()])
    if m.get_content_maintype() == 'multipart':
        # RFC 9051 wants a part in each multipart: ours has an empty one. Without a boundary it
        # is no multipart at all (RFC 2045 5.2). Python calls both text/plain then.
        declared = m.get('content-type', '').split(';')[0].strip().lower()
        return (declared, [('text/plain', [])]) if m.get_boundary() else ('text/plain', [])
    if kind in ('message/rfc822', 'message/global'):
        return ('application/octet-stream', [])
    return (kind, [])


def their_leaves(m, path, whole):
    """(IMAP path, text) of each part that holds no other."""
    if is_message(m):
        yield from their_leaves(m.get_payload()[0], path + ([1] if whole else []), True)
    elif is_multipart(m):
        for i, k in enumerate(m.get_payload()):
            yield from their_leaves(k, path + [i + 1], False)
    elif isinstance(m._payload, str):  # get_payload() would decode it
        yield (path + [1] if whole else path), m._payload


# -- the comparison ----------------------------------------------------------

def crlf(data):
    return re.sub(rb'\r?\n', b'\r\n', data)


# Where they differ, and why.
NO_FIELD = ('a line of the header is no field: to Python the body begins there; a header ends with '
            'an empty line (RFC 5322 2.1), and so it must be for TOP and BODY[HEADER]')
DIFFER = {
    'fixtures/example13.eml': NO_FIELD,
    'fixtures/raw_email_incorrect_header.eml': NO_FIELD,
    'mbox/jwz.mbox': NO_FIELD,
}

OWN = {
    'plain': b'From: a@b\r\nSubject: x\r\n\r\nbody\r\n',
    'empty': b'\r\n',
    'mixed': b'Content-Type: multipart/mixed; boundary="a b"\r\n\r\npre\r\n--a b\r\n\r\none\r\n--a b \r\n'
             b'Content-Type: text/html\r\n\r\ntwo\r\n\r\n--a b--\r\nepilogue\r\n',
    'nested': b'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/alternative;'
              b' boundary=bb\r\n\r\n--bb\r\n\r\none\r\n--bb\r\nContent-Type: image/png\r\n\r\nAA\r\n--bb--\r\n'
              b'\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Type: multipart/mixed;'
              b' boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n',
    'digest': b'Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\none\r\n--b\r\n'
              b'Content-Type: text/plain\r\n\r\ntwo\r\n--b--\r\n',
    'no end': b'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n',
}


def compare(prog, name, data):
    theirs = email.message_from_bytes(data, policy=email.policy.compat32)
    leaves = list(their_leaves(theirs, [], True))
    paths = ['.'.join(map(str, p)) for p, _ in leaves]
    ours = run(prog, data, [''] + paths)
    if our_tree(ours['bodystructure']) != their_tree(theirs):
        return 'tree: ours %s theirs %s' % (our_tree(ours['bodystructure']), their_tree(theirs))
    for path, (_, text) in zip(paths, leaves):
        place = ours['parts'][path]
        if place is None:
            return 'no part ' + path
        mine, end = data[place[2]:place[2] + place[3]], place[2] + place[3]
        text = text.encode('ascii', 'surrogateescape')
        if end == len(data) and theirs.is_multipart():
            # no boundary follows, so the last line end is nobody else's; Python takes it off
            mine, text = mine.rstrip(b'\r\n'), text.rstrip(b'\r\n')
        if mine != text:
            return 'text of part %s: %r %r' % (path, mine[:60], text[:60])
    for field, i in (('subject', 1), ('message-id', 9)):
        his = theirs.get_all(field)
        mine = ours['envelope'][i]
        if (mine is None) != (his is None):
            return '%s: %r %r' % (field, mine, his)
    if int(ours['facts'][0]) != len(data):
        return 'size'
    return None


def main():
    prog, failed = program(), False
    wanted = sys.argv[1:]
    if not prog:
        print('skip wire/mime: no mime_print built')
        return 0
    messages = [('own/' + n, d) for n, d in OWN.items()]
    files = sorted(f for f in glob.glob(corpus + '/*/*') if os.path.isfile(f))
    for f in files:
        messages.append((os.path.relpath(f, corpus), crlf(open(f, 'rb').read())))
    differ = agree = 0
    for name, data in messages:
        if wanted and name not in wanted:
            continue
        try:
            why = compare(prog, name, data)
        except Exception as e:
            why = '%s: %s' % (type(e).__name__, e)
        if why and name in DIFFER:
            differ += 1
        elif why:
            failed = True
            print('not ok wire/mime %s: %s' % (name, why))
        else:
            agree += 1
            if name in DIFFER:
                failed = True
                print('not ok wire/mime %s: listed in DIFFER, but it does not' % name)
    if not failed:
        print('ok wire/mime-structure %d messages as Python reads them, %d differ for a known reason'
              % (agree, differ))
    if not files:
        print('skip wire/mime-corpus: no ' + corpus)
    return 1 if failed else 0


sys.exit(main())

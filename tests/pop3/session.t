# A whole session with the words of the source document.
# row P2
# row P4
# row P8
# row P10
# row C1
# row C2
# row C3
# row C4
# row C5
# row C6
# row C7
# row C8
# row C10
# server: users=kcope@example.test:secret sets=hostname=dewey
# server: deliver=kcope@example.test:one,kcope@example.test:two
# message: one
| From: a@remote.test
| Subject: one
|
| first
# message: two
| From: b@remote.test
| Subject: two
|
| second
| message
S: +OK POP3 server ready
C: USER kcope
S: ~\+OK .+
C: PASS secret
S: ~\+OK kcope's maildrop has 2 messages \((?P<total>\d+) octets\)
C: STAT
S: +OK 2 $total
C: LIST
S: +OK 2 messages ($total octets)
S: ~1 (?P<one>\d+)
S: ~2 (?P<two>\d+)
S: .
C: LIST 2
S: +OK 2 $two
C: LIST 3
S: -ERR no such message, only 2 messages in maildrop
C: NOOP
S: ~\+OK .+
C: RETR 1
S: +OK $one octets
S: ~Return-Path: <sender@remote\.test>
S: ~Delivered-To: kcope@example\.test
S: ~Received: .*
S: ...
S: From: a@remote.test
S: Subject: one
S: 
S: first
S: .
C: DELE 1
S: +OK message 1 deleted
C: DELE 1
S: -ERR message 1 already deleted
C: STAT
S: +OK 1 $two
C: LIST
S: +OK 1 message ($two octets)
S: 2 $two
S: .
C: LIST 1
S: -ERR message 1 already deleted
C: RETR 1
S: -ERR message 1 already deleted
C: TOP 1 0
S: -ERR message 1 already deleted
C: UIDL 1
S: -ERR message 1 already deleted
C: RSET
S: +OK maildrop has 2 messages ($total octets)
C: LIST 1
S: +OK 1 $one
C: DELE 1
S: +OK message 1 deleted
C: QUIT
S: +OK dewey POP3 server signing off (1 message left)
CLOSE
WAITLOG session .*proto=pop3 .*user=kcope@example\.test .*retr=1 dele=1 left=1 .*reason=quit
# numbers begin again at 1
RECONNECT
S: +OK POP3 server ready
C: USER kcope@example.test
S: ~\+OK .+
C: PASS secret
S: +OK kcope's maildrop has 1 message ($two octets)
C: DELE 1
S: +OK message 1 deleted
C: STAT
S: +OK 0 0
C: QUIT
S: +OK dewey POP3 server signing off (maildrop empty)
CLOSE
RECONNECT
S: ~\+OK .*
C: USER kcope
S: ~\+OK .+
C: PASS secret
S: +OK kcope's maildrop has 0 messages (0 octets)
# an empty maildrop still lists (RFC 1939, appendix A)
C: LIST
S: +OK 0 messages (0 octets)
S: .
C: UIDL
S: +OK 0 messages (0 octets)
S: .
C: LIST 1
S: -ERR no such message, only 0 messages in maildrop
C: QUIT
S: +OK dewey POP3 server signing off (maildrop empty)
CLOSE

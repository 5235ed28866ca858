# Unique ids: stable over sessions, never used again, 1 to 70 printable octets, with a separator.
# row C12
# server: users=alice@example.test:secret deliver=alice@example.test:m,alice@example.test:m
# message: m
| Subject: the same twice
|
| body
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: UIDL
S: ~\+OK .+
S: ~1 (?P<one>[0-9]+\.[0-9]+)
S: ~2 (?P<two>[0-9]+\.[0-9]+)
S: .
C: UIDL 2
S: +OK 2 $two
C: UIDL 3
S: -ERR no such message, only 2 messages in maildrop
C: DELE 2
S: +OK message 2 deleted
C: UIDL
S: ~\+OK .+
S: 1 $one
S: .
C: QUIT
S: ~\+OK .+
CLOSE
DELIVER alice@example.test m
RECONNECT
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: UIDL 1
S: +OK 1 $one
C: UIDL 2
S: ~\+OK 2 (?P<three>[0-9.]+)
C: UIDL 2
S: ~\+OK 2 (?!$two$)[0-9.]+
C: QUIT
S: ~\+OK .+
CLOSE

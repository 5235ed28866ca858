# LAST: RETR and DELE raise it, nothing but RSET lowers it, and only to what it was at login.
# row C9
# row C10
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\+OK .*
C: LAST
S: ~-ERR .+
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: LAST
S: +OK 0
C: RETR 1
S: ~\+OK .+
S: ...
S: .
C: LAST
S: +OK 1
C: QUIT
S: ~\+OK .+
CLOSE
RECONNECT
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
# the example of RFC 1225
C: LAST
S: +OK 1
C: RETR 3
S: ~\+OK .+
S: ...
S: .
C: LAST
S: +OK 3
C: DELE 2
S: +OK message 2 deleted
C: LAST
S: +OK 3
C: RSET
S: ~\+OK maildrop has 4 messages .*
C: LAST
S: +OK 1
C: DELE 4
S: +OK message 4 deleted
C: LAST
S: +OK 4
C: RSET
S: ~\+OK .+
C: RETR 3
S: ~\+OK .+
S: ...
S: .
C: DELE 1
S: ~\+OK .+
C: QUIT
S: ~\+OK .+
CLOSE
# kept by UID: number 3 is number 2 now
RECONNECT
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: LAST
S: +OK 2
HANGUP

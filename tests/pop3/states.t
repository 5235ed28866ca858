# Every command in the wrong state: -ERR, and the state is what it was.
# row P2
# row P6
# row C8
# server: users=alice@example.test:secret sets=errors_before_login=100
S: ~\+OK .*
C: STAT
S: ~-ERR .+
C: LIST
S: ~-ERR .+
C: RETR 1
S: ~-ERR .+
C: DELE 1
S: ~-ERR .+
C: NOOP
S: ~-ERR .+
C: LAST
S: ~-ERR .+
C: RSET
S: ~-ERR .+
C: TOP 1 1
S: ~-ERR .+
C: UIDL
S: ~-ERR .+
C: BLAH
S: -ERR unknown command
C: PASS secret
S: -ERR USER first
C: USER alice
S: ~\+OK .+
C: CAPA
S: ~\+OK .+
S: ...
S: .
# PASS only directly after USER
C: PASS secret
S: -ERR USER first
C: USER nobody
S: ~\+OK .+
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: USER alice
S: ~-ERR .+
C: PASS secret
S: ~-ERR .+
C: APOP alice d41d8cd98f00b204e9800998ecf8427e
S: ~-ERR .+
C: AUTH PLAIN
S: ~-ERR .+
C: STLS
S: ~-ERR .+
C: STAT
S: +OK 0 0
C: QUIT
S: ~\+OK .+
CLOSE

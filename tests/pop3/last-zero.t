# RFC 1460: RSET puts LAST to zero, by a setting.
# row C9
# server: users=alice@example.test:secret deliver=alice@example.test:m sets=pop3_last_reset_zero=yes
# message: m
| Subject: m
|
| body
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: RETR 1
S: ~\+OK .+
S: ...
S: .
C: QUIT
S: ~\+OK .+
CLOSE
RECONNECT
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: LAST
S: +OK 1
C: RSET
S: ~\+OK .+
C: LAST
S: +OK 0
C: QUIT
S: ~\+OK .+
CLOSE

# pop3_delete=flag: what was deleted is marked and hidden, not removed.
# row C7
# server: users=alice@example.test:secret sets=pop3_delete=flag
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: UIDL 3
S: ~\+OK 3 (?P<three>.+)
C: DELE 2
S: ~\+OK .+
C: QUIT
S: ~\+OK .*\(2 messages left\)
CLOSE
RECONNECT
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK alice's maildrop has 2 messages .*
C: UIDL 2
S: +OK 2 $three
C: RETR 2
S: ~\+OK .+
S: ...
S: .
C: QUIT
S: ~\+OK .+
CLOSE

# pop3_exclusive=no: each session has a snapshot of its own; deleting twice is once.
# row P9
# row P8
# server: users=alice@example.test:secret sets=pop3_exclusive=no
# server: deliver=alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
CONNECT2
S2: ~\+OK .*
C2: USER alice
S2: ~\+OK .+
C2: PASS secret
S2: ~\+OK alice's maildrop has 2 messages .*
C: DELE 1
S: ~\+OK .+
C: QUIT
S: ~\+OK .*\(1 message left\)
CLOSE
# expunged meanwhile, and still readable here
C2: RETR 1
S2: ~\+OK .+
S2: ...
S2: Subject: m
S2: 
S2: body
S2: .
C2: DELE 1
S2: ~\+OK .+
C2: QUIT
S2: ~\+OK .*\(1 message left\)
CLOSE2

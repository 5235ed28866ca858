# user+folder opens another mailbox; what QUIT deletes may be moved there.
# row C7
# server: users=alice@example.test:secret sets=pop3_delete=move:Trash
# server: deliver=alice@example.test:m,alice@example.test:n
# message: m
| Subject: m
|
| body
# message: n
| Subject: n
|
| body
S: ~\+OK .*
C: USER alice+Nosuch
S: ~\+OK .+
C: PASS secret
S: ~-ERR .+
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK alice's maildrop has 2 messages .*
C: DELE 2
S: ~\+OK .+
C: QUIT
S: ~\+OK .*\(1 message left\)
CLOSE
RECONNECT
S: ~\+OK .*
C: USER alice+Trash
S: ~\+OK .+
C: PASS secret
S: ~\+OK alice's maildrop has 1 message .*
C: TOP 1 0
S: ~\+OK .+
S: ...
S: Subject: n
S: 
S: .
# another maildrop, another lock
CONNECT2
S2: ~\+OK .*
C2: USER alice@example.test
S2: ~\+OK .+
C2: PASS secret
S2: ~\+OK alice's maildrop has 1 message .*
C2: QUIT
S2: ~\+OK .+
CLOSE2
C: QUIT
S: ~\+OK .+
CLOSE

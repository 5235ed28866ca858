# The owner may bind himself by an ACL (RFC 4314): POP3 asks, too.
# row B4
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m
# message: m
| Subject: m
|
| body
RUN acl set alice@example.test INBOX alice@example.test lr
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: DELE 1
S: ~-ERR .*
C: RETR 1
S: ~\+OK .+
S: ...
S: .
C: QUIT
S: ~\+OK .*\(1 message left\)
CLOSE
RUN acl set alice@example.test Trash owner l
RECONNECT
S: ~\+OK .*
C: USER alice+Trash
S: ~\+OK .+
C: PASS secret
S: ~-ERR .+

# UIDONLY: UIDFETCH for FETCH, VANISHED for EXPUNGE, no message numbers (RFC 9586).
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a ENABLE UIDONLY
S: * ENABLED UIDONLY
S: ~a OK .*
C: b SELECT INBOX
S: ...
S: ~b OK .*
C: c FETCH 1 FLAGS
S: ~c BAD \[UIDREQUIRED\] .*
C: c STORE 1 FLAGS ()
S: ~c BAD \[UIDREQUIRED\] .*
C: c COPY 1 INBOX
S: ~c BAD \[UIDREQUIRED\] .*
C: c MOVE 1 INBOX
S: ~c BAD \[UIDREQUIRED\] .*
C: d UID FETCH 1:2 FLAGS
S: ~\* 1 UIDFETCH \(FLAGS \(.*\)\)
S: ~\* 2 UIDFETCH \(FLAGS \(.*\)\)
S: d OK fetched
C: d UID FETCH 2 (UID BODY[TEXT])
S: ~\* 2 UIDFETCH \(FLAGS \(\\Seen.*\) UID 2 BODY\[TEXT\] \{6\}
S: body
S: )
S: d OK fetched
C: e UID STORE 1 +FLAGS (\Deleted)
S: ~\* 1 UIDFETCH \(FLAGS \(\\Deleted.*\)\)
S: e OK stored
C: f EXPUNGE
S: * VANISHED 1
S: ~f OK .*
C: g UID MOVE 2 INBOX
S: ~\* OK \[COPYUID \d+ 2 4\] moved
S: * VANISHED 2
S: * 2 EXISTS
S: ...
S: g OK moved
C: h UID FETCH 3:* (UID) (PARTIAL -1:-1)
S: * 4 UIDFETCH (UID 4)
S: h OK fetched

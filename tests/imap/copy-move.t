# COPY and MOVE: COPYUID, TRYCREATE, order of answers (RFC 9051 6.4.7, 6.4.8; RFC 4315 3; RFC 6851).
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a CREATE Other
S: ~a OK .*
C: b SELECT INBOX
S: ...
S: ~b OK .*
C: c STORE 1 +FLAGS.SILENT (\Flagged $Kept \Deleted)
S: ...
S: c OK stored
C: c COPY 1,3 Other
S: ~c OK \[COPYUID (?P<v>\d+) 1,3 1:2\] .*
C: c UID COPY 2 Other
S: c OK [COPYUID $v 2 3] copied
C: c COPY 1 Nosuch
S: ~c NO \[TRYCREATE\] .*
C: c UID COPY 77 Other
S: c OK copied
C: c COPY 4 Other
S: ~c BAD .*
C: c COPY 1
S: ~c BAD .*
# COPYUID stands before EXPUNGE (RFC 9051 6.4.8)
C: d MOVE 1:2 Other
S: * OK [COPYUID $v 1:2 4:5] moved
S: * 2 EXPUNGE
S: * 1 EXPUNGE
S: d OK moved
C: d FETCH 1:* UID
S: * 1 FETCH (UID 3)
S: d OK fetched
C: d MOVE 1 Nosuch
S: ~d NO \[TRYCREATE\] .*
# into the same mailbox
C: e UID MOVE 3 INBOX
S: ~\* OK \[COPYUID \d+ 3 4\] moved
S: * 1 EXPUNGE
S: * 1 EXISTS
S: ...
S: e OK moved
# flags and keywords have come along
C: f SELECT Other
S: ...
S: ~f OK .*
C: f FETCH 1:5 (UID FLAGS)
S: ~\* 1 FETCH \(UID 1 FLAGS \(\\Flagged \\Deleted \$Kept.*\)\)
S: ~\* 2 FETCH \(UID 2 FLAGS \((\\Recent)?\)\)
S: ~\* 3 FETCH \(UID 3 FLAGS \((\\Recent)?\)\)
S: ~\* 4 FETCH \(UID 4 FLAGS \(\\Flagged \\Deleted \$Kept.*\)\)
S: ~\* 5 FETCH \(UID 5 FLAGS \((\\Recent)?\)\)
S: f OK fetched
# what another session has removed cannot be copied (RFC 2180 4.4.2)
S2: ~\* OK .*
C2: a LOGIN alice secret
S2: ~a OK .*
C2: b SELECT Other
S2: ...
S2: ~b OK .*
C2: c UID MOVE 2 INBOX
S2: ...
S2: c OK moved
C: g FETCH 2 (UID BODY.PEEK[TEXT])
S: * 2 FETCH (UID 2 BODY[TEXT] {6}
S: body
S: )
S: g OK fetched
C: g COPY 2 INBOX
S: * 2 EXPUNGE
S: ~g NO \[EXPUNGEISSUED\] .*

# EXPUNGE, UID EXPUNGE, and what others are told when (RFC 9051 6.4.3, 7.5.1; RFC 4315 2.1; RFC 7162 3.2.7).
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b SELECT INBOX
S: ...
S: ~b OK .*
S2: ~\* OK .*
C2: a LOGIN alice secret
S2: ~a OK .*
C2: a ENABLE QRESYNC
S2: ...
S2: ~a OK .*
C2: b SELECT INBOX
S2: ...
S2: ~b OK .*
C: c EXPUNGE
S: ~c OK .*
C: c STORE 1,3 +FLAGS.SILENT (\Deleted)
S: c OK stored
# UID EXPUNGE: only those of the set that are \Deleted
C: d UID EXPUNGE 2:3
S: * 3 EXPUNGE
S: ~d OK .*
C: d UID EXPUNGE
S: ~d BAD .*
C: e EXPUNGE
S: * 1 EXPUNGE
S: ~e OK .*
# no EXPUNGE during FETCH, STORE, SEARCH: the numbers stay, the messages can be read
C2: c FETCH 1:4 (UID)
S2: * 1 FETCH (UID 1)
S2: * 2 FETCH (UID 2)
S2: * 3 FETCH (UID 3)
S2: * 4 FETCH (UID 4)
S2: ...
S2: c OK fetched
C2: d FETCH 3 BODY.PEEK[TEXT]
S2: * 3 FETCH (BODY[TEXT] {6}
S2: body
S2: )
S2: d OK fetched
C2: e NOOP
S2: * VANISHED 1,3
S2: ~e OK .*
C2: f STORE 2 +FLAGS.SILENT (\Deleted)
S2: ~\* 2 FETCH \(UID 4 MODSEQ \(\d+\)\)
S2: f OK stored
C2: g EXPUNGE
S2: * VANISHED 4
S2: ~g OK \[HIGHESTMODSEQ \d+\] .*
# CHANGEDSINCE and VANISHED (RFC 7162 3.2.6)
C2: h UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
S2: * VANISHED (EARLIER) 1,3:4
S2: ~\* 1 FETCH \(UID 2 FLAGS \(.*\) MODSEQ \(\d+\)\)
S2: h OK fetched
C2: h UID FETCH 1:* (FLAGS) (VANISHED)
S2: ~h BAD .*
C2: h FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
S2: ~h BAD .*
C: i UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
S: ...
S: ~i BAD .*

# STORE: flags, keywords, silent, conditional; what it may not do (RFC 9051 6.4.6, RFC 7162 3.1.3).
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m
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
C: c STORE 1 +FLAGS (\Flagged $Work)
S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Work)
S: ~\* OK \[PERMANENTFLAGS .*
S: ~\* 1 FETCH \(FLAGS \(\\Flagged \$Work( \\Recent)?\)\)
S: c OK stored
C: c STORE 2:3 FLAGS \Seen \Draft
S: ~\* 2 FETCH \(FLAGS \(\\Seen \\Draft( \\Recent)?\)\)
S: ~\* 3 FETCH \(FLAGS \(\\Seen \\Draft( \\Recent)?\)\)
S: c OK stored
C: c STORE 2:3 -FLAGS.SILENT (\Draft)
S: c OK stored
C: c UID STORE 1:3 flags.silent ()
S: c OK stored
C: c UID STORE 1,3 +FLAGS (\Answered)
S: ~\* 1 FETCH \(UID 1 FLAGS \(\\Answered( \\Recent)?\)\)
S: ~\* 3 FETCH \(UID 3 FLAGS \(\\Answered( \\Recent)?\)\)
S: c OK stored
C: c FETCH 1:3 FLAGS
S: ~\* 1 FETCH \(FLAGS \(\\Answered( \\Recent)?\)\)
S: ~\* 2 FETCH \(FLAGS \((\\Recent)?\)\)
S: ~\* 3 FETCH \(FLAGS \(\\Answered( \\Recent)?\)\)
S: c OK fetched
# a keyword's case is that of its first use
C: c STORE 2 +FLAGS ($WORK)
S: ~\* 2 FETCH \(FLAGS \(\$Work( \\Recent)?\)\)
S: c OK stored
# not a client's to set (RFC 3501 2.3.2), nor to make up (RFC 9051 9: flag)
C: d STORE 1 +FLAGS (\Recent)
S: ~d BAD .*
C: d STORE 1 +FLAGS (\Nosuch)
S: ~d BAD .*
C: d STORE 1 +FLAGS
S: ~d BAD .*
C: d STORE 1 FLAG (\Seen)
S: ~d BAD .*
C: d STORE 4 +FLAGS (\Seen)
S: ~d BAD .*
C: d UID STORE 4:9 +FLAGS (\Seen)
S: d OK stored
# conditional (RFC 7162 3.1.3); the first such command tells HIGHESTMODSEQ
C: e STORE 1:2 (UNCHANGEDSINCE 0) +FLAGS (\Seen)
S: ~\* OK \[HIGHESTMODSEQ (?P<now>\d+)\] .*
S: ~e OK \[MODIFIED 1:2\] .*
C: e UID STORE 1:2 (UNCHANGEDSINCE $now) +FLAGS.SILENT (\Seen)
S: ~\* 1 FETCH \(UID 1 MODSEQ \((?P<next>\d+)\)\)
S: * 2 FETCH (UID 2 MODSEQ ($next))
S: e OK stored
C: e UID STORE 1:3 (UNCHANGEDSINCE $now) -FLAGS (\Seen)
S: ~\* 3 FETCH \(UID 3 FLAGS \(\\Answered( \\Recent)?\) MODSEQ \(\d+\)\)
S: ~e OK \[MODIFIED 1:2\] .*
C: e STORE 1 (NOSUCH 1) +FLAGS (\Seen)
S: ~e BAD .*
C: e STORE 1 (UNCHANGEDSINCE 1)+FLAGS (\Seen)
S: ~e BAD .*
# what the other session has changed is told, also if it meets a silent change (RFC 9051 6.4.6)
S2: ~\* OK .*
C2: a LOGIN alice secret
S2: ~a OK .*
C2: b SELECT INBOX
S2: ...
S2: ~b OK .*
C2: c STORE 3 +FLAGS.SILENT (\Flagged)
S2: c OK stored
C: f STORE 3 +FLAGS.SILENT (\Draft)
S: ~\* 3 FETCH \(UID 3 MODSEQ \(\d+\)\)
S: ~\* 3 FETCH \(UID 3 FLAGS \(\\Answered \\Flagged \\Draft( \\Recent)?\) MODSEQ \(\d+\)\)
S: f OK stored
# and the other one sees ours
C2: d NOOP
S2: ~\* 3 FETCH \(UID 3 FLAGS \(\\Answered \\Flagged \\Draft\)\)
S2: ~d OK .*
# EXAMINE changes nothing (RFC 9051 6.3.3)
C: g EXAMINE INBOX
S: ...
S: ~g OK .*
C: h STORE 1 +FLAGS (\Flagged)
S: ~h NO \[NOPERM\] .*
C: h FETCH 3 BODY[TEXT]
S: * 3 FETCH (BODY[TEXT] {6}
S: body
S: )
S: h OK fetched
C: h EXPUNGE
S: ~h NO \[NOPERM\] .*
C: h MOVE 1 INBOX
S: ~h NO \[NOPERM\] .*

# \Seen of each reader by himself, where the mailbox's METADATA says so (RFC 4314 4: "s").
# server: users=alice@example.test:secret,bob@example.test:pw deliver=alice@example.test:hi,alice@example.test:hi
# message: hi
| Subject: hi
|
| text
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b SETMETADATA INBOX (/shared/vendor/mailkeep/seen-per-user "yes")
S: ~b OK .*
C: c SETACL INBOX bob lrswite
S: ~c OK .*
C: d SELECT INBOX
S: ...
S: ~d OK .*
C: e STORE 1 +FLAGS.SILENT (\Seen \Flagged)
S: ~e OK .*
C: f STATUS INBOX (UNSEEN)
S: * STATUS INBOX (UNSEEN 1)
S: ~f OK .*
CONNECT2
S2: ~\* OK .*
C2: a LOGIN bob pw
S2: ~a OK .*
C2: b STATUS "Other Users/alice@example.test/INBOX" (UNSEEN)
S2: * STATUS "Other Users/alice@example.test/INBOX" (UNSEEN 2)
S2: ~b OK .*
C2: c SELECT "Other Users/alice@example.test/INBOX"
S2: ...
S2: ~c OK .*
C2: d FETCH 1 FLAGS
S2: ~\* 1 FETCH \(FLAGS \(\\Flagged( \\Recent)?\)\)
S2: ~d OK .*
C2: e STORE 2 +FLAGS (\Seen)
S2: ~\* 2 FETCH \(.*FLAGS \(\\Seen( \\Recent)?\).*\)
S2: ~e OK .*
# the copy is his to have seen, and only his
C2: f COPY 1:2 "Other Users/alice@example.test/INBOX"
S2: ...
S2: ~f OK .*
C2: g UID FETCH 3:4 FLAGS
S2: ~\* 3 FETCH \(UID 3 FLAGS \(\\Flagged( \\Recent)?\)\)
S2: ~\* 4 FETCH \(UID 4 FLAGS \(\\Seen( \\Recent)?\)\)
S2: ~g OK .*
C2: h APPEND "Other Users/alice@example.test/INBOX" (\Seen) {4+}
C2: test
S2: ...
S2: ~h OK .*
C2: i UID FETCH 5 FLAGS
S2: ~\* 5 FETCH \(UID 5 FLAGS \(\\Seen( \\Recent)?\)\)
S2: ~i OK .*
# one's own and all's in one conditional STORE (RFC 7162 3.1.3): the condition holds for both together
C2: j UID STORE 5 (UNCHANGEDSINCE 1) FLAGS (\Answered)
S2: ...
S2: ~j OK \[MODIFIED 5\] .*
C2: k UID STORE 5 (UNCHANGEDSINCE 999999) FLAGS (\Answered)
S2: ~\* 5 FETCH \(UID 5 .*FLAGS \(\\Answered( \\Recent)?\).*\)
S2: ~k OK [^\[].*
C2: l UID STORE 5 (UNCHANGEDSINCE 999999) +FLAGS (\Seen \Flagged)
S2: ~\* 5 FETCH \(UID 5 .*FLAGS \(.*\).*\)
S2: ~l OK [^\[].*
C2: m UID STORE 5 -FLAGS (\Flagged \Answered)
S2: ~\* 5 FETCH \(UID 5 .*FLAGS \(\\Seen( \\Recent)?\).*\)
S2: ~m OK .*
C: f NOOP
S: ...
S: ~f OK .*
C: g UID FETCH 4:5 FLAGS
S: ~\* 4 FETCH \(UID 4 FLAGS \((\\Recent)?\)\)
S: ~\* 5 FETCH \(UID 5 FLAGS \((\\Recent)?\)\)
S: ~g OK .*
C: h LOGOUT
S: ...
S: ~h OK .*

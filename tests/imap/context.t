# CONTEXT=SEARCH: searches whose changes are told (RFC 5267 4.3).
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
# message: other
| Subject: other
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .* CONTEXT=SEARCH .*
C: a SELECT INBOX
S: ...
S: ~a OK .*
CONNECT2
S2: ~\* OK .*
C2: a LOGIN alice secret
S2: ~a OK .*
C2: a SELECT INBOX
S2: ...
S2: ~a OK .*
C: b STORE 2 +FLAGS.SILENT \Flagged
S: b OK stored
C: n1 NOOP
S: n1 OK nothing done
# found once, then kept up; text in a literal
C: u1 UID SEARCH RETURN (UPDATE COUNT) FLAGGED SUBJECT {1+}
R: m\r\n
S: * ESEARCH (TAG "u1") UID COUNT 1
S: u1 OK searched
C: u1 SEARCH RETURN (UPDATE) ALL
S: ~u1 BAD .*
C: s2 SEARCH RETURN (UPDATE ALL) UNDELETED
S: * ESEARCH (TAG "s2") ALL 1:3
S: s2 OK searched
# flags: by another, and by itself
C2: b STORE 1,3 +FLAGS.SILENT \Flagged
S2: ...
S2: b OK stored
C: c NOOP
S: ~\* 1 FETCH .*
S: ~\* 3 FETCH .*
S: * ESEARCH (TAG "u1") UID ADDTO (0 1,3)
S: c OK nothing done
C: c STORE 1 -FLAGS.SILENT (\Flagged)
S: * ESEARCH (TAG "u1") UID REMOVEFROM (0 1)
S: c OK stored
C: c STORE 3 +FLAGS.SILENT (\Deleted)
S: * ESEARCH (TAG "s2") REMOVEFROM (0 3)
S: c OK stored
# arrivals: only what matches, behind EXISTS
DELIVER alice@example.test other
C: d NOOP
S: * 4 EXISTS
S: ...
S: * ESEARCH (TAG "s2") ADDTO (0 4)
S: d OK nothing done
# expunges: before the number goes, and for what is no result any more nothing
C2: e STORE 2 +FLAGS.SILENT \Deleted
S2: ...
S2: e OK stored
C2: e EXPUNGE
S2: ...
S2: ~e OK .*
C: e NOOP
S: ~\* ESEARCH \(TAG "(s2|u1)"\)( UID)? REMOVEFROM .*
S: ...
S: * 2 EXPUNGE
S: ...
S: e OK nothing done
C: e UID SEARCH ALL
S: * SEARCH 1 4
S: e OK searched
# in IDLE, too
C: f IDLE
S: ~\+ .*
C2: f STORE 1 +FLAGS.SILENT \Flagged
S2: ...
S2: f OK stored
S: ~\* 1 FETCH .*
S: * ESEARCH (TAG "u1") UID ADDTO (0 1)
C: DONE
S: ~f OK .*
# cancelled
C: g CANCELUPDATE "u1" "never"
S: ~g OK .*
C2: g STORE 1 -FLAGS.SILENT \Flagged
S2: ...
S2: g OK stored
C: g NOOP
S: ~\* 1 FETCH .*
S: g OK nothing done
C: g CANCELUPDATE
S: ~g BAD .*
# refused, but found
C: h SEARCH RETURN (UPDATE COUNT) 1:2 ALL
S: ~\* NO \[NOUPDATE "h"\] .*
S: * ESEARCH (TAG "h") COUNT 2
S: h OK searched
C: h1 SEARCH RETURN (CONTEXT COUNT) ALL
S: * ESEARCH (TAG "h1") COUNT 2
S: h1 OK searched
# gone with the mailbox
C: i SELECT INBOX
S: ...
S: ~i OK .*
C2: i STORE 1 +FLAGS.SILENT \Deleted
S2: ...
S2: i OK stored
C: i NOOP
S: ~\* 1 FETCH .*
S: i OK nothing done

# REPLACE and UID REPLACE (RFC 8508): one message in place of another, at once.
# server: users=alice@example.test:secret:quota=20K deliver=alice@example.test:one,alice@example.test:two,alice@example.test:three
# message: one
| Subject: one
|
| x
# message: two
| Subject: two
|
| x
# message: three
| Subject: three
|
| x
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a REPLACE 1 INBOX {3}
S: ~a BAD REPLACE: select a mailbox first
C: a CREATE Drafts2
S: ~a OK .*
C: b SELECT INBOX
S: ...
S: ~b OK .*
C: c REPLACE 2 INBOX (\Seen \Draft) "17-Jul-1996 02:44:25 -0700" {16}
S: + go ahead
R: Subject: new\r\n\r\n\r\n
S: ~\* OK \[APPENDUID (?P<v>\d+) 4\] .*
S: * 2 EXPUNGE
S: * 3 EXISTS
S: ...
S: ~c OK .*
C: d UID FETCH 1:* (FLAGS)
S: ~\* 1 FETCH \(UID 1 .*
S: ~\* 2 FETCH \(UID 3 .*
S: ~\* 3 FETCH \(UID 4 FLAGS \(\\Seen \\Draft.*
S: ~d OK .*
# into another mailbox, by UID
C: e UID REPLACE 3 Drafts2 {10+}
R: S: new\r\n\r\n\n
S: ~\* OK \[APPENDUID \d+ 1\] .*
S: * 2 EXPUNGE
S: ~e OK .*
C: e STATUS Drafts2 (MESSAGES)
S: * STATUS Drafts2 (MESSAGES 1)
S: ~e OK .*
# nothing happens
C: f REPLACE 3 INBOX {3}
S: ~f BAD .*
C: f UID REPLACE 3 INBOX {3}
S: ~f NO \[NONEXISTENT\] .*
C: f REPLACE 1 nowhere {3}
S: f NO [TRYCREATE] no such mailbox
C: f REPLACE 1 INBOX {0}
S: ~f NO \[CANNOT\] .*
C: f REPLACE 1 INBOX {3+}
R: a:b {3}\r\n
S: ~f BAD .*
C: f REPLACE 1 INBOX {99999999}
S: ~f NO \[TOOBIG\] .*
C: f REPLACE 0 INBOX {3}
S: ~f BAD .*
C: f REPLACE 1
S: ~f BAD .*
C: f REPLACE 1 INBOX
S: ~f BAD .*
C: g NOOP
S: g OK nothing done
# quota: only the net counts (RFC 8508 3.4)
C: h APPEND INBOX {15000+}
R: {14996*a}\r\n\r\n\r\n
S: * 3 EXISTS
S: ...
S: ~h OK .*
C: i APPEND INBOX {15000}
S: ~i NO \[OVERQUOTA\] .*
C: j REPLACE 3 INBOX {15001+}
R: {14997*a}\r\n\r\n\r\n
S: ~\* OK \[APPENDUID $v 6\] .*
S: ...
S: ~j OK .*
# CATENATE, too: the draft from its former self
C: k REPLACE 3 INBOX CATENATE (URL ";UID=4/;SECTION=HEADER" TEXT {3+}
R: abc)\r\n
S: ~\* OK \[APPENDUID $v 7\] .*
S: * 3 EXPUNGE
S: * 3 EXISTS
S: ...
S: ~k OK .*
C: l FETCH 3 (BODY.PEEK[])
S: * 3 FETCH (BODY[] {19}
S: Subject: new
S: 
S: abc)
S: ~l OK .*
# read-only
C: m EXAMINE INBOX
S: ...
S: ~m OK .*
C: n REPLACE 1 INBOX {3}
S: ~n NO \[NOPERM\] .*

# SELECT, EXAMINE, UNSELECT, CLOSE, CHECK (RFC 9051 6.3.2, 6.3.3, 6.4.1, 6.4.2; RFC 3501).
# server: users=alice@example.test:secret deliver=alice@example.test:hi,alice@example.test:hi
# message: hi
| Subject: hi
|
| text
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b SELECT inbox
S: ~\* FLAGS \(\\Answered \\Flagged \\Deleted \\Seen \\Draft\)
S: ~\* OK \[PERMANENTFLAGS \(\\Answered \\Flagged \\Deleted \\Seen \\Draft \\\*\)\] .*
S: * 2 EXISTS
S: ~\* \d RECENT
S: ~\* OK \[UIDVALIDITY \d+\] .*
S: ~\* OK \[UIDNEXT 3\] .*
S: ~\* OK \[HIGHESTMODSEQ \d+\] .*
S: ~\* OK \[ANNOTATIONS .*
S: ~\* OK \[URLMECH INTERNAL\] .*
S: ~\* OK \[MAILBOXID \(F[0-9a-f]+\)\] .*
S: b OK [READ-WRITE] selected
C: c CHECK
S: ~c OK .*
C: d EXAMINE INBOX
S: * OK [CLOSED] the mailbox before is closed
S: ...
S: ~\* OK \[PERMANENTFLAGS \(\)\] .*
S: ...
S: d OK [READ-ONLY] selected
C: e UNSELECT
S: e OK closed
C: f CHECK
S: f BAD CHECK: select a mailbox first
C: g SELECT INBOX
S: ...
S: g OK [READ-WRITE] selected
C: h SELECT Nosuch
S: * OK [CLOSED] the mailbox before is closed
S: ~h NO \[NONEXISTENT\] .*
# RFC 9051 6.3.2: nothing is selected then
C: i CHECK
S: ~i BAD .*
C: j SELECT
S: j BAD an argument is missing
C: k SELECT a//b
S: ~k NO \[CANNOT\] .*
C: l SELECT INBOX (NOSUCH)
S: ~l BAD .*
C: m SELECT INBOX (QRESYNC (1 1))
S: m BAD ENABLE QRESYNC first
C: n SELECT INBOX (CONDSTORE)
S: ...
S: n OK [READ-WRITE] selected
DELIVER alice@example.test hi
C: o NOOP
S: * 3 EXISTS
S: ~\* \d RECENT
S: ~o OK .*
C: p CLOSE
S: p OK closed
C: q LOGOUT
S: ~\* BYE .*
S: ~q OK .*
CLOSE

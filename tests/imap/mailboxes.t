# CREATE, DELETE, RENAME, SUBSCRIBE: what may be named how.
# RFC 9051 6.3.4 to 6.3.8, RFC 8474 4, SECURITY B10
# server: users=alice@example.test:secret sets=special_folders=
# server: deliver=alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a CREATE INBOX
S: ~a NO \[ALREADYEXISTS\] .*
C: a CREATE iNbOx
S: ~a NO \[ALREADYEXISTS\] .*
# 6.3.4: the separator at the end is a declaration
C: a CREATE owatagusiam/
S: ~a OK .*
C: a CREATE owatagusiam/blurdybloop
S: ~a OK \[MAILBOXID \((?P<id>F[0-9a-f]+)\)\] .*
C: a CREATE owatagusiam
S: ~a NO \[ALREADYEXISTS\] .*
C: a STATUS owatagusiam/blurdybloop (MAILBOXID UIDVALIDITY)
S: ~\* STATUS owatagusiam/blurdybloop \(UIDVALIDITY (?P<uv>\d+) MAILBOXID \($id\)\)
S: ~a OK .*
# names that cannot be, in NO; as syntax they are fine
C: a CREATE ""
S: ~a NO \[CANNOT\] .*
C: a CREATE /a
S: ~a NO \[CANNOT\] .*
C: a CREATE a//b
S: ~a NO \[CANNOT\] .*
C: a CREATE "a*b"
S: ~a NO \[CANNOT\] .*
C: a CREATE "a%b"
S: ~a NO \[CANNOT\] .*
C: a CREATE #news
S: ~a NO \[CANNOT\] .*
C: a CREATE "&AC8-"
S: ~a NO \[CANNOT\] .*
C: a CREATE "&APw"
S: ~a NO \[CANNOT\] .*
C: a CREATE {401*x}
S: ~a NO \[CANNOT\] .*
C: a CREATE ../../etc/passwd
S: ~a OK .*
C: a DELETE ../../etc/passwd
S: ~a OK .*
C: a DELETE ../../etc
S: ~a OK .*
C: a DELETE ../..
S: ~a OK .*
C: a DELETE ..
S: ~a OK .*
# modified UTF-7, and its twin in NFD: one mailbox
C: a CREATE "&AOk-t&AOk-"
S: ~a OK .*
C: a CREATE "e&AwE-te&AwE-"
S: ~a NO \[ALREADYEXISTS\] .*
C: a LIST "" "e&AwE-*"
S: * LIST (\\HasNoChildren) "/" &AOk-t&AOk-
S: ~a OK .*
# RENAME: with its children; the id goes along, UIDVALIDITY too
C: a RENAME owatagusiam zap/zowie
S: ~a OK .*
C: a LIST "" *z*
S: * LIST (\\HasChildren) "/" zap
S: * LIST (\\HasChildren) "/" zap/zowie
S: * LIST (\\HasNoChildren) "/" zap/zowie/blurdybloop
S: ~a OK .*
C: a STATUS zap/zowie/blurdybloop (MAILBOXID UIDVALIDITY)
S: * STATUS zap/zowie/blurdybloop (UIDVALIDITY $uv MAILBOXID ($id))
S: ~a OK .*
C: a RENAME zap/zowie zap/zowie/deeper
S: ~a NO \[CANNOT\] .*
C: a RENAME zap zap
S: ~a NO \[ALREADYEXISTS\] .*
C: a RENAME nosuch other
S: ~a NO \[NONEXISTENT\] .*
C: a RENAME zap INBOX
S: ~a NO \[ALREADYEXISTS\] .*
C: a RENAME zap "Shared/x"
S: ~a NO \[NOPERM\] .*
# a level that is no mailbox is renamed, too
C: a DELETE zap
S: ~a OK .*
C: a RENAME zap bumm
S: ~a OK .*
C: a LIST "" *o*
S: * LIST (\\HasChildren) "/" bumm/zowie
S: * LIST (\\HasNoChildren) "/" bumm/zowie/blurdybloop
S: ~a OK .*
# INBOX: its messages go, it stays, empty (6.3.6); what lies below it is not touched
C: a CREATE INBOX/sub
S: ~a OK .*
C: a STATUS inbox (MESSAGES UIDNEXT UIDVALIDITY)
S: ~\* STATUS INBOX \(MESSAGES 1 UIDNEXT 2 UIDVALIDITY (?P<old>\d+)\)
S: ~a OK .*
C: a RENAME INBOX old-mail
S: ~a OK .*
C: a STATUS old-mail (MESSAGES)
S: * STATUS old-mail (MESSAGES 1)
S: ~a OK .*
C: a STATUS INBOX (MESSAGES)
S: * STATUS INBOX (MESSAGES 0)
S: ~a OK .*
C: a LIST "" INBOX*
S: * LIST (\\HasChildren) "/" INBOX
S: * LIST (\\HasNoChildren) "/" INBOX/sub
S: ~a OK .*
# DELETE
C: a DELETE INBOX
S: ~a NO \[CANNOT\] .*
C: a DELETE nosuch
S: ~a NO \[NONEXISTENT\] .*
C: a CREATE again
S: ~a OK \[MAILBOXID \((?P<first>F[0-9a-f]+)\)\] .*
C: a STATUS again (UIDVALIDITY)
S: ~\* STATUS again \(UIDVALIDITY (?P<v1>\d+)\)
S: ~a OK .*
C: a DELETE again
S: ~a OK .*
C: a CREATE again
S: ~a OK \[MAILBOXID \(F[0-9a-f]+\)\] .*
# one that is open: it is closed; another session that has it open is sent away
C: a SELECT again
S: ...
S: ~a OK .*
CONNECT2
S2: ~\* OK .*
C2: a LOGIN alice secret
S2: ~a OK .*
C2: a SELECT again
S2: ...
S2: ~a OK .*
C: a DELETE again
S: * OK [CLOSED] the mailbox is closed
S: ~a OK .*
C: a CHECK
S: ~a BAD .*
C2: a NOOP
S2: ~\* BYE .*
S2: ~a OK .*
CLOSE2
# syntax
C: a CREATE
S: ~a BAD .*
C: a CREATE a b
S: ~a BAD .*
C: a RENAME a
S: ~a BAD .*
C: a SUBSCRIBE
S: ~a BAD .*
C: a UNSUBSCRIBE never-was
S: ~a OK .*

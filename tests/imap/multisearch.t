# ESEARCH in many mailboxes: RFC 7377.
# server: users=alice@example.test:secret,bob@example.test:pw sets=special_folders=
# server: deliver=alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .* MULTISEARCH .*
C: a CREATE one
S: ~a OK .*
C: a CREATE one/two
S: ~a OK .*
C: a CREATE one/two/three
S: ~a OK .*
C: a CREATE empty
S: ~a OK .*
C: a APPEND one (\Flagged) {19+}
R: Subject: x\r\n\r\nyes\r\n\r\n
S: ~a OK .*
C: a APPEND one/two {18+}
R: Subject: x\r\n\r\nno\r\n\r\n
S: ~a OK .*
C: a APPEND one/two/three (\Flagged $Work) {19+}
R: Subject: x\r\n\r\nyes\r\n\r\n
S: ~a OK .*
# not selected: what there is, by UID
C: b ESEARCH IN (mailboxes one) ALL
S: ~\* ESEARCH \(TAG "b" MAILBOX one UIDVALIDITY \d+\) UID ALL 1
S: b OK searched
C: b ESEARCH IN (mailboxes (one INBOX empty nosuch)) RETURN (COUNT MAX) ALL
S: ~\* ESEARCH \(TAG "b" MAILBOX INBOX UIDVALIDITY \d+\) UID MAX 2 COUNT 2
S: ~\* ESEARCH \(TAG "b" MAILBOX one UIDVALIDITY \d+\) UID MAX 1 COUNT 1
S: b OK searched
C: b ESEARCH IN (subtree one) FLAGGED
S: ~\* ESEARCH \(TAG "b" MAILBOX one UIDVALIDITY \d+\) UID ALL 1
S: ~\* ESEARCH \(TAG "b" MAILBOX one/two/three UIDVALIDITY \d+\) UID ALL 1
S: b OK searched
C: b ESEARCH IN (subtree-one one) SUBJECT x
S: ~\* ESEARCH \(TAG "b" MAILBOX one UIDVALIDITY \d+\) UID ALL 1
S: ~\* ESEARCH \(TAG "b" MAILBOX one/two UIDVALIDITY \d+\) UID ALL 1
S: b OK searched
# each once
C: b ESEARCH IN (personal subtree one mailboxes (INBOX INBOX)) RETURN () BODY yes
S: ~\* ESEARCH \(TAG "b" MAILBOX one UIDVALIDITY \d+\) UID ALL 1
S: ~\* ESEARCH \(TAG "b" MAILBOX one/two/three UIDVALIDITY \d+\) UID ALL 1
S: b OK searched
# "*" and keywords are each mailbox's own
C: b ESEARCH IN (personal) KEYWORD $Work
S: ~\* ESEARCH \(TAG "b" MAILBOX one/two/three UIDVALIDITY \d+\) UID ALL 1
S: b OK searched
C: b ESEARCH IN (mailboxes (INBOX one)) *
S: ~\* ESEARCH \(TAG "b" MAILBOX INBOX UIDVALIDITY \d+\) UID ALL 2
S: ~\* ESEARCH \(TAG "b" MAILBOX one UIDVALIDITY \d+\) UID ALL 1
S: b OK searched
C: b ESEARCH IN (personal) 2:50
S: ~\* ESEARCH \(TAG "b" MAILBOX INBOX UIDVALIDITY \d+\) UID ALL 2
S: b OK searched
# nothing is nothing, whatever is asked for
C: b ESEARCH IN (personal) RETURN (COUNT) SUBJECT nowhere
S: b OK searched
C: b ESEARCH IN (personal) RETURN (PARTIAL 1:1) SUBJECT m
S: ~\* ESEARCH \(TAG "b" MAILBOX INBOX UIDVALIDITY \d+\) UID PARTIAL \(1:1 1\)
S: b OK searched
# another's mailbox, with and without rights
CONNECT2
S2: ~\* OK .*
C2: a LOGIN bob pw
S2: ~a OK .*
C2: a ESEARCH IN (mailboxes "Other Users/alice@example.test/one") ALL
S2: a OK searched
C: c SETACL one bob l
S: ~c OK .*
C2: a ESEARCH IN (mailboxes "Other Users/alice@example.test/one") ALL
S2: a OK searched
C: c SETACL one bob lr
S: ~c OK .*
C2: a ESEARCH IN (mailboxes "Other Users/alice@example.test/one") UNSEEN
S2: ~\* ESEARCH \(TAG "a" MAILBOX "Other Users/alice@example.test/one" UIDVALIDITY \d+\) UID ALL 1
S2: a OK searched
# what is wrong
C: d ESEARCH ALL
S: ~d BAD .*
C: d ESEARCH IN (selected) ALL
S: ~d BAD .*
C: d ESEARCH IN (selected-delayed) ALL
S: ~d BAD .*
C: d ESEARCH IN (personal) RETURN (SAVE) ALL
S: ~d BAD .*
C: d ESEARCH IN (personal) CHARSET nobody ALL
S: ~d NO \[BADCHARSET.*
C: d ESEARCH IN (nonsense) ALL
S: ~d BAD .*
C: d ESEARCH IN () ALL
S: ~d BAD .*
C: d ESEARCH IN (personal) NONSENSE
S: ~d BAD .*
C: d ESEARCH IN (mailboxes nosuch) (
S: ~d BAD .*
# the selected one
C: e SELECT INBOX
S: ...
S: ~e OK .*
C: f ESEARCH UNSEEN
S: ~\* ESEARCH \(TAG "f" MAILBOX INBOX UIDVALIDITY \d+\) UID ALL 1:2
S: f OK searched
C: f ESEARCH RETURN (SAVE) 2
S: f OK searched
C: f ESEARCH IN (selected) $
S: ~\* ESEARCH \(TAG "f" MAILBOX INBOX UIDVALIDITY \d+\) UID ALL 2
S: f OK searched
C: f ESEARCH IN (selected mailboxes one) 1
S: ~\* ESEARCH \(TAG "f" MAILBOX INBOX UIDVALIDITY \d+\) UID ALL 1
S: ~\* ESEARCH \(TAG "f" MAILBOX one UIDVALIDITY \d+\) UID ALL 1
S: f OK searched
C: f ESEARCH IN (mailboxes one) RETURN (SAVE) ALL
S: ~f BAD .*
C: f ESEARCH IN (mailboxes one) $
S: f OK searched
# and the session is where it was
C: f SEARCH ALL
S: * SEARCH 1 2
S: f OK searched

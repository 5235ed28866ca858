# THREAD and UID THREAD: ORDEREDSUBJECT, REFERENCES (RFC 5256), REFS (draft-ietf-morg-inthread).
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:1,alice@example.test:2,alice@example.test:3,alice@example.test:4,alice@example.test:5,alice@example.test:6
# message: 1
| Date: Mon, 1 Jan 2001 00:00:00 +0000
| Message-ID: <"agenda"@x.test>
| Subject: Agenda
|
| 1
# message: 2
| Date: Mon, 2 Jan 2001 00:00:00 +0000
| Message-ID: <plan@x.test>
| Subject: Plan
|
| 2
# message: 3
| Date: Mon, 3 Jan 2001 00:00:00 +0000
| Message-ID: <3@x.test>
| In-Reply-To: Your message of Monday <agenda@x.test>
| Subject: What about
|
| 3
# message: 4
| Date: Mon, 4 Jan 2001 00:00:00 +0000
| Message-ID: <4@x.test>
| Subject: Re: [x] PLAN
|
| 4
# message: 5
| Date: Mon, 3 Jan 2001 12:00:00 +0000
| Message-ID: <5@x.test>
| References: <unknown@x.test>
|  <agenda@x.test>
| In-Reply-To: <plan@x.test>
| Subject: elsewhere
|
| 5
# message: 6
| Date: Mon, 2 Jan 2001 12:00:00 +0000
| Message-ID: <6@x.test>
| References: <agenda@x.test> <3@x.test>
| Subject: Re: Agenda
|
| 6
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a CAPABILITY
S: ~\* CAPABILITY .* THREAD=ORDEREDSUBJECT THREAD=REFERENCES THREAD=REFS( .*)?
S: ~a OK .*
C: a THREAD REFS UTF-8 ALL
S: ~a BAD .*
C: b SELECT INBOX
S: ...
S: ~b OK .*
C: c THREAD REFERENCES UTF-8 ALL
S: * THREAD (1 (3 6)(5))(2 4)
S: ~c OK .*
C: c THREAD REFS UTF-8 ALL
S: * THREAD (2)(4)(1 (3 6)(5))
S: ~c OK .*
C: c THREAD ORDEREDSUBJECT UTF-8 ALL
S: * THREAD (1 6)(2 4)(3)(5)
S: ~c OK .*
# what does not match is a dummy
C: c THREAD REFERENCES UTF-8 NOT 1
S: * THREAD (2 4)((3 6)(5))
S: ~c OK .*
C: c THREAD REFS UTF-8 1,6
S: * THREAD (1 6)
S: ~c OK .*
C: c thread references us-ascii text "gewp"
S: * THREAD
S: ~c OK .*
C: c STORE 2 +FLAGS.SILENT (\Deleted)
S: ~c OK .*
C: c EXPUNGE
S: * 2 EXPUNGE
S: ~c OK .*
C: c THREAD REFS UTF-8 ALL
S: * THREAD (3)(1 (2 5)(4))
S: ~c OK .*
C: c UID THREAD REFS UTF-8 ALL
S: * THREAD (4)(1 (3 6)(5))
S: ~c OK .*
# RFC 7162 3.1.9: no MODSEQ in THREAD
C: c UID THREAD REFS UTF-8 MODSEQ 1
S: ~\* OK \[HIGHESTMODSEQ .*
S: * THREAD (4)(1 (3 6)(5))
S: ~c OK .*
C: c THREAD JWZ UTF-8 ALL
S: ~c BAD .*
C: c THREAD REFS ALL
S: ~c BAD .*
C: c THREAD REFS UTF-8
S: ~c BAD .*
C: c THREAD REFS X-KLINGON ALL
S: ~c NO \[BADCHARSET .*
C: c THREAD (REFS) UTF-8 ALL
S: ~c BAD .*

# SORT and UID SORT (RFC 5256), SORT=DISPLAY (5957), ESORT (5267 3), PARTIAL (9394), MODSEQ (7162 3.1.9), SAVE (5182).
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:one,alice@example.test:two,alice@example.test:three,alice@example.test:four,alice@example.test:five
# message: one
| Date: Wed, 31 Dec 2000 16:01:33 -0800
| From: Zoe <beta@example.test>
| To: (none) gamma@example.test
| Cc: Delta@example.test
| Subject: Re: [list] Orange
|
| a little longer than the others are, all of them
# message: two
| Date: Mon, 1 Jan 2001 00:01:32 +0000
| From: alpha@example.test
| To: "Beta" <x@example.test>, aaa@example.test
| Subject: apple (fwd)
|
| x
# message: three
| Date: 1 Jan 2001 00:01:33 Mars/Noon
| From: =?utf-8?q?=C3=84rger?= <Gamma@example.test>
| Subject: =?utf-8?q?=C3=A4pfel?=
|
| xx
# message: four
| From: "aRGER" <alpha@example.test>
| To: Friends: b@example.test, c@example.test;
| Subject: ORANGE
|
| xxx
# message: five
| Date: Sun, 31 Dec 2000 23:00:00 +0000
| To: undisclosed
|
| xxxx
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a CAPABILITY
S: ~\* CAPABILITY .* SORT SORT=DISPLAY ESORT( .*)?
S: ~a OK .*
C: a SORT (DATE) UTF-8 ALL
S: ~a BAD .*
C: b SELECT INBOX
S: ...
S: ~b OK .*
# sent dates in UTC; a bad zone is UTC; without Date: the INTERNALDATE, which is today's (RFC 5256 2.2)
C: c SORT (DATE) UTF-8 ALL
S: * SORT 5 2 1 3 4
S: ~c OK .*
C: c SORT (REVERSE DATE) UTF-8 ALL
S: * SORT 4 1 3 2 5
S: ~c OK .*
C: c sort (arrival) us-ascii all
S: * SORT 1 2 3 4 5
S: ~c OK .*
C: c SORT (REVERSE SIZE) UTF-8 2,1
S: * SORT 1 2
S: ~c OK .*
# base subjects, i;unicode-casemap: the umlaut is decomposed; the empty string comes first
C: c SORT (SUBJECT) UTF-8 ALL
S: * SORT 5 2 3 1 4
S: ~c OK .*
# REVERSE does not turn the order of equals
C: c SORT (REVERSE SUBJECT) UTF-8 ALL
S: * SORT 1 4 3 2 5
S: ~c OK .*
C: c SORT (REVERSE SUBJECT REVERSE DATE) UTF-8 ALL
S: * SORT 4 1 3 2 5
S: ~c OK .*
# the local part of the first address alone; of a group its name
C: c SORT (FROM) UTF-8 ALL
S: * SORT 5 2 4 1 3
S: ~c OK .*
C: c SORT (TO) UTF-8 ALL
S: * SORT 3 4 1 5 2
S: ~c OK .*
C: c SORT (REVERSE CC) UTF-8 ALL
S: * SORT 1 2 3 4 5
S: ~c OK .*
# names as they are shown; the address where there is none
C: c SORT (DISPLAYFROM) UTF-8 ALL
S: * SORT 5 2 4 3 1
S: ~c OK .*
C: c SORT (DISPLAYTO) UTF-8 2,3
S: * SORT 3 2
S: ~c OK .*
# a second criterion; one that is repeated changes nothing
C: c SORT (FROM REVERSE DATE FROM) UTF-8 ALL
S: * SORT 5 4 2 1 3
S: ~c OK .*
C: c SORT (SUBJECT) UTF-8 TEXT "not in mailbox"
S: * SORT
S: ~c OK .*
# the charset is that of the texts
C: c SORT (SUBJECT) ISO-8859-1 SUBJECT {5}
S: ~\+.*
R: \xe4pfel\r\n
S: * SORT 3
S: ~c OK .*
C: c SORT (SUBJECT) X-KLINGON ALL
S: ~c NO \[BADCHARSET \(.*UTF-8.*\)\] .*
# what is wrong
C: c SORT (SUBJECT) ALL
S: ~c BAD .*
C: c SORT () UTF-8 ALL
S: ~c BAD .*
C: c SORT SUBJECT UTF-8 ALL
S: ~c BAD .*
C: c SORT (REVERSE) UTF-8 ALL
S: ~c BAD .*
C: c SORT (REVERSE REVERSE DATE) UTF-8 ALL
S: ~c BAD .*
C: c SORT (COLOUR) UTF-8 ALL
S: ~c BAD .*
C: c SORT (DATE) UTF-8
S: ~c BAD .*
C: c SORT (DATE  SIZE) UTF-8 ALL
S: ~c BAD .*
# UIDs
C: c STORE 1 +FLAGS.SILENT (\Deleted)
S: ~c OK .*
C: c EXPUNGE
S: * 1 EXPUNGE
S: ~c OK .*
C: c SORT (SUBJECT) UTF-8 ALL
S: * SORT 4 1 2 3
S: ~c OK .*
C: c UID SORT (SUBJECT) UTF-8 ALL
S: * SORT 5 2 3 4
S: ~c OK .*
C: c UID SORT (SUBJECT) UTF-8 UID 3:*
S: * SORT 5 3 4
S: ~c OK .*
# RETURN: sequence sets in the order asked for, ranges only upwards (RFC 5267 3.2)
C: c UID SORT RETURN () (SUBJECT) UTF-8 ALL
S: * ESEARCH (TAG "c") UID ALL 5,2:4
S: ~c OK .*
C: c SORT RETURN (ALL) (REVERSE DATE) UTF-8 ALL
S: * ESEARCH (TAG "c") ALL 3,2,1,4
S: ~c OK .*
C: c SORT RETURN (MIN MAX COUNT) (SUBJECT) UTF-8 ALL
S: * ESEARCH (TAG "c") MIN 4 MAX 3 COUNT 4
S: ~c OK .*
C: c UID SORT RETURN (PARTIAL 1:2 COUNT) (SUBJECT) UTF-8 ALL
S: * ESEARCH (TAG "c") UID COUNT 4 PARTIAL (1:2 5,2)
S: ~c OK .*
C: c UID SORT RETURN (PARTIAL -1:-2) (SUBJECT) UTF-8 ALL
S: * ESEARCH (TAG "c") UID PARTIAL (-1:-2 3:4)
S: ~c OK .*
C: c UID SORT RETURN (PARTIAL 9:20) (SUBJECT) UTF-8 ALL
S: * ESEARCH (TAG "c") UID PARTIAL (9:20 NIL)
S: ~c OK .*
C: c SORT RETURN (MIN MAX COUNT ALL) (SUBJECT) UTF-8 SUBJECT nothing
S: * ESEARCH (TAG "c") COUNT 0
S: ~c OK .*
C: c SORT RETURN (PARTIAL 1:2 ALL) (SUBJECT) UTF-8 ALL
S: ~c BAD .*
C: c SORT RETURN (RELEVANCY) (SUBJECT) UTF-8 ALL
S: ~c BAD .*
# CONTEXT is a hint; updates of a SORT are refused (RFC 5267 4.3.1)
C: d1 UID SORT RETURN (CONTEXT UPDATE COUNT) (DATE) UTF-8 ALL
S: ~\* NO \[NOUPDATE "d1"\] .*
S: * ESEARCH (TAG "d1") UID COUNT 4
S: ~d1 OK .*
# "$" is what was found, or what MIN, MAX or PARTIAL chose by the order
C: c SORT RETURN (SAVE) (SUBJECT) UTF-8 2:3
S: ~c OK .*
C: c UID SEARCH $
S: * SEARCH 3 4
S: ~c OK .*
C: c SORT RETURN (SAVE MIN MAX) (SUBJECT) UTF-8 ALL
S: * ESEARCH (TAG "c") MIN 4 MAX 3
S: ~c OK .*
C: c UID SEARCH $
S: * SEARCH 4 5
S: ~c OK .*
C: c SORT RETURN (SAVE PARTIAL 1:2) (SUBJECT) UTF-8 ALL
S: * ESEARCH (TAG "c") PARTIAL (1:2 4,1)
S: ~c OK .*
C: c UID SEARCH $
S: * SEARCH 2 5
S: ~c OK .*
C: c SORT RETURN (SAVE MIN PARTIAL 1:2) (SUBJECT) UTF-8 ALL
S: * ESEARCH (TAG "c") MIN 4 PARTIAL (1:2 4,1)
S: ~c OK .*
C: c UID SEARCH $
S: * SEARCH 2 5
S: ~c OK .*
# MODSEQ
C: c UID STORE 2 +FLAGS (\Flagged)
S: ~\* 1 FETCH \(.*\)
S: ~c OK .*
C: c UID FETCH 2 (MODSEQ)
S: ~\* OK \[HIGHESTMODSEQ .*
S: ~\* 1 FETCH \(UID 2 MODSEQ \((?P<two>\d+)\)\)
S: ~c OK .*
C: c UID FETCH 5 (MODSEQ)
S: ~\* 4 FETCH \(UID 5 MODSEQ \((?P<five>\d+)\)\)
S: ~c OK .*
C: c UID SORT (SUBJECT) UTF-8 MODSEQ 1
S: * SORT 5 2 3 4 (MODSEQ $two)
S: ~c OK .*
C: c UID SORT (SUBJECT) UTF-8 MODSEQ 99999999
S: * SORT
S: ~c OK .*
C: c UID SORT RETURN (ALL) (SUBJECT) UTF-8 MODSEQ 1
S: * ESEARCH (TAG "c") UID ALL 5,2:4 MODSEQ $two
S: ~c OK .*
C: c UID SORT RETURN (MIN) (SUBJECT) UTF-8 MODSEQ 1
S: * ESEARCH (TAG "c") UID MIN 5 MODSEQ $five
S: ~c OK .*
# annotations (RFC 5257 4.9): one's own, or everybody's
C: c UID STORE 3 ANNOTATION (/comment (value.priv "b" value.shared "y"))
S: ...
S: ~c OK .*
C: c UID STORE 4 ANNOTATION (/comment (value.priv "A" value.shared "z"))
S: ...
S: ~c OK .*
C: c UID SORT (ANNOTATION /comment value.priv) UTF-8 ALL
S: * SORT 2 5 4 3
S: ~c OK .*
C: c UID SORT (REVERSE ANNOTATION /comment value.shared) UTF-8 ALL
S: * SORT 4 3 2 5
S: ~c OK .*
C: c UID SORT (ANNOTATION /comment value) UTF-8 ALL
S: ~c BAD .*
C: c UID SORT (ANNOTATION /comm* value.priv) UTF-8 ALL
S: ~c BAD .*
# what another session expunges matches no more, but its number stays: it is told by UID SORT and UID THREAD, not by SORT and THREAD (RFC 9051 7.5.1)
CONNECT2 imap
S2: ~\* OK .*
C2: a LOGIN alice secret
S2: ~a OK .*
C2: a SELECT INBOX
S2: ...
S2: ~a OK .*
C2: a UID STORE 2 +FLAGS.SILENT (\Deleted)
S2: ...
S2: ~a OK .*
C2: a EXPUNGE
S2: ...
S2: ~a OK .*
C: c SORT (SUBJECT) UTF-8 ALL
S: * SORT 4 2 3
S: ~c OK .*
C: c THREAD ORDEREDSUBJECT UTF-8 2:*
S: * THREAD (4)(2)(3)
S: ~c OK .*
C: c UID SORT (SUBJECT) UTF-8 ALL
S: * SORT 5 3 4
S: * 1 EXPUNGE
S: ~c OK .*
C: c SORT (SUBJECT) UTF-8 ALL
S: * SORT 3 1 2
S: ~c OK .*
# UIDONLY (RFC 9586), and UTF8=ACCEPT, with which SORT still has a charset
C: c UNSELECT
S: ~c OK .*
C: c ENABLE UIDONLY UTF8=ACCEPT
S: ~\* ENABLED .*
S: ~c OK .*
C: c SELECT INBOX
S: ...
S: ~c OK .*
C: c SORT (SUBJECT) UTF-8 ALL
S: ~c BAD \[UIDREQUIRED\] .*
C: c UID SORT (SUBJECT) UTF-8 ALL
S: * SORT 5 3 4
S: ~c OK .*

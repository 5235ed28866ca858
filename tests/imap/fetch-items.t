# FETCH: items from the index, macros, sections, partials, errors (RFC 9051 6.4.5, 7.5.2; RFC 3501).
# server: users=alice@example.test:secret deliver=alice@example.test:parts,alice@example.test:plain
# message: parts
| From: A <a@x.test>
| To: b@y.test
| Subject: parts
| Message-ID: <1@x.test>
| Date: Mon, 1 Jan 2024 10:00:00 +0000
| MIME-Version: 1.0
| Content-Type: multipart/mixed; boundary=b
|
| preamble
| --b
| Content-Type: text/plain; charset=utf-8
| Content-Transfer-Encoding: quoted-printable
|
| Gr=C3=BC=C3=9Fe =
| an alle
| --b
| Content-Type: message/rfc822
|
| Subject: inner
| From: c@z.test
|
| inner text
| --b--
# message: plain
| Subject: two
|
| plain
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b SELECT INBOX
S: ...
S: ~b OK .*
# macros (RFC 9051 6.4.5)
C: c FETCH 2 ALL
S: ~\* 2 FETCH \(FLAGS \([^)]*\) INTERNALDATE "\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d \+\d{4}" RFC822.SIZE \d+ ENVELOPE \(NIL "two" NIL NIL NIL NIL NIL NIL NIL NIL\)\)
S: c OK fetched
C: c fetch 2 fast
S: ~\* 2 FETCH \(FLAGS \([^)]*\) INTERNALDATE "[^"]+" RFC822.SIZE \d+\)
S: c OK fetched
C: c FETCH 1 FULL
S: ~\* 1 FETCH \(FLAGS \([^)]*\) INTERNALDATE "[^"]+" RFC822.SIZE \d+ ENVELOPE \("Mon, 1 Jan 2024 10:00:00 \+0000" "parts" \(\("A" NIL "a" "x.test"\)\) \(\("A" NIL "a" "x.test"\)\) \(\("A" NIL "a" "x.test"\)\) \(\(NIL NIL "b" "y.test"\)\) NIL NIL NIL "<1@x.test>"\) BODY \(\("text" "plain" \("charset" "utf-8"\) NIL NIL "quoted-printable" 26 1\)\("message" "rfc822" NIL NIL NIL "7BIT" 44 \(NIL "inner" \(\(NIL NIL "c" "z.test"\)\) \(\(NIL NIL "c" "z.test"\)\) \(\(NIL NIL "c" "z.test"\)\) NIL NIL NIL NIL NIL\) \("TEXT" "PLAIN" \("CHARSET" "US-ASCII"\) NIL NIL "7BIT" 10 0\) 3\) "mixed"\)\)
S: c OK fetched
C: c FETCH 2 BODYSTRUCTURE
S: * 2 FETCH (BODYSTRUCTURE ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 7 1 NIL NIL NIL NIL))
S: c OK fetched
# the same item twice is told once; UID FETCH always has the UID
C: c UID FETCH 2 (UID UID FLAGS FLAGS)
S: ~\* 2 FETCH \(UID 2 FLAGS \([^)]*\)\)
S: c OK fetched
C: c FETCH 1:2 UID
S: * 1 FETCH (UID 1)
S: * 2 FETCH (UID 2)
S: c OK fetched
# sections (RFC 9051 6.4.5.1)
C: d FETCH 1 BODY.PEEK[1]
S: * 1 FETCH (BODY[1] {26}
S: Gr=C3=BC=C3=9Fe =
S: an alle)
S: d OK fetched
C: d FETCH 1 (BODY.PEEK[2.TEXT]<2.3> BODY.PEEK[2.HEADER.FIELDS (from)] BODY.PEEK[2.HEADER.FIELDS.NOT (from)])
S: * 1 FETCH (BODY[2.TEXT]<2> {3}
S: ner BODY[2.HEADER.FIELDS (from)] {18}
S: From: c@z.test
S: 
S:  BODY[2.HEADER.FIELDS.NOT (from)] {18}
S: Subject: inner
S: 
S: )
S: d OK fetched
C: d FETCH 1 (BODY.PEEK[1.MIME] BODY.PEEK[2.1] BODY.PEEK[3] BODY.PEEK[1.TEXT] BODY.PEEK[2.1]<99.1>)
S: * 1 FETCH (BODY[1.MIME] {88}
S: Content-Type: text/plain; charset=utf-8
S: Content-Transfer-Encoding: quoted-printable
S: 
S:  BODY[2.1] {10}
S: inner text BODY[3] NIL BODY[1.TEXT] NIL BODY[2.1]<99> {0}
S: )
S: d OK fetched
C: d FETCH 2 BODY.PEEK[HEADER.FIELDS (SUBJECT)]
S: * 2 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {16}
S: Subject: two
S: 
S: )
S: d OK fetched
C: d FETCH 2 BODY.PEEK[]<0.13>
S: * 2 FETCH (BODY[]<0> {13}
S: Return-Path: )
S: d OK fetched
# \Seen: not by PEEK nor RFC822.HEADER, by the others (RFC 3501 6.4.5)
C: e FETCH 2 RFC822.HEADER
S: ...
S: )
S: e OK fetched
C: e FETCH 2 FLAGS
S: ~\* 2 FETCH \(FLAGS \((\\Recent)?\)\)
S: e OK fetched
C: e FETCH 2 BODY[TEXT]
S: ~\* 2 FETCH \(FLAGS \(\\Seen( \\Recent)?\) BODY\[TEXT\] \{7\}
S: plain
S: )
S: e OK fetched
C: e FETCH 2 RFC822.TEXT
S: * 2 FETCH (RFC822.TEXT {7}
S: plain
S: )
S: e OK fetched
C: e FETCH 1 (FLAGS BODY[1]<0.1>)
S: ~\* 1 FETCH \(FLAGS \(\\Seen( \\Recent)?\) BODY\[1\]<0> \{1\}
S: G)
S: e OK fetched
C: f FETCH 1:2 FLAGS
S: ~\* 1 FETCH \(FLAGS \(\\Seen( \\Recent)?\)\)
S: ~\* 2 FETCH \(FLAGS \(\\Seen( \\Recent)?\)\)
S: f OK fetched
# numbers and UIDs that nobody has (RFC 9051 9: seq-number; 6.4.9)
C: g FETCH 3 FLAGS
S: ~g BAD .*
C: g UID FETCH 3:9 FLAGS
S: g OK fetched
C: g UID FETCH 9:* UID
S: * 2 FETCH (UID 2)
S: g OK fetched
C: g FETCH 0 FLAGS
S: ~g BAD .*
C: h FETCH 1
S: ~h BAD .*
C: h FETCH 1 ()
S: ~h BAD .*
C: h FETCH 1 (FLAGS
S: ~h BAD .*
C: h FETCH 1 (ALL)
S: ~h BAD .*
C: h FETCH 1 FLAGS UID
S: ~h BAD .*
C: h FETCH 1 BODY[0]
S: ~h BAD .*
C: h FETCH 1 BODY[MIME]
S: ~h BAD .*
C: h FETCH 1 BODY.PEEK
S: ~h BAD .*
C: h FETCH 1 NOSUCH
S: ~h BAD .*
C: h FETCH 1 FLAGS (NOSUCH)
S: ~h BAD .*
# EXAMINE: nothing is set
C: i EXAMINE INBOX
S: ...
S: ~i OK .*
C: j LOGOUT
S: ~\* BYE .*
S: ~j OK .*
CLOSE

# SEARCH: the keys of RFC 3501 and RFC 9051 6.4.4, charsets, what is refused.
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:parts,alice@example.test:plain,alice@example.test:words
# message: parts
| From: Anna Adler <anna@x.test>
| To: Bob <b@y.test>, "Carla, the third" <carla@Y.test>
| Cc: =?utf-8?Q?J=C3=BCrgen?= <j@z.test>
| Subject: parts of a message
| Message-ID: <1@x.test>
| Date: Mon, 1 Jan 2024 23:30:00 -0500
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
| Content-Type: text/html; charset=koi8-r
| Content-Transfer-Encoding: base64
|
| 8NLJ18XU
| --b
| Content-Type: application/octet-stream
|
| inside an attachment
| --b
| Content-Type: message/rfc822
|
| Subject: inner
| From: c@z.test
|
| inner text
| --b--
# message: plain
| From: b@y.test
| To: Anna <anna@x.test>
| Bcc: hidden@y.test
| Subject: two
| Date: Wed, 3 Jan 2024 10:00:00 +0000
| X-Loop: yes, there
| X-Empty:
|
| plain text, and the word needle
# message: words
| From: =?iso-8859-1?Q?Andr=E9?= <andre@z.test>
| Subject: =?utf-8?B?w4RwZmVs?= und
|  =?utf-8?Q?Birnen?=
|
| Only in the body: apfel
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b SELECT INBOX
S: ...
S: ~b OK .*
# flags
C: c STORE 1 +FLAGS.SILENT (\Seen \Flagged $Work)
S: ...
S: c OK stored
C: c STORE 2 +FLAGS.SILENT (\Answered \Draft \Deleted)
S: ...
S: c OK stored
C: d SEARCH ALL
S: * SEARCH 1 2 3
S: d OK searched
C: d SEARCH SEEN
S: * SEARCH 1
S: d OK searched
C: d SEARCH UNSEEN
S: * SEARCH 2 3
S: d OK searched
C: d search flagged
S: * SEARCH 1
S: d OK searched
C: d SEARCH ANSWERED DELETED DRAFT
S: * SEARCH 2
S: d OK searched
C: d SEARCH UNANSWERED UNDELETED UNDRAFT UNFLAGGED
S: * SEARCH 3
S: d OK searched
C: d SEARCH KEYWORD $work
S: * SEARCH 1
S: d OK searched
C: d SEARCH UNKEYWORD $Work
S: * SEARCH 2 3
S: d OK searched
C: d SEARCH KEYWORD $Never
S: * SEARCH
S: d OK searched
C: d SEARCH UNKEYWORD $Never
S: * SEARCH 1 2 3
S: d OK searched
C: d SEARCH RECENT
S: * SEARCH 1 2 3
S: d OK searched
C: d SEARCH NEW
S: * SEARCH 2 3
S: d OK searched
C: d SEARCH OLD
S: * SEARCH
S: d OK searched
# sets
C: d SEARCH 2:*
S: * SEARCH 2 3
S: d OK searched
C: d SEARCH 1,3 UNSEEN
S: * SEARCH 3
S: d OK searched
C: d SEARCH 700
S: * SEARCH
S: d OK searched
C: d SEARCH UID 3:2
S: * SEARCH 2 3
S: d OK searched
C: d SEARCH UID 99:*
S: * SEARCH 3
S: d OK searched
C: d SEARCH UIDAFTER 1 UIDBEFORE 3
S: * SEARCH 2
S: d OK searched
# connectives
C: d SEARCH NOT SEEN
S: * SEARCH 2 3
S: d OK searched
C: d SEARCH OR SEEN DRAFT
S: * SEARCH 1 2
S: d OK searched
C: d SEARCH NOT (OR SEEN DRAFT)
S: * SEARCH 3
S: d OK searched
C: d SEARCH (SEEN) ((OR 1 (2 DRAFT)))
S: * SEARCH 1
S: d OK searched
C: d SEARCH OR OR 1 2 NOT 3
S: * SEARCH 1 2
S: d OK searched
C: d SEARCH NOT NOT NOT 2
S: * SEARCH 1 3
S: d OK searched
# envelopes
C: d SEARCH FROM anna
S: * SEARCH 1
S: d OK searched
C: d SEARCH FROM "ANNA ADLER <ANNA@X.TEST>"
S: * SEARCH 1
S: d OK searched
C: d SEARCH TO "carla, the"
S: * SEARCH 1
S: d OK searched
C: d SEARCH TO y.test
S: * SEARCH 1
S: d OK searched
C: d SEARCH OR TO anna BCC hidden
S: * SEARCH 2
S: d OK searched
C: d SEARCH SUBJECT "of a"
S: * SEARCH 1
S: d OK searched
C: d SEARCH SUBJECT ""
S: * SEARCH 1 2 3
S: d OK searched
C: d SEARCH CHARSET UTF-8 CC {7}
S: ~\+ .*
C: j\xc3\xbcrgen
S: * SEARCH 1
S: d OK searched
C: d SEARCH CHARSET iso-8859-1 FROM {5}
S: ~\+ .*
C: ANDR\xc9
S: * SEARCH 3
S: d OK searched
C: d SEARCH SUBJECT {17+}
R: \xc3\xa4PFEL UND BIRNEN\r\n
S: * SEARCH 3
S: d OK searched
C: d SEARCH CHARSET US-ASCII FROM {5+}
R: ANDR\xc9\r\n
S: ~d BAD .*
# dates: as they are written, whatever the zone
C: d SEARCH SENTON 1-Jan-2024
S: * SEARCH 1
S: d OK searched
C: d SEARCH SENTSINCE "2-Jan-2024"
S: * SEARCH 2
S: d OK searched
C: d SEARCH SENTBEFORE 3-Jan-2024
S: * SEARCH 1
S: d OK searched
C: d SEARCH SINCE 1-Jan-2025
S: * SEARCH 1 2 3
S: d OK searched
C: d SEARCH BEFORE 1-Jan-2025
S: * SEARCH
S: d OK searched
C: d SEARCH ON 1-Jan-2025
S: * SEARCH
S: d OK searched
C: d SEARCH SENTON 31-Feb-2024
S: ~d BAD .*
# sizes
C: d SEARCH LARGER 500
S: * SEARCH 1
S: d OK searched
C: d SEARCH SMALLER 1
S: * SEARCH
S: d OK searched
C: d SEARCH LARGER 4294967296
S: * SEARCH
S: d OK searched
# the header
C: d SEARCH HEADER X-Loop THERE
S: * SEARCH 2
S: d OK searched
C: d SEARCH HEADER x-loop ""
S: * SEARCH 2
S: d OK searched
C: d SEARCH HEADER X-Empty ""
S: * SEARCH 2
S: d OK searched
C: d SEARCH HEADER X-None ""
S: * SEARCH
S: d OK searched
C: d SEARCH HEADER Message-ID <1@x.test>
S: * SEARCH 1
S: d OK searched
C: d SEARCH HEADER Subject "APFEL"
S: * SEARCH
S: d OK searched
C: d SEARCH HEADER Subject "pfel und birnen"
S: * SEARCH 3
S: d OK searched
# texts, decoded; not what is no text
C: d SEARCH BODY needle
S: * SEARCH 2
S: d OK searched
C: d SEARCH TEXT "x-loop: yes"
S: * SEARCH 2
S: d OK searched
C: d SEARCH BODY "x-loop: yes"
S: * SEARCH
S: d OK searched
C: d SEARCH BODY "an alle"
S: * SEARCH 1
S: d OK searched
C: d SEARCH CHARSET UTF-8 BODY {9}
S: ~\+ .*
C: GR\xc3\x9c\xc3\x9fE A
S: * SEARCH 1
S: d OK searched
C: d SEARCH CHARSET koi8-r BODY {3}
S: ~\+ .*
C: \xf2\xe9\xf7
S: * SEARCH 1
S: d OK searched
C: d SEARCH BODY "inside an attachment"
S: * SEARCH
S: d OK searched
C: d SEARCH BODY "inner text"
S: * SEARCH 1
S: d OK searched
C: d SEARCH TEXT "Subject: inner"
S: * SEARCH 1
S: d OK searched
C: d SEARCH BODY apfel TEXT birnen
S: * SEARCH 3
S: d OK searched
C: d SEARCH OR BODY needle BODY "an alle" NOT BODY plain
S: * SEARCH 1
S: d OK searched
# by UID
C: d STORE 1 +FLAGS.SILENT \Deleted
S: d OK stored
C: d UID EXPUNGE 1
S: ...
S: ~d OK .*
C: d UID SEARCH ALL
S: * SEARCH 2 3
S: d OK searched
C: d SEARCH ALL
S: * SEARCH 1 2
S: d OK searched
C: d UID SEARCH 1
S: * SEARCH 2
S: d OK searched
# what is refused
C: e SEARCH CHARSET x-nobody ALL
S: ~e NO \[BADCHARSET \(US-ASCII UTF-8.*\)\] .*
C: e SEARCH
S: ~e BAD .*
C: e SEARCH NOT
S: ~e BAD .*
C: e SEARCH OR SEEN
S: ~e BAD .*
C: e SEARCH (SEEN
S: ~e BAD .*
C: e SEARCH SEEN)
S: ~e BAD .*
C: e SEARCH ()
S: ~e BAD .*
C: e SEARCH NOSUCHKEY
S: ~e BAD .*
C: e SEARCH SEEN  DRAFT
S: ~e BAD .*
C: e SEARCH 0
S: ~e BAD .*
C: e SEARCH SUBJECT
S: ~e BAD .*
C: e SEARCH {40*(}SEEN{40*)}
S: ~e (NO|BAD) .*nested too deeply.*

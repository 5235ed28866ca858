# FETCH: BINARY (RFC 3516), PREVIEW (8970), OBJECTID (8474), SAVEDATE (8514), CONDSTORE (7162), PARTIAL (9394).
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:parts,alice@example.test:html,alice@example.test:cte,alice@example.test:none
# message: parts
| Subject: parts
| MIME-Version: 1.0
| Content-Type: multipart/mixed; boundary=b
|
| --b
| Content-Type: text/plain; charset=iso-8859-1
| Content-Transfer-Encoding: quoted-printable
|
| > quoted
| Gr=FC=DFe  =
| an
|   alle
| --b
| Content-Type: application/octet-stream
| Content-Transfer-Encoding: base64
|
| AAECAwQ=
| --b
| Content-Type: application/octet-stream
| Content-Transfer-Encoding: base64
|
| SGVs
| bG8=
| --b--
# message: html
| Subject: html
| MIME-Version: 1.0
| Content-Type: text/html; charset=utf-8
|
| <html><head><title>no</title><style>p {}</style></head>
| <body><!-- no --><p>One &amp; <b>t</b>wo</p><p>three</p>
# message: cte
| Subject: cte
| MIME-Version: 1.0
| Content-Type: text/plain
| Content-Transfer-Encoding: x-strange
|
| body
# message: none
| Subject: none
| MIME-Version: 1.0
| Content-Type: image/png
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b EXAMINE INBOX
S: ...
S: ~b OK .*
# BINARY: decoded; a literal8 only if there is a NUL; partials count decoded octets (RFC 3516 4.2, 4.3)
C: c FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.SIZE[3] BINARY.SIZE[9])
S: * 1 FETCH (BINARY.SIZE[1] 27 BINARY.SIZE[2] 5 BINARY.SIZE[3] 5 BINARY.SIZE[9] 0)
S: c OK fetched
C: c FETCH 1 (BINARY[3] BINARY.PEEK[3]<1.3> BINARY[9])
S: * 1 FETCH (BINARY[3] {5}
S: Hello BINARY[3]<1> {3}
S: ell BINARY[9] NIL)
S: c OK fetched
C: c FETCH 1 BINARY[2]
S: * 1 FETCH (BINARY[2] ~{5}
S: \x00\x01\x02\x03\x04)
S: c OK fetched
C: c FETCH 1 BINARY[1.MIME]
S: ~c BAD .*
C: c FETCH 1 BINARY.SIZE[1]<0.1>
S: ~c BAD .*
# RFC 3516 4.3: an unknown encoding fails the request
C: c FETCH 3 BINARY[1]
S: ~c NO \[UNKNOWN-CTE\] .*
C: c FETCH 3:4 (UID BINARY.SIZE[1])
S: * 3 FETCH (UID 3)
S: * 4 FETCH (UID 4 BINARY.SIZE[1] 6)
S: ~c NO \[UNKNOWN-CTE\] .*
C: c FETCH 3 BODY.PEEK[1]
S: * 3 FETCH (BODY[1] {6}
S: body
S: )
S: c OK fetched
# PREVIEW (RFC 8970 3.2, 3.3)
C: d FETCH 1:4 (PREVIEW)
S: * 1 FETCH (PREVIEW {15}
S: Gr\xc3\xbc\xc3\x9fe an alle)
S: * 2 FETCH (PREVIEW "One & two three")
S: * 3 FETCH (PREVIEW "")
S: * 4 FETCH (PREVIEW "")
S: d OK fetched
C: d FETCH 2 PREVIEW (LAZY)
S: * 2 FETCH (PREVIEW "One & two three")
S: d OK fetched
C: d FETCH 2 (PREVIEW (LAZY) UID)
S: * 2 FETCH (UID 2 PREVIEW "One & two three")
S: d OK fetched
C: d FETCH 2 (PREVIEW (EAGER))
S: ~d BAD .*
# OBJECTID, SAVEDATE
C: e FETCH 1 (EMAILID THREADID SAVEDATE)
S: ~\* 1 FETCH \(EMAILID \(M[0-9a-f]+\) THREADID \(T[0-9a-f]+\) SAVEDATE "\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d \+0000"\)
S: e OK fetched
# MODSEQ: the first that names it makes the session aware (RFC 7162 3.1)
C: f FETCH 1:2 (MODSEQ)
S: ~\* OK \[HIGHESTMODSEQ (?P<last>\d+)\] .*
S: ~\* 1 FETCH \(MODSEQ \((?P<first>\d+)\)\)
S: ~\* 2 FETCH \(MODSEQ \(\d+\)\)
S: f OK fetched
C: f UID FETCH 1:2 (FLAGS) (CHANGEDSINCE $first)
S: ~\* 2 FETCH \(UID 2 FLAGS \(.*\) MODSEQ \(\d+\)\)
S: f OK fetched
C: f FETCH 1:* (UID) (CHANGEDSINCE $last)
S: f OK fetched
C: f FETCH 1:* (UID) (CHANGEDSINCE)
S: ~f BAD .*
# PARTIAL (RFC 9394 3.3)
C: g UID FETCH 1:* (UID) (PARTIAL 2:3)
S: * 2 FETCH (UID 2)
S: * 3 FETCH (UID 3)
S: g OK fetched
C: g UID FETCH 1:* (UID) (PARTIAL -1:-2)
S: * 3 FETCH (UID 3)
S: * 4 FETCH (UID 4)
S: g OK fetched
C: g UID FETCH 2:* (UID) (PARTIAL 3:99)
S: * 4 FETCH (UID 4)
S: g OK fetched
C: g UID FETCH 1:* (UID) (PARTIAL 5:9)
S: g OK fetched
C: g UID FETCH 1:* (UID) (PARTIAL -9:-4 CHANGEDSINCE 0)
S: ~\* 1 FETCH \(UID 1 MODSEQ \(\d+\)\)
S: g OK fetched
C: g FETCH 1:* (UID) (PARTIAL 1:1)
S: ~g BAD .*
C: g UID FETCH 1:* (UID) (PARTIAL 0:1)
S: ~g BAD .*
C: g UID FETCH 1:* (UID) (PARTIAL -1:1)
S: ~g BAD .*

# A part of the encoding `binary` (RFC 3516, RFC 9051 6.4.5.1): BODY[] gives it in base64, sizes match,
# BINARY[] gives the octets.
# server: users=alice@example.test:secret
S: ~\* OK .*
C: 1 LOGIN alice@example.test secret
S: ...
S: ~1 OK .*
C: 2 APPEND INBOX ~{51+}
R: Content-Transfer-Encoding: binary\r\n\r\na\rb\nc\x00d.\r\nef\r\n\r\n
S: ~2 OK \[APPENDUID .*
C: 3 EXAMINE INBOX
S: ...
S: ~3 OK .*
C: 4 FETCH 1 (RFC822.SIZE BODY.PEEK[])
S: * 1 FETCH (RFC822.SIZE 59 BODY[] {59}
S: Content-Transfer-Encoding: base64
S: 
S: YQ1iCmMAZC4NCmVmDQo=
S: )
S: 4 OK fetched
C: 5 FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1])
S: * 1 FETCH (BINARY.SIZE[1] 14 BINARY[1] ~{14}
S: ...
S: 5 OK fetched
C: 6 FETCH 1 BODY
S: * 1 FETCH (BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "base64" 22 1))
S: 6 OK fetched
C: 7 LOGOUT
S: ...
S: ~7 OK .*
CLOSE

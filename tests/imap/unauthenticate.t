# UNAUTHENTICATE (RFC 8437): another user on the same connection, and nothing of the first is left.
# server: users=alice@example.test:secret,bob@example.test:geheim listen=imap,lmtp deliver=alice@example.test:hi
# message: hi
| Subject: hi
|
| text
S: ~\* OK .*
C: a UNAUTHENTICATE
S: a BAD UNAUTHENTICATE: log in first
C: b LOGIN alice secret
S: ~b OK \[.* UNAUTHENTICATE.*\] logged in
C: c ENABLE QRESYNC IMAP4rev2
S: ~\* ENABLED .*
S: ~c OK .*
C: d LANGUAGE ru
S: ...
S: ~d OK .*
C: e SELECT INBOX
S: ...
S: ~e OK .*
C: f UNAUTHENTICATE x
S: ~f BAD .*
C: g UNAUTHENTICATE
S: ~g OK \[CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- SASL-IR .*AUTH=PLAIN.*\] logged out
C: h FETCH 1 FLAGS
S: h BAD FETCH: log in first
C: i LOGIN bob wrong
S: ~i NO \[AUTHENTICATIONFAILED\] .*
C: j AUTHENTICATE PLAIN AGJvYgBnZWhlaW0=
S: ~j OK \[.*\] logged in
C: k FETCH 1 FLAGS
S: k BAD FETCH: select a mailbox first
C: l SELECT INBOX
S: ~\* FLAGS .*
S: ...
S: * 0 EXISTS
S: * 0 RECENT
S: ...
S: ~l OK .*
C: m LOGOUT
S: ...
S: ~m OK .*
CLOSE
WAITLOG session .*proto=imap user=bob@example.test .*reason=logout

# \Recent (RFC 3501 2.3.2): the first session that may change the mailbox has them, nobody later.
# server: users=alice@example.test:secret deliver=alice@example.test:hi,alice@example.test:hi
# message: hi
| Subject: hi
|
| text
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b STATUS INBOX (RECENT)
S: * STATUS INBOX (RECENT 2)
S: ~b OK .*
C: c EXAMINE INBOX
S: ...
S: * 2 RECENT
S: ...
S: ~c OK .*
C: d SELECT INBOX
S: ...
S: * 2 RECENT
S: ...
S: ~d OK .*
C: e FETCH 1 FLAGS
S: * 1 FETCH (FLAGS (\Recent))
S: ~e OK .*
C: f STATUS INBOX (RECENT)
S: * STATUS INBOX (RECENT 0)
S: ~f OK .*
C: g SELECT INBOX
S: ...
S: * 0 RECENT
S: ...
S: ~g OK .*
C: h FETCH 1 FLAGS
S: * 1 FETCH (FLAGS ())
S: ~h OK .*
C: i LOGOUT
S: ...
S: ~i OK .*

# The line of a session's end tells what was done in it.
# server: users=alice@example.test:secret listen=imap,lmtp deliver=alice@example.test:hi,alice@example.test:hi
# message: hi
| Subject: hi
|
| text
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b SELECT INBOX
S: ...
S: ~b OK .*
C: c FETCH 1:2 BODY.PEEK[]
S: ...
S: ~c OK .*
C: d STORE 1 +FLAGS.SILENT (\Deleted)
S: ...
S: ~d OK .*
R: e APPEND INBOX {12+}\r\nSubject: x\r\n\r\n
S: ...
S: ~e OK .*
C: f EXPUNGE
S: ...
S: ~f OK .*
C: g LOGOUT
S: ...
S: ~g OK .*
CLOSE
WAITLOG session .*proto=imap user=alice@example.test address=127.0.0.1 .*fetched=2 stored=1 appended=1 expunged=1 bytes=\d{3,4} reason=logout
RECONNECT
S: ~\* OK .*
HANGUP
WAITLOG session .*proto=imap user="?"? address=127.0.0.1 .*fetched=0 stored=0 appended=0 expunged=0 bytes=\d+ reason=client

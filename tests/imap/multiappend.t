# MULTIAPPEND (RFC 3502): many messages, all or none, UIDs in their order.
# server: users=alice@example.test:secret:quota=20K sets=message_size=10K
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b APPEND INBOX (\Seen) {11}
S: + go ahead
R: S: 1\r\n\r\nx\r\n (\\Flagged) " 7-Feb-1994 22:43:04 -0800" {9+}\r\n
R: S: 2\r\n\r\nx {12+}\r\nS: 3\r\n\r\nxx\r\n\r\n
S: ~b OK \[APPENDUID (?P<v>\d+) 1:3\] .*
C: c SELECT INBOX
S: ...
S: ~c OK .*
C: d FETCH 1:3 (FLAGS BODY.PEEK[HEADER.FIELDS (S)])
S: ~\* 1 FETCH \(FLAGS \(\\Seen.*
S: S: 1
S: 
S: )
S: ~\* 2 FETCH \(FLAGS \(\\Flagged.*
S: ...
S: ~d OK .*
# one that cannot be: none is
C: e APPEND INBOX {5+}
R: a: b\n {0}\r\n
S: ~e NO \[CANNOT\] .*
C: f APPEND INBOX {5+}
R: a: b\n {10241}\r\n
S: f NO [TOOBIG] the message is too large
# the first would fit: refused when the second is asked for
C: g APPEND INBOX {9000+}
R: {8996*a}\r\n\r\n {9000+}\r\n{8996*a}\r\n\r\n {9000}\r\n
S: ~g NO \[OVERQUOTA\] .*
C: h APPEND INBOX {5+}
R: a: b\n rubbish\r\n
S: ~h BAD .*
C: i STATUS INBOX (MESSAGES UIDNEXT)
S: * STATUS INBOX (MESSAGES 3 UIDNEXT 4)
S: ~i OK .*

# RFC 3030 and RFC 2033 4.3: chunks; one reply each, behind LAST one a recipient.
# server: users=alice@example.test:secret,bob@example.test:secret
S: ~220 .*
C: LHLO client.test
S: ...
S: ~250 SIZE \d+
C: MAIL FROM:<sender@remote.test> BODY=8BITMIME
S: ~250 .*
C: RCPT TO:<alice@example.test>
S: ~250 .*
C: RCPT TO:<bob@example.test>
S: ~250 .*
C: BDAT 14
R: Subject: x\r\n\r\n
S: 250 2.0.0 14 octets
# dots are not stuffed, a line end may be cut in two, the last one may be missing
R: BDAT 4\r\n.a\r\nBDAT 3\r\n.\r\nBDAT 4\r\n..b\rBDAT 1\r\n\nBDAT 0\r\nBDAT 2 LAST\r\n.c
S: 250 2.0.0 4 octets
S: 250 2.0.0 3 octets
S: 250 2.0.0 4 octets
S: 250 2.0.0 1 octets
S: 250 2.0.0 0 octets
S: ~250 2\.0\.0 <alice@example\.test> .*
S: ~250 2\.0\.0 <bob@example\.test> .*
# the transaction is over: more chunks are read and refused, not taken for commands
R: BDAT 6 LAST\r\nQUIT\r\n
S: ~503 5\.5\.1 .*
# nobody to reply for: no reply behind LAST (RFC 2033 4.3), one without
C: MAIL FROM:<sender@remote.test>
S: ~250 .*
R: BDAT 6\r\nQUIT\r\n
S: ~503 5\.5\.1 .*
R: BDAT 6 LAST\r\nQUIT\r\n
C: NOOP
S: 250 2.0.0 ok
# DATA behind BDAT: 503, until RSET
C: MAIL FROM:<sender@remote.test>
S: ~250 .*
C: RCPT TO:<alice@example.test>
S: ~250 .*
R: BDAT 3\r\nx\r\n
S: 250 2.0.0 3 octets
C: DATA
S: ~503 5\.5\.1 .*
C: RCPT TO:<bob@example.test>
S: ~503 5\.5\.1 .*
C: RSET
S: ~250 .*
C: QUIT
S: ~221 .*
CLOSE
CONNECT2 pop3
S2: ~\+OK .*
C2: USER bob@example.test
S2: ~\+OK.*
C2: PASS secret
S2: ~\+OK.*
C2: STAT
S2: ~\+OK 1 \d+
C2: RETR 1
S2: ...
S2: Subject: x
S2:
S2: ..a
S2: ..
S2: ...b
S2: ..c
S2: .
C2: QUIT
S2: ~\+OK.*

# RFC 3207, and SECURITY A1: what is pipelined behind STARTTLS is never heard.
# server: users=alice@example.test:secret
S: ~220 .*
C: EHLO before.test
S: ...
S: ~250 SIZE \d+
C: STARTTLS
S: ~220 2\.0\.0 .*
TLS
C: MAIL FROM:<a@remote.test>
S: ~503 .*
C: EHLO after.test
S: ...
S: ~250 SIZE \d+
C: MAIL FROM:<a@remote.test>
S: ~250 .*
C: RCPT TO:<alice@example.test>
S: ~250 .*
C: DATA
S: ~354 .*
C: x
C: .
S: ~250 2\.0\.0 .*
C: QUIT
S: ~221 .*
CLOSE
RECONNECT
S: ~220 .*
C: EHLO client.test
S: ...
S: ~250 SIZE \d+
R: STARTTLS\r\nRSET\r\n
S: ~220 2\.0\.0 .*
CLOSE

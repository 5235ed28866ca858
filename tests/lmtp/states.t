# The order of commands (RFC 5321 4.1.4) and DATA without a recipient (RFC 2033 4.2: 503).
# server: users=alice@example.test:secret
S: ~220 .*
C: LHLO client.test
S: ...
S: ~250 SIZE \d+
C: RCPT TO:<alice@example.test>
S: ~503 5\.5\.1 .*
C: DATA
S: ~503 5\.5\.1 .*
C: MAIL FROM:<sender@remote.test>
S: ~250 .*
C: MAIL FROM:<sender@remote.test>
S: ~503 5\.5\.1 .*
C: DATA
S: ~503 5\.5\.1 .*
C: RCPT TO:<nobody@example.test>
S: ~550 5\.1\.1 .*
C: DATA
S: ~503 5\.5\.1 .*
C: RCPT TO:<alice@example.test>
S: ~250 .*
C: LHLO again.test
S: ...
S: ~250 SIZE \d+
C: DATA
S: ~503 5\.5\.1 .*
C: MAIL FROM:<sender@remote.test>
S: ~250 .*
C: RCPT TO:<alice@example.test>
S: ~250 .*
C: DATA please
S: ~501 5\.5\.4 .*
C: DATA
S: ~354 .*
C: .
S: ~250 2\.0\.0 <alice@example\.test> .*
C: RSET
S: ~250 .*
C: QUIT
S: ~221 .*
CLOSE

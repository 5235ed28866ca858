# HELO still works, and without extensions (RFC 5321 4.1.1.1); Postmaster always (4.5.1).
# server: users=alice@example.test:secret
S: ~220 .*
C: HELO two words
S: ~501 5\.5\.4 .*
C: HELO client.test
S: ~250 \S+
C: MAIL FROM:<sender@remote.test>
S: ~250 .*
C: RCPT TO:<Postmaster>
S: ~250 .*
C: RCPT TO:<POSTmaster@Example.TEST>
S: ~250 .*
C: RCPT TO:<postmaster@elsewhere.test>
S: ~550 5\.7\.1 .*
C: RCPT TO:<postmaster>
S: ~250 .*
C: DATA
S: ~354 .*
C: x
C: .
S: ~250 2\.0\.0 .*
C: QUIT
S: ~221 .*
CLOSE
CONNECT2 pop3
S2: ~\+OK .*
C2: USER alice@example.test
S2: ~\+OK.*
C2: PASS secret
S2: ~\+OK.*
C2: STAT
S2: ~\+OK 1 \d+
C2: QUIT
S2: ~\+OK.*

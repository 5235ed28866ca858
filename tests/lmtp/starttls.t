# RFC 3207: STARTTLS forgets what was said before; Received tells of TLS.
# server: users=alice@example.test:secret
S: ~220 .*
C: LHLO before.test
S: ...
S: ~250 SIZE \d+
C: MAIL FROM:<sender@remote.test>
S: ~250 .*
C: STARTTLS now
S: ~501 .*
C: STARTTLS
S: ~220 2\.0\.0 .*
TLS
C: MAIL FROM:<sender@remote.test>
S: ~503 5\.5\.1 .*
C: LHLO after.test
S: ~250-\S+
S: 250-PIPELINING
S: 250-8BITMIME
S: 250-SMTPUTF8
S: 250-CHUNKING
S: 250-BINARYMIME
S: 250-ENHANCEDSTATUSCODES
S: ~250 SIZE \d+
C: STARTTLS
S: ~503 5\.5\.1 .*
C: MAIL FROM:<>
S: ~250 .*
C: RCPT TO:<alice@example.test>
S: ~250 .*
C: DATA
S: ~354 .*
C: Subject: over TLS
C: .
S: ~250 2\.0\.0 <alice@example\.test> .*
C: QUIT
S: ~221 .*
CLOSE
CONNECT2 pop3
S2: ~\+OK .*
C2: USER alice@example.test
S2: ~\+OK.*
C2: PASS secret
S2: ~\+OK.*
C2: RETR 1
S2: ~\+OK.*
S2: Return-Path: <>
S2: Delivered-To: alice@example.test
S2: ~Received: from after\.test \(.*
S2: ...
S2: Subject: over TLS
S2: .
C2: QUIT
S2: ~\+OK.*

# RFC 5321: a session as an MX has it; one reply for all recipients.
# server: users=alice@example.test:secret,bob@example.test:secret
S: ~220 \S+ ESMTP Mailkeep ready
C: LHLO client.test
S: ~500 5\.5\.1 .*
C: MAIL FROM:<a@remote.test>
S: ~503 5\.5\.1 .*EHLO.*
C: EHLO client.test
S: ~250-\S+
S: 250-PIPELINING
S: 250-8BITMIME
S: 250-SMTPUTF8
S: 250-CHUNKING
S: 250-BINARYMIME
S: 250-ENHANCEDSTATUSCODES
S: 250-STARTTLS
S: 250 SIZE 52428800
C: AUTH PLAIN AGEAYg==
S: ~502 5\.5\.1 .*
C: VRFY alice
S: ~252 2\.5\.2 (?P<vrfy>.*)
C: VRFY nobody
S: 252 2.5.2 $vrfy
C: mail from:<sender@remote.test> size=100 body=8bitmime
S: 250 2.1.0 sender ok
C: rcpt to:<alice@example.test>
S: 250 2.1.5 recipient ok
C: RCPT TO:<@relay.test,@other.test:bob@example.test>
S: 250 2.1.5 recipient ok
C: RCPT TO:<nobody@example.test>
S: ~550 5\.1\.1 .*
C: RCPT TO:<alice@elsewhere.test>
S: 550 5.7.1 relaying denied
C: DATA
S: ~354 .*
C: Subject: hello
C:
C: ..a line with a dot
C: {2000*z}
C: .
S: ~250 2\.0\.0 Ok: queued as (?P<id>\S+)
WAITLOG info message id=$id proto=smtp from=sender@remote.test .*rcpts=2.*reply="?250 2.0.0"?
C: QUIT
S: 221 2.0.0 bye
CLOSE
CONNECT2 pop3
S2: ~\+OK .*
C2: USER alice@example.test
S2: ~\+OK.*
C2: PASS secret
S2: ~\+OK.*
C2: RETR 1
S2: ~\+OK.*
S2: Return-Path: <sender@remote.test>
S2: Delivered-To: alice@example.test
S2: ~Received: from client\.test \(\[127\.0\.0\.1\]\) by .*
S2: ...
S2: Subject: hello
S2:
S2: ..a line with a dot
S2: {2000*z}
S2: .
C2: QUIT
S2: ~\+OK.*

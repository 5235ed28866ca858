# RFC 2033 4.2: one reply for each recipient that was taken, in their order; one that fails does
# not undo the others.
# server: users=alice@example.test:secret,bob@example.test:secret,full@example.test:secret:quota=1000
RUN alias add team@example.test alice@example.test bob@example.test
S: ~220 .*
C: LHLO client.test
S: ...
S: ~250 SIZE \d+
C: MAIL FROM:<sender@remote.test>
S: 250 2.1.0 sender ok
C: RCPT TO:<alice@example.test>
S: 250 2.1.5 recipient ok
C: RCPT TO:<nobody@example.test>
S: ~550 5\.1\.1 .*
C: RCPT TO:<someone@elsewhere.test>
S: ~550 5\.7\.1 .*
C: RCPT TO:<full@example.test>
S: 250 2.1.5 recipient ok
C: RCPT TO:<ALICE@Example.Test>
S: 250 2.1.5 recipient ok
C: RCPT TO:<bob+lists@example.test>
S: 250 2.1.5 recipient ok
C: RCPT TO:<team@example.test>
S: 250 2.1.5 recipient ok
C: DATA
S: ~354 .*
C: Subject: to many
C:
C: {1200*x}
C: .
S: ~250 2\.0\.0 <alice@example\.test> Ok: queued as (?P<id>\S+)
S: ~452 4\.2\.2 <full@example\.test> .*
S: 250 2.0.0 <ALICE@Example.Test> Ok: queued as $id
S: 250 2.0.0 <bob+lists@example.test> Ok: queued as $id
S: 250 2.0.0 <team@example.test> Ok: queued as $id
# the line in the log has the same id
WAITLOG info message id=$id .*rcpts=5 failed=1 .*reply="?452 4.2.2"?
C: QUIT
S: ~221 .*
CLOSE
# alice and bob have it once each
CONNECT2 pop3
S2: ~\+OK .*
C2: USER alice@example.test
S2: ~\+OK.*
C2: PASS secret
S2: ~\+OK.*
C2: STAT
S2: ~\+OK 1 \d+
C2: RETR 1
S2: ~\+OK.*
S2: Return-Path: <sender@remote.test>
S2: Delivered-To: alice@example.test
S2: ~Received: from client\.test \(.*
S2: ...
S2: Subject: to many
S2:
S2: {1200*x}
S2: .
C2: QUIT
S2: ~\+OK.*
RECONNECT2 pop3
S2: ~\+OK .*
C2: USER bob@example.test
S2: ~\+OK.*
C2: PASS secret
S2: ~\+OK.*
C2: STAT
S2: ~\+OK 1 \d+
C2: QUIT
S2: ~\+OK.*
RECONNECT2 pop3
S2: ~\+OK .*
C2: USER full@example.test
S2: ~\+OK.*
C2: PASS secret
S2: ~\+OK.*
C2: STAT
S2: +OK 0 0
C2: QUIT
S2: ~\+OK.*

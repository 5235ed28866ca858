# RFC 6531: addresses beyond ASCII, and what Received calls that.
# server: users=järvi@example.test:secret
S: ~220 .*
C: EHLO client.test
S: ...
S: ~250 SIZE \d+
C: MAIL FROM:<ä@remote.test> SMTPUTF8
S: ~250 2\.1\.0 .*
C: RCPT TO:<JÄRVI@example.test>
S: ~250 2\.1\.5 .*
C: DATA
S: ~354 .*
C: Subject: ä
C: .
S: ~250 2\.0\.0 .*
C: QUIT
S: ~221 .*
CLOSE
CONNECT2 pop3
S2: ~\+OK .*
C2: UTF8
S2: ~\+OK.*
C2: USER järvi@example.test
S2: ~\+OK.*
C2: PASS secret
S2: ~\+OK.*
C2: RETR 1
S2: ~\+OK.*
S2: Return-Path: <ä@remote.test>
S2: Delivered-To: järvi@example.test
S2: ...
S2: ~.*UTF8SMTP.*
S2: ...
S2: Subject: ä
S2: .
C2: QUIT
S2: ~\+OK.*

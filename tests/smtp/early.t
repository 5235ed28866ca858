# A client that speaks before our greeting: 554 (RFC 5321 4.3.1, SECURITY B3). Who waits is greeted; LMTP's may.
# server: users=alice@example.test:secret sets=smtp_greet_wait=1000 listen=lmtp,smtp
R: EHLO client.test\r\nMAIL FROM:<>\r\n
S: ~554 5\.5\.0 .*
CLOSE
WAITLOG info refused proto=smtp client=127\.0\.0\.1 why=early-talk
RECONNECT
S: ~220 .*
C: QUIT
S: ~221 .*
CLOSE
CONNECT2 lmtp
R2: LHLO client.test\r\nQUIT\r\n
S2: ~220 .*
S2: ...
S2: ~221 .*
CLOSE2

# SECURITY B1: only CRLF.CRLF ends a message; a CR or LF alone: 554, nothing stored, closed.
# server: users=alice@example.test:secret
S: ~220 .*
C: EHLO client.test
S: ...
S: ~250 SIZE \d+
C: MAIL FROM:<a@remote.test>
S: ~250 .*
C: RCPT TO:<alice@example.test>
S: ~250 .*
C: DATA
S: ~354 .*
R: one\nline\r\n.\r\n
S: ~554 5\.6\.0 .*
CLOSE
RECONNECT
S: ~220 .*
R: EHLO client.test\r\nMAIL FROM:<a@remote.test>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n
S: ...
S: ~354 .*
R: one\n.\nMAIL FROM:<evil@remote.test>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\nx\r\n.\r\n
S: ~554 5\.6\.0 .*
CLOSE
RECONNECT
S: ~220 .*
R: EHLO client.test\r\nMAIL FROM:<a@remote.test>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n
S: ...
S: ~354 .*
R: one\r.\r\nx\r\n.\r\n
S: ~554 5\.6\.0 .*
CLOSE
RECONNECT
S: ~220 .*
R: EHLO client.test\r\nMAIL FROM:<a@remote.test>\r\nRCPT TO:<alice@example.test>\r\n
S: ...
S: ~250 2\.1\.5 .*
R: BDAT 4\r\na\nb\n
S: ~554 5\.6\.0 .*
CLOSE
WAITLOG info message .*size=4 .*reply="?554 5\.6\.0
# NUL is data like any other
RECONNECT
S: ~220 .*
R: EHLO client.test\r\nMAIL FROM:<a@remote.test>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n
S: ...
S: ~354 .*
R: Subject: nul\r\n\r\na\x00b\r\n.\r\n
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
C2: RETR 1
S2: ...
S2: Subject: nul
S2:
S2: a\x00b
S2: .
C2: QUIT
S2: ~\+OK.*

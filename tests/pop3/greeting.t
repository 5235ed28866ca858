# The greeting is a positive response with text; QUIT before login just closes.
# row P1
# row P2
# row C3
# row R9
# server: users=alice@example.test:secret sets=hostname=dewey listen=pop3,pop3s,lmtp
S: +OK POP3 server ready
C: QUIT
S: +OK dewey POP3 server signing off
CLOSE
CONNECT2 pop3s
S2: +OK POP3 server ready
C2: quit
S2: +OK dewey POP3 server signing off
CLOSE2

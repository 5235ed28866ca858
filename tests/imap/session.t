# Greeting, CAPABILITY in each state, NOOP, ID, LOGOUT: BYE before the tagged OK (RFC 9051 6.1).
# server: users=alice@example.test:secret
S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- SASL-IR STARTTLS AUTH=PLAIN AUTH=LOGIN ID] IMAP server ready
C: a1 CAPABILITY
S: ~\* CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- .*
S: ~a1 OK .+
C: a2 noop
S: ~a2 OK .+
C: a3 ID ("name" "test" "version" NIL)
S: * ID ("name" "Mailkeep")
S: ~a3 OK .+
C: a4 ID NIL
S: * ID ("name" "Mailkeep")
S: ~a4 OK .+
C: a5 ID ("name")
S: ~a5 BAD .+
C: a6 ID (NIL "x")
S: ~a6 BAD .+
C: a7 SELECT INBOX
S: a7 BAD SELECT: log in first
C: a8 NOSUCH
S: a8 BAD unknown command
C: a9
S: ~a9 BAD .+
C: 
S: ~\* BAD .+
C: +x NOOP
S: ~\* BAD .+
C: a10 NOOP x
S: a10 BAD too many arguments
C: a11 LOGIN alice secret
S: ~a11 OK \[CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL\+ .*UNSELECT.*\] logged in
C: a12 LOGIN alice secret
S: a12 BAD LOGIN: you are logged in already
C: a13 CLOSE
S: a13 BAD CLOSE: select a mailbox first
C: a14 LOGOUT
S: * BYE goodbye
S: a14 OK goodbye
CLOSE
WAITLOG session .*proto=imap user=alice@example.test .*reason=logout

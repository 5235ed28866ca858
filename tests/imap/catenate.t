# CATENATE (RFC 4469, RFC 5550 3.1): parts of other messages, octet for octet; BADURL, TOOBIG.
# server: users=alice@example.test:secret,bob@example.test:secret deliver=bob@example.test:bobs sets=message_size=10K
# message: bobs
| Subject: bob's
|
| his
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b APPEND INBOX {148+}
R: Subject: orig\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: 1\r\n\r\nfirst\r\n--b\r\nContent-Type: text/html\r\n\r\n<second>\r\n--b--\r\n\r\n
S: ~b OK \[APPENDUID (?P<v>\d+) 1\] .*
# a whole, a header, a part, its MIME header, fields, literals in between
C: c APPEND INBOX (\Seen) CATENATE (URL "/INBOX;UIDVALIDITY=$v/;UID=1/;SECTION=HEADER.FIELDS%20(SUBJECT)" TEXT {6+}
R: 12345\n URL "/INBOX;UID=1/;section=1" TEXT {1+}\r\n- URL "/INBOX/;UID=1/;section=2.MIME" URL /INBOX;UID=1/;section=2 URL {25+}\r\n/INBOX;UID=1/;PARTIAL=9.4)\r\n
S: c OK [APPENDUID $v 2] appended
C: d SELECT INBOX
S: ...
S: ~d OK .*
C: e FETCH 2 (FLAGS BODY.PEEK[])
S: ~\* 2 FETCH \(FLAGS \(\\Seen( \\Recent)?\) BODY\[\] \{69\}
S: Subject: orig
S: 
S: 12345
S: first-Content-Type: text/html
S: 
S: <second>orig)
S: ~e OK .*
# of the selected mailbox; a whole message
C: f APPEND INBOX CATENATE (URL ";UID=1")
S: * 3 EXISTS
S: ...
S: f OK [APPENDUID $v 3] appended
C: g FETCH 3 (RFC822.SIZE)
S: * 3 FETCH (RFC822.SIZE 148)
S: ~g OK .*
# with others in one command, all or none (RFC 3502)
C: h APPEND INBOX CATENATE (URL "/INBOX;UID=1/;SECTION=TEXT") (\Flagged) {3+}
R: a:b CATENATE (TEXT {4+}\r\na: b)\r\n
S: * 6 EXISTS
S: ...
S: h OK [APPENDUID $v 4:6] appended
# nothing there
C: i APPEND INBOX CATENATE (URL "/INBOX;UID=99")
S: i NO [BADURL /INBOX;UID=99] nothing is there
C: i APPEND INBOX CATENATE (TEXT {3+}
R: a:b URL "/INBOX;UIDVALIDITY=1/;UID=1" TEXT {3+}\r\na:b)\r\n
S: i NO [BADURL /INBOX;UIDVALIDITY=1/;UID=1] nothing is there
C: i APPEND INBOX CATENATE (URL "/INBOX;UID=1/;SECTION=7")
S: i NO [BADURL /INBOX;UID=1/;SECTION=7] nothing is there
C: i APPEND INBOX CATENATE (URL "/INBOX;UID=1/;SECTION=NONSENSE")
S: i NO [BADURL /INBOX;UID=1/;SECTION=NONSENSE] nothing is there
C: i APPEND INBOX CATENATE (URL "/nowhere;UID=1")
S: i NO [BADURL /nowhere;UID=1] nothing is there
C: i APPEND INBOX CATENATE (URL "/INBOX")
S: i NO [BADURL /INBOX] nothing is there
C: i APPEND INBOX CATENATE (URL "a]b;UID=1")
S: i NO [BADURL a] nothing is there
# nobody else's, not even by a whole URL (RFC 4469 3)
C: i APPEND INBOX CATENATE (URL "imap://bob%40example.test@localhost/INBOX;UID=1")
S: i NO [BADURL imap://bob%40example.test@localhost/INBOX;UID=1] nothing is there
C: i APPEND INBOX CATENATE (URL "/Other%20Users/bob@example.test/INBOX;UID=1")
S: ~i NO \[BADURL .*
# too large in the sum
C: j APPEND INBOX CATENATE (TEXT {6000+}
R: {6000*a} TEXT {5000}\r\n
S: j NO [TOOBIG] the message is too large
C: j APPEND INBOX CATENATE (TEXT {6000+}
R: {6000*a})\r\n
S: * 7 EXISTS
S: ...
S: ~j OK .*
C: j APPEND INBOX CATENATE (URL ";UID=7" URL ";UID=7")
S: j NO [TOOBIG] the message is too large
# nothing
C: k APPEND INBOX CATENATE ()
S: ~k BAD .*
C: k APPEND INBOX CATENATE (TEXT {0+}
C: )
S: ~k NO \[CANNOT\] .*
C: k APPEND INBOX CATENATE (URL ";UID=1"
S: ~k BAD .*
C: k APPEND INBOX CATENATE (URL ";UID=1" )
S: ~k BAD .*
C: k APPEND INBOX CATENATE (FILE "/etc/passwd")
S: ~k BAD .*
C: k APPEND INBOX CATENATE URL ";UID=1"
S: ~k BAD .*
C: k APPEND nowhere CATENATE (URL ";UID=1")
S: k NO [TRYCREATE] no such mailbox
C: l UNSELECT
S: ~l OK .*
C: m APPEND INBOX CATENATE (URL ";UID=1")
S: m NO [BADURL ;UID=1] nothing is there
C: n STATUS INBOX (MESSAGES)
S: * STATUS INBOX (MESSAGES 7)
S: ~n OK .*

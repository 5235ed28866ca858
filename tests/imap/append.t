# APPEND (RFC 9051 6.3.12): options, refusals before the octets, APPENDUID, line ends.
# server: users=alice@example.test:secret,small@example.test:secret:quota=20K sets=message_size=100K listen=imap,pop3,lmtp
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b APPEND INBOX (\Seen $Mine) " 7-Feb-1994 21:52:25 -0800" {26}
S: + go ahead
R: Subject: one\r\n\r\nbody one\r\n\r\n
S: ~b OK \[APPENDUID (?P<v>\d+) 1\] appended
# selected: told before the tagged line
C: c SELECT INBOX
S: ...
S: ~c OK .*
C: d APPEND INBOX {16+}
R: Subject: two\r\n\r\n\r\n
S: * 2 EXISTS
S: ...
S: ~d OK \[APPENDUID $v 2\] .*
C: e FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])
S: ~\* 1 FETCH \(UID 1 FLAGS \(\\Seen \$Mine( \\Recent)?\) INTERNALDATE " 7-Feb-1994 21:52:25 -0800" RFC822.SIZE 26 BODY\[\] \{26\}
S: Subject: one
S: 
S: body one
S: )
S: ~e OK .*
# the mailbox's name as a literal, quoted, by another case of INBOX
C: f APPEND {5}
S: + go ahead
C: inbox {3}
S: + go ahead
C: a:b
S: * 3 EXISTS
S: ...
S: ~f OK \[APPENDUID $v 3\] .*
C: g APPEND "INBOX" () {3+}
C: a:b
S: * 4 EXISTS
S: ...
S: ~g OK \[APPENDUID $v 4\] .*
# no mailbox: said before the octets are sent (RFC 9051 6.3.12)
C: h APPEND nowhere {1000}
S: h NO [TRYCREATE] no such mailbox
C: i APPEND nowhere {5+}
C: a: bc
S: i NO [TRYCREATE] no such mailbox
# too large (RFC 7889, RFC 4469), too
C: j APPEND INBOX {102401}
S: j NO [TOOBIG] the message is too large
C: j2 APPEND INBOX {99999999999999999999}
S: ~j2 BAD \[TOOBIG\] .*
# empty: the client has thought better of it (RFC 3502 6.3.11)
C: k APPEND INBOX {0}
S: ~k NO \[CANNOT\] .*
C: k2 APPEND INBOX {0+}
C: 
S: ~k2 NO \[CANNOT\] .*
# what is no APPEND
C: l APPEND
S: ~l BAD .*
C: l APPEND INBOX
S: ~l BAD .*
C: l APPEND INBOX (\Seen)
S: ~l BAD .*
C: l APPEND INBOX "a message"
S: ~l BAD .*
C: l APPEND INBOX (\Recent) {3}
S: ~l BAD .*
C: l APPEND INBOX (\Seen {3}
S: ~l BAD .*
C: l APPEND INBOX "31-Foo-2020 00:00:00 +0000" {3}
S: ~l BAD .*
C: l APPEND INBOX{3}
S: ~l BAD .*
C: l APPEND  INBOX {3}
S: ~l BAD .*
C: l APPEND INBOX {3+}
C: a:b and more
S: ~l BAD .*
C: l APPEND INBOX {3+}
C: a:b 
S: ~l BAD .*
# bare LFs become CRLF; a last line without an end stays so; a bare CR stays
C: m APPEND INBOX {17+}
R: Subject: x\n\nab\rcd\r\n
S: * 5 EXISTS
S: ...
S: ~m OK .*
C: n FETCH 5 (RFC822.SIZE BODY.PEEK[])
S: * 5 FETCH (RFC822.SIZE 19 BODY[] {19}
S: Subject: x
S: 
S: ab\rcd)
S: ~n OK .*
C: n APPEND INBOX {5+}
R: \n\n\r\n\n\r\n
S: * 6 EXISTS
S: ...
S: ~n OK .*
C: n FETCH 6 (RFC822.SIZE)
S: * 6 FETCH (RFC822.SIZE 8)
S: ~n OK .*
# NUL: only in a literal8 (RFC 9051 9, RFC 3516 4.4), which nobody touches
C: o APPEND INBOX {7+}
R: a:b\n\x00\r\n\r\n
S: ~o BAD NUL .*
C: p APPEND INBOX ~{9}
S: + go ahead
R: a: b\n\x00\nc\r\r\n
S: * 7 EXISTS
S: ...
S: ~p OK .*
C: q FETCH 7 (RFC822.SIZE)
S: * 7 FETCH (RFC822.SIZE 9)
S: ~q OK .*
C: r APPEND INBOX ~{3+}
C: a:b
S: * 8 EXISTS
S: ...
S: ~r OK .*
# UTF-8 in the header: only after ENABLE (RFC 6855 4); both ways of sending it then
C: s APPEND INBOX {18+}
R: Subject: \xc3\xa9\xc3\xa9\r\n\r\nx\r\n
S: ~s NO \[CANNOT\] .*
C: s APPEND INBOX {16+}
R: Subject: \xe9\xe9\r\n\r\nx\r\n
S: * 9 EXISTS
S: ...
S: ~s OK .*
C: t UNSELECT
S: ~t OK .*
C: t ENABLE UTF8=ACCEPT
S: * ENABLED UTF8=ACCEPT
S: ~t OK .*
C: u APPEND INBOX {18+}
R: Subject: \xc3\xa9\xc3\xa9\r\n\r\nx\r\n
S: ~u OK \[APPENDUID $v 10\] .*
C: v APPEND INBOX (\Draft) UTF8 (~{18}
S: + go ahead
R: Subject: \xc3\xa9\xc3\xa9\r\n\r\nx)\r\n
S: ~v OK \[APPENDUID $v 11\] .*
C: v APPEND INBOX (\Draft) UTF8 (~{20+}
R: Subject: \xc3\xa9\xc3\xa9\r\n\r\nx\r\n)\r\n
S: ~v OK \[APPENDUID $v 12\] .*
C: v APPEND INBOX (\Draft) UTF8 (~{3+}
C: a:b
S: ~v BAD .*
C: w APPEND INBOX UTF8 ({3}
S: ~w BAD .*
C: w APPEND INBOX UTF8 (~{3+}
C: a:b
S: ~w BAD .*
# quota: before the octets, by what is known (RFC 9208 4.3)
C2: a LOGIN small secret
S2: ~\* OK .*
S2: ~a OK .*
C2: b APPEND INBOX {30000}
S2: ~b NO \[OVERQUOTA\] .*
C2: c APPEND INBOX {15000+}
R2: {14996*a}\r\n\r\n\r\n
S2: ~c OK .*
C2: d APPEND INBOX {6000}
S2: ~d NO \[OVERQUOTA\] .*
C2: e APPEND INBOX {5000+}
R2: {4998*a}\r\n\r\n
S2: ~e OK .*
C2: f CAPABILITY
S2: ~\* CAPABILITY .* APPENDLIMIT=102400( .*)?
S2: ~f OK .*
# POP3 sees them all
CONNECT3 pop3
S3: ~\+OK .*
C3: USER alice
S3: ~\+OK.*
C3: PASS secret
S3: ~\+OK.*
C3: STAT
S3: ~\+OK 12 .*

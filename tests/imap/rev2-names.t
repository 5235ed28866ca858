# UTF-8 names of IMAP4rev2 and UTF8=ACCEPT, OLDNAME, \\NonExistent: RFC 9051 5.1, 6.3.9.7, RFC 6855.
# server: users=alice@example.test:secret sets=special_folders=
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
# before: 8-bit names are no names
R: a CREATE "caf\xc3\xa9"\r\n
S: ~a (BAD|NO) .*
C: a CREATE caf&AOk-/x
S: ~a OK .*
C: a ENABLE IMAP4rev2
S: ~\* ENABLED IMAP4rev2
S: ~a OK .*
R: a LIST "" "caf\xc3\xa9"\r\n
S: * LIST (\\HasChildren) "/" "caf\xc3\xa9"
S: ~a OK .*
# a name that is not in NFC: what became of it is told
R: a CREATE "e\xcc\x81t"\r\n
S: * LIST () "/" "\xc3\xa9t" ("OLDNAME" ("e\xcc\x81t"))
S: ~a OK .*
R: a RENAME "e\xcc\x81t" "e\xcc\x81u"\r\n
S: * LIST () "/" "\xc3\xa9u" ("OLDNAME" ("e\xcc\x81t"))
S: ~a OK .*
R: a DELETE "e\xcc\x81u"\r\n
S: * LIST (\\NonExistent) "/" "\xc3\xa9u" ("OLDNAME" ("e\xcc\x81u"))
S: ~a OK .*
# "&" is a letter like others now, and NFC names cause no word
R: a CREATE "a&b"\r\n
S: ~a OK .*
C: a LIST "" "a&b"
S: * LIST (\\HasNoChildren) "/" a&b
S: ~a OK .*
R: a DELETE "caf\xc3\xa9"\r\n
S: ~a OK .*
R: a LIST "" "caf%"\r\n
S: * LIST (\\NonExistent \\HasChildren) "/" "caf\xc3\xa9"
S: ~a OK .*
R: a CREATE "bad\xff"\r\n
S: ~a (NO|BAD) .*
R: a CREATE "over\xc0\xaf"\r\n
S: ~a (NO|BAD) .*
# RFC 9051 5.1: controls, separators of lines
R: a CREATE "line\xe2\x80\xa8end"\r\n
S: ~a NO .*
CONNECT2
S2: ~\* OK .*
C2: a LOGIN alice secret
S2: ~a OK .*
C2: a LIST "" (a* caf*)
S2: * LIST (\\HasNoChildren) "/" a&-b
S2: * LIST (\\HasNoChildren) "/" caf&AOk-/x
S2: ~a OK .*
C2: a ENABLE UTF8=ACCEPT
S2: ~\* ENABLED UTF8=ACCEPT
S2: ~a OK .*
C2: a LIST "" c*
S2: * LIST (\\HasNoChildren) "/" "caf\xc3\xa9/x"
S2: ~a OK .*

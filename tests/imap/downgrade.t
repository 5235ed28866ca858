# A message with UTF-8 headers, or a binary part, as a client sees it that did not ask for them
# (RFC 6855 7, RFC 6857, RFC 6858); and as it is to one that did.
# server: users=alice@example.test:secret deliver=alice@example.test:u,alice@example.test:p
# message: u
| From: J\xc3\xb6rg <j@x.test>
| Subject: \xd0\x9f\xd1\x80\xd0\xb8
|
| text
# message: p
| Subject: plain
|
| text
S: ~\* OK .*
C: 1 LOGIN alice@example.test secret
S: ...
S: ~1 OK .*
C: 2 EXAMINE INBOX
S: ...
S: ~2 OK .*
C: 3 FETCH 1 (ENVELOPE BODY.PEEK[HEADER.FIELDS (Subject From)])
S: * 1 FETCH (ENVELOPE (NIL "=?UTF-8?B?0J/RgNC4?=" (("=?UTF-8?B?SsO2cmc=?=" NIL "j" "x.test")) (("=?UTF-8?B?SsO2cmc=?=" NIL "j" "x.test")) (("=?UTF-8?B?SsO2cmc=?=" NIL "j" "x.test")) NIL NIL NIL NIL NIL) BODY[HEADER.FIELDS (Subject From)] {72}
S: From: =?UTF-8?B?SsO2cmc=?= <j@x.test>
S: Subject: =?UTF-8?B?0J/RgNC4?=
S: 
S: )
S: 3 OK [DOWNGRADED 1] fetched
C: 4 FETCH 1:2 RFC822.SIZE
S: ~\* 1 FETCH \(RFC822\.SIZE (?P<plain>\d+)\)
S: ~\* 2 FETCH \(RFC822\.SIZE \d+\)
S: ~4 OK \[DOWNGRADED 1\].*
C: 5 FETCH 1 BODY.PEEK[]
S: * 1 FETCH (BODY[] {$plain}
S: ...
S: text
S: )
S: ~5 OK \[DOWNGRADED 1\].*
C: 6 FETCH 2 BODY.PEEK[TEXT]
S: * 2 FETCH (BODY[TEXT] {6}
S: text
S: )
S: 6 OK fetched
C: 7 CLOSE
S: ~7 OK .*
C: 8 ENABLE UTF8=ACCEPT
S: * ENABLED UTF8=ACCEPT
S: ~8 OK .*
C: 9 EXAMINE INBOX
S: ...
S: ~9 OK .*
C: 10 FETCH 1 (RFC822.SIZE)
S: ~\* 1 FETCH \(RFC822\.SIZE (?P<utf8>\d+)\)
S: 10 OK fetched
C: 11 FETCH 1 BODY.PEEK[]
S: * 1 FETCH (BODY[] {$utf8}
S: ...
S: Subject: \xd0\x9f\xd1\x80\xd0\xb8
S: 
S: text
S: )
S: 11 OK fetched
C: 12 LOGOUT
S: ...
S: ~12 OK .*
CLOSE

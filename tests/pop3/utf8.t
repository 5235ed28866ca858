# UTF8: without it a message with UTF-8 headers comes as RFC 6857 rewrites it, with that size.
# row C21
# server: users=alice@example.test:secret deliver=alice@example.test:u,alice@example.test:a
# message: u
| From: J\xc3\xb6rg <j@x.test>
| Subject: \xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82
|
| text \xc3\xa9
# message: a
| Subject: plain
|
| text
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: LIST 1
S: ~\+OK 1 (?P<ascii>\d+)
C: TOP 1 0
S: ~\+OK .+
S: ...
S: From: =?UTF-8?B?SsO2cmc=?= <j@x.test>
S: Subject: =?UTF-8?B?0J/RgNC40LLQtdGC?=
S: 
S: .
C: RETR 1
S: +OK $ascii octets
S: ...
S: Subject: =?UTF-8?B?0J/RgNC40LLQtdGC?=
S: 
S: text \xc3\xa9
S: .
C: UTF8
S: ~-ERR .*before login
C: QUIT
S: ~\+OK .+
CLOSE
RECONNECT
S: ~\+OK .*
C: UTF8
S: ~\+OK .+
C: STLS
S: ~-ERR .*UTF8
C: CAPA
S: ~\+OK .+
S: ...
S: LANG
S: .
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: LIST 1
S: ~\+OK 1 (?P<utf8>\d+)
C: RETR 1
S: +OK $utf8 octets
S: ...
S: From: J\xc3\xb6rg <j@x.test>
S: Subject: \xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82
S: 
S: text \xc3\xa9
S: .
C: QUIT
S: ~\+OK .+
CLOSE

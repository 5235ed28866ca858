# Commands that come together are answered in order, also over the login.
# row C17
# server: users=alice@example.test:secret deliver=alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\+OK .*
R: USER alice\r\nPASS secret\r\nSTAT\r\nLIST\r\nBLAH\r\nUIDL 1\r\nRETR 1\r\nDELE 1\r\nRSET\r\nNOOP\r\nQUIT\r\nSTAT\r\n
S: ~\+OK .+
S: ~\+OK alice's maildrop has 1 message .*
S: ~\+OK 1 (?P<size>\d+)
S: +OK 1 message ($size octets)
S: 1 $size
S: .
S: -ERR unknown command
S: ~\+OK 1 .+
S: +OK $size octets
S: ...
S: body
S: .
S: +OK message 1 deleted
S: ~\+OK maildrop has 1 message .*
S: ~\+OK .+
S: ~\+OK .*signing off \(1 message left\)
CLOSE

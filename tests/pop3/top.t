# TOP needs both numbers; 0 lines is the header and the empty line; more lines than there are is all.
# row C11
# server: users=alice@example.test:secret deliver=alice@example.test:three,alice@example.test:head
# message: three
| Subject: three
|
| one
| two
|
| four
# message: head
| Subject: a header and nothing behind it
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: TOP 1
S: ~-ERR .+
C: TOP
S: ~-ERR .+
C: TOP 1 -1
S: ~-ERR .+
C: TOP 1 1 1
S: ~-ERR .+
C: TOP 3 1
S: -ERR no such message, only 2 messages in maildrop
C: TOP 1 0
S: ~\+OK .+
S: ...
S: Subject: three
S: 
S: .
C: TOP 1 1
S: ~\+OK .+
S: ...
S: Subject: three
S: 
S: one
S: .
C: TOP 1 3
S: ~\+OK .+
S: ...
S: Subject: three
S: 
S: one
S: two
S: 
S: .
C: TOP 1 4
S: ~\+OK .+
S: ...
S: 
S: one
S: two
S: 
S: four
S: .
C: TOP 1 4294967295
S: ~\+OK .+
S: ...
S: 
S: one
S: two
S: 
S: four
S: .
C: TOP 2 0
S: ~\+OK .+
S: ...
S: Subject: a header and nothing behind it
S: 
S: .
C: TOP 2 5
S: ~\+OK .+
S: ...
S: Subject: a header and nothing behind it
S: 
S: .
# TOP is not an access
C: LAST
S: +OK 0
C: QUIT
S: ~\+OK .*
CLOSE

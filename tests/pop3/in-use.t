# One session a maildrop; the second is told so only with the right password, and may try again.
# row P9
# server: users=alice@example.test:secret,bob@example.test:pw
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
CONNECT2
S2: ~\+OK .*
C2: USER alice
S2: ~\+OK .+
C2: PASS wrong
S2: ~-ERR \[AUTH\] .+
C2: USER alice
S2: ~\+OK .+
C2: PASS secret
S2: ~-ERR \[IN-USE\] .+
C2: STAT
S2: ~-ERR .+
C2: USER bob
S2: ~\+OK .+
C2: PASS pw
S2: ~\+OK .+
C2: QUIT
S2: ~\+OK .+
CLOSE2
# delivery does not wait, and is not seen
DELIVER alice@example.test m
C: STAT
S: +OK 0 0
C: QUIT
S: ~\+OK .+
CONNECT2
S2: ~\+OK .*
C2: USER alice
S2: ~\+OK .+
C2: PASS secret
S2: ~\+OK alice's maildrop has 1 message .*
C2: QUIT
S2: ~\+OK .+
CLOSE2
# message: m
| Subject: m
|
| body

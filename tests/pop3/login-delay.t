# LOGIN-DELAY is announced and enforced; a refused login does not count as one.
# row C18
# server: users=alice@example.test:secret,bob@example.test:pw sets=login_delay=1h
S: ~\+OK .*
C: CAPA
S: ~\+OK .+
S: ...
S: LOGIN-DELAY 3600
S: ...
S: .
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: QUIT
S: ~\+OK .+
CLOSE
RECONNECT
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~-ERR \[LOGIN-DELAY\] .+
C: USER alice
S: ~\+OK .+
C: PASS wrong
S: ~-ERR \[AUTH\] .+
C: USER bob
S: ~\+OK .+
C: PASS pw
S: ~\+OK .+
C: QUIT
S: ~\+OK .+
CLOSE

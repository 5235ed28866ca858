# RPOP and XTND are refused, documented and for good.
# row C20
# server: users=alice@example.test:secret
S: ~\+OK .*
C: RPOP alice
S: ~-ERR .+
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: XTND BBOARDS
S: ~-ERR .+
C: QUIT
S: ~\+OK .+
CLOSE

# Who may not have a session although the password is right: disabled, or too many already.
# row C2
# row P1
# server: users=alice@example.test:secret,bob@example.test:pw:disabled
# server: sets=connections_per_user=1,pop3_exclusive=no,errors_before_login=100
S: ~\+OK .*
C: USER bob
S: ~\+OK .+
C: PASS wrong
S: ~(?P<refusal>-ERR \[AUTH\] .+)
C: USER bob
S: ~\+OK .+
C: PASS pw
S: ~-ERR \[AUTH\] .+
C: STAT
S: ~-ERR .+
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
CONNECT2
S2: ~\+OK .*
C2: USER alice
S2: ~\+OK .+
C2: PASS secret
S2: ~-ERR \[SYS/TEMP\] .+
C: QUIT
S: ~\+OK .+
CLOSE
WAITLOG session .*reason=quit
C2: USER alice
S2: ~\+OK .+
C2: PASS secret
S2: ~\+OK .+
C2: QUIT
S2: ~\+OK .+
CLOSE2

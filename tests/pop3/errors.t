# Ten errors before login, fifty after it, then the server hangs up; a browser is shown the door.
# row P6
# server: users=alice@example.test:secret sets=errors_before_login=3,errors_after_login=4
S: ~\+OK .*
C: ONE
S: ~-ERR .+
C: TWO
S: ~-ERR .+
C: THREE
S: ~-ERR .+
CLOSE
WAITLOG session .*reason=errors
RECONNECT
S: ~\+OK .*
C: ONE
S: ~-ERR .+
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: ONE
S: ~-ERR .+
# that a message is not there is no error of the protocol
C: LIST 7
S: ~-ERR .+
C: RETR 7
S: ~-ERR .+
C: TWO
S: ~-ERR .+
C: THREE
S: ~-ERR .+
C: FOUR
S: ~-ERR .+
CLOSE
RECONNECT
S: ~\+OK .*
C: GET / HTTP/1.1
CLOSE
WAITLOG session .*reason=alien

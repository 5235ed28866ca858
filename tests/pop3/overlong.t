# 255 octets and far more are taken; an overlong line is swallowed, answered once, and the third ends it.
# row P3
# row P4
# server: users=alice@example.test:secret
S: ~\+OK .*
C: USER {247*a}
S: ~\+OK .+
C: USER {400*a}
S: ~\+OK .+
C: USER {70000*a}
S: -ERR line too long
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: NOOP {9000*x}
S: -ERR line too long
C: NOOP
S: ~\+OK .+
C: {9000*x}
S: ...
S: -ERR line too long
CLOSE

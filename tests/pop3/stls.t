# STLS: before login only, once, and what was said before it does not count.
# row C16
# server: users=alice@example.test:secret
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: STLS
S: ~\+OK .+
TLS
C: PASS secret
S: -ERR USER first
C: STLS
S: ~-ERR .+
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: STLS
S: ~-ERR .+
C: QUIT
S: ~\+OK .+
CLOSE
WAITLOG login .*user=alice@example\.test .*tls=(yes|TLSv1)

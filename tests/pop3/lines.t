# Exactly one space, strict numbers, any case, bare LF taken, NUL refused.
# row P3
# row P8
# server: users=alice@example.test:secret deliver=alice@example.test:one
# message: one
| Subject: one
|
| body
S: ~\+OK .*
C: UsEr alice
S: ~\+OK .+
C: pass secret
S: ~\+OK .+
R: sTaT\n
S: ~\+OK 1 \d+
C: STAT 
S: ~-ERR .+
C: STAT 1
S: ~-ERR .+
C:  STAT
S: ~-ERR .+
C: LIST  1
S: ~-ERR .+
C: LIST 1 
S: ~-ERR .+
C: LIST 0
S: ~-ERR .+
C: LIST 00
S: ~-ERR .+
C: LIST +1
S: ~-ERR .+
C: LIST -1
S: ~-ERR .+
C: LIST 1x
S: ~-ERR .+
C: LIST 4294967297
S: ~-ERR .+
C: LIST 18446744073709551617
S: ~-ERR .+
C: DELE 0
S: ~-ERR .+
C: DELE 1 1
S: ~-ERR .+
C: RETR\t1
S: ~-ERR .+
C: RETR
S: ~-ERR .+
C: ST\x00AT
S: ~-ERR .+
C: DELE 1\x00
S: ~-ERR .+
C: 
S: ~-ERR .+
C: NOOP
S: ~\+OK .+
C: LIST 001
S: ~\+OK 1 \d+
C: STAT
S: ~\+OK 1 \d+
C: QUIT
S: ~\+OK .+
CLOSE

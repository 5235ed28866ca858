# Lines: 8 KiB before login, 64 KiB after; past it BAD, three times, then BYE (SECURITY B4).
# server: users=alice@example.test:secret
S: ~\* OK .*
C: a NOOP {8100*x}
S: a BAD too many arguments
C: b NOOP {8200*x}
S: b BAD the command is too long
C: c NOOP {40000*x}
S: c BAD the command is too long
C: d LOGIN alice secret
S: ~d OK .*
C: e NOOP {40000*x}
S: e BAD too many arguments
C: f NOOP {65000*x}
S: f BAD too many arguments
C: g NO\x00OP
S: g BAD NUL in a command
R: h NOOP\n
S: ~h OK .*
C: i NOOP {70000*x}
S: * BYE too many commands that are too long
CLOSE

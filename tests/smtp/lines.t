# Lines that are none: overlong, bare LF, control characters, NUL, a browser's.
# server: users=alice@example.test:secret
S: ~220 .*
C: NOOP {2030*x}
S: 250 2.0.0 ok
C: NOOP {2100*x}
S: ~500 5\.5\.2 .*
C: NOOP
S: 250 2.0.0 ok
R: NOOP\n
S: ~500 5\.5\.2 .*
C: NO\x00OP
S: ~500 5\.5\.2 .*
C: NO\x08OP
S: ~500 5\.5\.2 .*
C: NOOP \x20
S: 250 2.0.0 ok
C: <script>alert(1)</script>
S: 500 5.5.1 no such command
C: {70000*x}
S: ~500 5\.5\.2 .*
C: {70000*x}
S: ~(421|500) .*
S: ...
S: ~421 .*
CLOSE
RECONNECT
S: ~220 .*
C: GET / HTTP/1.1
CLOSE
RECONNECT
S: ~220 .*
C: Host: mx.example.test
CLOSE

# Literals (RFC 9051 4.3, RFC 7888): asked for, or not; refused before they are sent, or skipped.
# server: users=alice@example.test:secret sets=errors_before_login=100
S: ~\* OK .*
C: a LOGIN {5}
S: + go ahead
C: alice {6}
S: + go ahead
C: secrxt
S: ~a NO \[AUTHENTICATIONFAILED\] .*
# non-synchronizing, before login: LITERAL-
C: b LOGIN {5+}
C: alice {5+}
C: wrong
S: ~b NO \[AUTHENTICATIONFAILED\] .*
# a refused command: no continuation
C: c NOSUCH {5}
S: c BAD unknown command
C: d NOSUCH {5+}
C: hello {6+}
R: ab\r\ncd and so on\r\n
S: d BAD unknown command
C: e SELECT {5+}
C: INBOX
S: e BAD SELECT: log in first
# 4,096 octets at most without being asked for (RFC 7888 5)
C: f LOGIN {4097+}
R: {4097*x}\r\n
S: ~f BAD \[TOOBIG\] .*
# 8 KiB in all before login
C: g LOGIN {8193}
S: ~g BAD \[TOOBIG\] .*
C: h LOGIN {8000}
S: + go ahead
R: {8000*x} {200}\r\n
S: ~h BAD \[TOOBIG\] .*
C: i LOGIN {18446744073709551616}
S: ~i BAD \[TOOBIG\] .*
C: j LOGIN {-1}
S: ~j BAD .*
C: k LOGIN {}
S: ~k BAD .*
C: l LOGIN {0+}
C:  {0+}
C: 
S: ~l NO \[AUTHENTICATIONFAILED\] .*
C: m LOGIN "alice" {6+}
C: secret
S: ~m OK .*
C: n SELECT {5}
S: + go ahead
C: INBOX
S: ...
S: ~n OK .*
# after login: LITERAL+
C: o SELECT {5000+}
R: {5000*x}\r\n
S: ~o NO \[CANNOT\] .*
C: p SELECT {65537}
S: ~p BAD \[TOOBIG\] .*
C: q SELECT {65537+}
R: {65537*x}\r\n
S: ~q BAD \[TOOBIG\] .*
C: r NOOP {4294967295+}
S: ~r? ?\* BYE \[TOOBIG\] .*
CLOSE

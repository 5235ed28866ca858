# Counts that are no counts, or beyond all reason: refused, and the connection ends, for nobody
# knows which octets are commands.
# server: users=alice@example.test:secret
S: ~220 .*
C: BDAT 9223372036854775808 LAST
S: ~552 5\.3\.4 .*
CLOSE
RECONNECT
S: ~220 .*
C: BDAT 18446744073709551616
S: ~552 5\.3\.4 .*
CLOSE
RECONNECT
S: ~220 .*
C: BDAT -1 LAST
S: ~501 5\.5\.4 .*
CLOSE
RECONNECT
S: ~220 .*
C: BDAT 10 FIRST
S: ~501 5\.5\.4 .*
CLOSE
RECONNECT
S: ~220 .*
R: BDAT 6 LAST\nQUIT\r\n
S: ~500 5\.5\.2 .*
CLOSE

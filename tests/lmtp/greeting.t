# RFC 2033 4.1: LHLO takes the place of HELO and EHLO, which are refused.
# server: users=alice@example.test:secret
S: ~220 \S+ LMTP Mailkeep ready
C: HELO client.test
S: ~500 5\.5\.1 .*
C: EHLO client.test
S: ~500 5\.5\.1 .*
C: MAIL FROM:<a@remote.test>
S: ~503 5\.5\.1 .*LHLO.*
C: LHLO
S: ~501 5\.5\.4 .*
C: LHLO client.test
S: ~250-\S+
S: 250-PIPELINING
S: 250-8BITMIME
S: 250-SMTPUTF8
S: 250-CHUNKING
S: 250-BINARYMIME
S: 250-ENHANCEDSTATUSCODES
S: 250-STARTTLS
S: 250 SIZE 52428800
C: NOOP anything
S: 250 2.0.0 ok
C: noop
S: 250 2.0.0 ok
C: VRFY alice
S: ~252 2\.5\.2 .*
C: EXPN staff
S: ~502 5\.5\.1 .*
C: HELP
S: ~214 2\.0\.0 LHLO MAIL RCPT .*QUIT.*
C: QUIT
S: 221 2.0.0 bye
CLOSE
CONNECT
S: ~220 .*
C: LHLO [192.0.2.1]
S: ...
S: ~250 SIZE \d+
C: LHLO [IPv6:2001:db8::1]
S: ...
S: ~250 SIZE \d+
C: LHLO <script>
S: ~501 5\.5\.4 .*
C: QUIT
S: 221 2.0.0 bye
CLOSE

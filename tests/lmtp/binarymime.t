# BINARYMIME (RFC 3030 3): octets stay what they are; POP3 gives them in base64 (RFC 6856 2.1), with that size.
# server: users=alice@example.test:secret listen=lmtp,pop3
S: ~220 .*
C: LHLO client.test
S: ...
S: ~250 SIZE \d+
C: MAIL FROM:<sender@remote.test> BODY=BINARYMIME
S: ~250 .*
C: RCPT TO:<alice@example.test>
S: ~250 .*
C: DATA
S: ~503 .*BDAT
R: BDAT 51 LAST\r\nContent-Transfer-Encoding: binary\r\n\r\na\rb\nc\x00d.\r\nef\r\n
S: ~250 2\.0\.0 <alice@example\.test> .*
CONNECT2 pop3
S2: ~\+OK .*
C2: USER alice
S2: ~\+OK .*
C2: PASS secret
S2: ~\+OK .*
C2: LIST 1
S2: ~\+OK 1 (?P<size>\d+)
C2: RETR 1
S2: +OK $size octets
S2: ...
S2: Content-Transfer-Encoding: base64
S2: 
S2: YQ1iCmMAZC4NCmVmDQo=
S2: .
C2: QUIT
S2: ~\+OK .*
C: QUIT
S: ~221 .*
CLOSE

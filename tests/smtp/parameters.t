# Parameters of MAIL and RCPT: RFC 5321 4.1.1.11, 1870, 6152, 6531.
# server: users=alice@example.test:secret sets=message_size=100K,errors_before_login=100
S: ~220 .*
C: EHLO client.test
S: ...
S: 250 SIZE 102400
C: MAIL FROM:<a@remote.test> SIZE=102401
S: ~552 5\.3\.4 .*
C: MAIL FROM:<a@remote.test> SIZE=99999999999999999999
S: ~552 5\.3\.4 .*
C: MAIL FROM:<a@remote.test> SIZE=1x
S: ~501 5\.5\.4 .*
C: MAIL FROM:<a@remote.test> SIZE
S: ~501 5\.5\.4 .*
C: MAIL FROM:<a@remote.test> SIZE=1 SIZE=1
S: ~501 5\.5\.4 .*
C: MAIL FROM:<a@remote.test> BODY=BINARYMIME
S: ~250 2\.1\.0 .*
C: RSET
S: ~250 .*
C: MAIL FROM:<a@remote.test> BODY=9BIT
S: ~501 5\.5\.4 .*
C: MAIL FROM:<a@remote.test> RET=HDRS ENVID=x
S: ~555 5\.5\.4 .*
C: MAIL FROM:<a@remote.test> AUTH=<>
S: ~555 5\.5\.4 .*
C: MAIL FROM:<a@remote.test>SIZE=1
S: ~501 5\.1\.7 .*
C: MAIL FROM:<\xc3\xa4@remote.test>
S: ~553 5\.6\.7 .*
C: MAIL FROM:<\xff@remote.test> SMTPUTF8
S: ~501 5\.1\.7 .*
C: MAIL FROM:a@remote.test
S: ~501 5\.1\.7 .*
C: MAIL FROM:<a@remote.test>  SIZE=102400 BODY=7bit
S: ~250 2\.1\.0 .*
C: RCPT TO:<alice@example.test> NOTIFY=NEVER
S: ~555 5\.5\.4 .*
C: RCPT TO:<alice@example.test> ORCPT=rfc822;bob@example.test
S: ~555 5\.5\.4 .*
C: RCPT TO:<>
S: ~501 5\.1\.3 .*
C: RCPT TO:<\xc3\xa4@example.test>
S: ~553 5\.6\.7 .*
C: RCPT TO:<alice@example.test>
S: ~250 2\.1\.5 .*
# the promise was broken: read to its end, then refused
C: DATA
S: ~354 .*
R: {102401*x}
C:
C: .
S: ~552 5\.3\.4 .*
C: QUIT
S: ~221 .*
CLOSE

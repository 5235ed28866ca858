# quota_permanent: 552 5.2.2 where 452 4.2.2 would be; at RCPT if SIZE= tells it.
# server: users=alice@example.test:secret,full@example.test:secret:quota=1000 sets=quota_permanent=yes
S: ~220 .*
C: LHLO client.test
S: ...
S: ~250 SIZE \d+
C: MAIL FROM:<sender@remote.test> SIZE=2000
S: 250 2.1.0 sender ok
C: RCPT TO:<full@example.test>
S: ~552 5\.2\.2 .*
C: RCPT TO:<alice@example.test>
S: 250 2.1.5 recipient ok
C: RSET
S: ~250 .*
C: MAIL FROM:<sender@remote.test>
S: ~250 .*
C: RCPT TO:<full@example.test>
S: ~250 .*
C: RCPT TO:<alice@example.test>
S: ~250 .*
C: BDAT 1002 LAST
R: {1000*y}\r\n
S: ~552 5\.2\.2 <full@example\.test> .*
S: ~250 2\.0\.0 <alice@example\.test> .*
C: QUIT
S: ~221 .*
CLOSE

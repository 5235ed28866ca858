# SECURITY D4: who only makes errors, or guesses addresses, is shown the door.
# server: users=alice@example.test:secret sets=errors_before_login=6
S: ~220 .*
C: FOO
S: ~500 .*
C: RCPT TO:<a@example.test>
S: ~503 .*
C: EHLO client.test
S: ...
S: ~250 SIZE \d+
C: MAIL FROM:<a@remote.test>
S: ~250 .*
C: RCPT TO:<a@example.test>
S: ~550 5\.1\.1 .*
C: RCPT TO:<b@example.test>
S: ~550 5\.1\.1 .*
C: RCPT TO:<c@example.test>
S: ~550 5\.1\.1 .*
C: RCPT TO:<d@example.test>
S: ~550 5\.1\.1 .*
S: ~421 4\.7\.0 .*
CLOSE

# Any name gets +OK; a wrong one or a wrong password the same [AUTH]; the password may have spaces.
# row C1
# row C2
# server: users=alice@example.test:secret,bob@example.test:pass~word
S: ~\+OK .*
C: USER nobody@nowhere.test
S: ~(?P<answer>\+OK .+)
C: PASS secret
S: ~(?P<refusal>-ERR \[AUTH\] .+)
C: USER alice
S: $answer
C: PASS wrong
S: $refusal
C: PASS secret
S: -ERR USER first
RUN user list
C: USER alice
S: $answer
C: PASS  secret
S: $refusal
C: USER alice
S: $answer
C: PASS secret 
S: $refusal
C: USER alice
S: $answer
C: PASS
S: ~-ERR .+
C: USER
S: ~-ERR .+
C: USER ALICE@Example.TEST
S: $answer
C: PASS secret
S: ~\+OK alice's maildrop has 0 messages \(0 octets\)
C: QUIT
S: ~\+OK .*
CLOSE

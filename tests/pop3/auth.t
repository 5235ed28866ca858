# AUTH: PLAIN and LOGIN, initial responses, cancelling, bad base64; no second AUTH.
# row C14
# server: users=alice@example.test:secret sets=errors_before_login=100
S: ~\+OK .*
C: AUTH
S: ~\+OK .+
S: PLAIN
S: LOGIN
S: .
C: AUTH NOSUCH
S: ~-ERR .+
C: AUTH PLAIN
S: + 
C: *
S: ~-ERR .+
C: AUTH PLAIN
S: + 
C: AGFsaWNlAHNlY3JldA
S: ~-ERR .+
C: AUTH PLAIN AGFsaWNl=AHNlY3JldA==
S: ~-ERR .+
C: AUTH PLAIN !!!!
S: ~-ERR .+
C: AUTH PLAIN =
S: ~-ERR .+
C: AUTH PLAIN 
S: ~-ERR .+
C: AUTH PLAIN  AGFsaWNlAHNlY3JldA==
S: ~-ERR .+
# authzid bob
C: AUTH PLAIN Ym9iAGFsaWNlAHNlY3JldA==
S: ~-ERR \[AUTH\] .+
# the password "wrong"
C: AUTH PLAIN AGFsaWNlAHdyb25n
S: ~-ERR \[AUTH\] .+
C: AUTH LOGIN YWxpY2U=
S: ~-ERR .+
C: AUTH LOGIN
S: + VXNlcm5hbWU6
C: YWxpY2U=
S: + UGFzc3dvcmQ6
C: *
S: ~-ERR .+
C: AUTH PLAIN
S: + 
C: {16384*A}
S: -ERR line too long
C: AUTH PLAIN
S: + 
C: {12288*A}
S: ~-ERR .+
C: AUTH PLAIN
S: + 
C: A\x00A=
S: ~-ERR .+
# USER is forgotten
C: USER alice
S: ~\+OK .+
C: AUTH PLAIN
S: + 
C: *
S: ~-ERR .+
C: PASS secret
S: -ERR USER first
C: auth plain AGFsaWNlAHNlY3JldA==
S: ~\+OK alice's maildrop .*
C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
S: ~-ERR .+
C: QUIT
S: ~\+OK .+
CLOSE
RECONNECT
S: ~\+OK .*
C: AUTH LOGIN
S: + VXNlcm5hbWU6
C: YWxpY2U=
S: + UGFzc3dvcmQ6
C: c2VjcmV0
S: ~\+OK alice's maildrop .*
C: QUIT
S: ~\+OK .+
CLOSE
WAITLOG login .*mech\S*=LOGIN

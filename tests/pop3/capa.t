# CAPA in both states, and with TLS; what is announced works.
# row C15
# row C18
# row C19
# server: users=alice@example.test:secret
S: ~\+OK .*
C: CAPA
S: ~\+OK .+
S: TOP
S: UIDL
S: USER
S: SASL PLAIN LOGIN
S: RESP-CODES
S: AUTH-RESP-CODE
S: PIPELINING
S: EXPIRE NEVER
S: STLS
S: .
C: STLS
S: ~\+OK .+
TLS
C: CAPA
S: ~\+OK .+
S: TOP
S: UIDL
S: USER
S: SASL PLAIN LOGIN
S: RESP-CODES
S: AUTH-RESP-CODE
S: PIPELINING
S: EXPIRE NEVER
S: .
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: CAPA
S: ~\+OK .+
S: TOP
S: UIDL
S: USER
S: SASL PLAIN LOGIN
S: RESP-CODES
S: AUTH-RESP-CODE
S: PIPELINING
S: EXPIRE NEVER
S: ~IMPLEMENTATION .+
S: .
C: QUIT
S: ~\+OK .+
CLOSE

# APOP is off unless asked for; without it the greeting holds no timestamp.
# row C13
# server: users=alice@example.test:secret
S: +OK POP3 server ready
C: APOP alice c4c9334bac560ecc979e58001b3e22fb
S: ~-ERR .+
C: QUIT
S: ~\+OK .+
CLOSE

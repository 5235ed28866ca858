# Lines that begin with a dot are stuffed, the octets of stuffing are not counted.
# row P5
# row C6
# server: users=alice@example.test:secret deliver=alice@example.test:dots,alice@example.test:first
# message: dots
| Subject: dots
|
| .
| ..
| .dot
| x.
|
| .
# message: first
| .first line of all begins with a dot: an odd header
|
| .
S: ~\+OK .*
C: USER alice
S: ~\+OK .+
C: PASS secret
S: ~\+OK .+
C: LIST 1
S: ~\+OK 1 (?P<size>\d+)
C: RETR 1
S: +OK $size octets
S: ...
S: Subject: dots
S: 
S: ~\.\.
S: ~\.\.\.
S: ..dot
S: x.
S: 
S: ~\.\.
S: .
C: RETR 2
S: ~\+OK .*
S: ...
S: ..first line of all begins with a dot: an odd header
S: 
S: ~\.\.
S: .
C: TOP 2 1
S: ~\+OK .*
S: ...
S: ..first line of all begins with a dot: an odd header
S: 
S: ~\.\.
S: .
C: QUIT
S: ~\+OK .*
CLOSE

# UIDBATCHES: RFC 10022; more of it in test_search.py.
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .* UIDBATCHES .*
C: a UIDBATCHES 500
S: ~a BAD .*
C: a SELECT INBOX
S: ...
S: ~a OK .*
C: b UIDBATCHES 500
S: * UIDBATCHES (TAG "b") 3:1
S: b OK cut
C: b uidbatches 4294967295 1:1
S: * UIDBATCHES (TAG "b") 3:1
S: b OK cut
C: b UIDBATCHES 500 2:9
S: * UIDBATCHES (TAG "b")
S: b OK cut
C: b UIDBATCHES 500 4294967295:4294967295
S: * UIDBATCHES (TAG "b")
S: b OK cut
C: b UIDBATCHES 499
S: ~b NO \[TOOFEW\] .*
C: b UIDBATCHES 500 4:2
S: ~b BAD \[CLIENTBUG\] .*
C: b UIDBATCHES 0
S: ~b BAD .*
C: b UIDBATCHES 500 1
S: ~b BAD .*
C: b UIDBATCHES 500 0:1
S: ~b BAD .*
C: b UIDBATCHES
S: ~b BAD .*
C: c STORE 1:* +FLAGS.SILENT \Deleted
S: c OK stored
C: c CLOSE
S: ~c OK .*
C: c SELECT INBOX
S: ...
S: ~c OK .*
C: c UIDBATCHES 500
S: * UIDBATCHES (TAG "c")
S: c OK cut

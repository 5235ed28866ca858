# A shared mailbox: one \\Seen for all, or each reader's own, by its setting.
# PROTOCOLS I6, RFC 4314 2.1
# server: users=alice@example.test:secret,bob@example.test:pw sets=special_folders=
# server: deliver=alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
RUN acl set alice@example.test INBOX bob@example.test lrsw
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
CONNECT2
S2: ~\* OK .*
C2: a LOGIN bob pw
S2: ~a OK .*
# by default what one has seen all have
C2: a SELECT "Other Users/alice@example.test/INBOX"
S2: ...
S2: ~a OK .*
C2: a STORE 1 +FLAGS.SILENT (\\Seen \\Flagged)
S2: ~a OK .*
C2: a UNSELECT
S2: ~a OK .*
C: a STATUS INBOX (UNSEEN)
S: * STATUS INBOX (UNSEEN 1)
S: ~a OK .*
# from now on each his own
RUN mailbox seen alice@example.test INBOX own
C: a GETMETADATA INBOX /shared/vendor/mailkeep/seen-per-user
S: * METADATA INBOX (/shared/vendor/mailkeep/seen-per-user "yes")
S: ~a OK .*
C2: a STATUS "Other Users/alice@example.test/INBOX" (UNSEEN MESSAGES)
S2: * STATUS "Other Users/alice@example.test/INBOX" (MESSAGES 2 UNSEEN 2)
S2: ~a OK .*
C2: a SELECT "Other Users/alice@example.test/INBOX"
S2: ...
S2: ~a OK .*
C2: a STORE 2 +FLAGS (\\Seen \\Flagged)
S2: ~\* 2 FETCH \(FLAGS \((\\Flagged \\Seen|\\Seen \\Flagged)\)\)
S2: ~a OK .*
C2: a FETCH 1:2 FLAGS
S2: * 1 FETCH (FLAGS (\\Flagged))
S2: ~\* 2 FETCH \(FLAGS \((\\Flagged \\Seen|\\Seen \\Flagged)\)\)
S2: ~a OK .*
C2: a STATUS "Other Users/alice@example.test/INBOX" (UNSEEN)
S2: * STATUS "Other Users/alice@example.test/INBOX" (UNSEEN 1)
S2: ~a OK .*
# other flags stay everybody's
C: a EXAMINE INBOX
S: ...
S: ~a OK .*
C: a FETCH 1:2 FLAGS
S: ~\* 1 FETCH \(FLAGS \(.*\\Flagged.*\)\)
S: ~\* 2 FETCH \(FLAGS \((?!.*Seen).*\\Flagged.*\)\)
S: ~a OK .*

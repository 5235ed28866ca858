# LIST, LSUB: patterns, levels without a mailbox, attributes, the separator.
# RFC 9051 6.3.9, RFC 3501 6.3.9, RFC 3348
# server: users=alice@example.test:secret sets=special_folders=Sent
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a LIST "" ""
S: * LIST (\\Noselect) "/" ""
S: ~a OK .*
C: a LIST "Other Users/x" ""
S: * LIST (\\Noselect) "/" "Other Users/"
S: ~a OK .*
C: a CREATE foo/bar/zap
S: ~a OK \[MAILBOXID \(F[0-9a-f]+\)\] .*
C: a LIST "" *
S: * LIST (\\HasNoChildren) "/" INBOX
S: * LIST (\\HasNoChildren \\Sent) "/" Sent
S: * LIST (\\HasChildren) "/" foo
S: * LIST (\\HasChildren) "/" foo/bar
S: * LIST (\\HasNoChildren) "/" foo/bar/zap
S: ~a OK .*
# in the order of the tree: what lies below comes before what sorts between
C: a CREATE foo-x
S: ~a OK .*
C: a LIST "" f*
S: * LIST (\\HasChildren) "/" foo
S: * LIST (\\HasChildren) "/" foo/bar
S: * LIST (\\HasNoChildren) "/" foo/bar/zap
S: * LIST (\\HasNoChildren) "/" foo-x
S: ~a OK .*
C: a LIST "" %
S: * LIST (\\HasNoChildren) "/" INBOX
S: * LIST (\\HasNoChildren \\Sent) "/" Sent
S: * LIST (\\HasChildren) "/" foo
S: * LIST (\\HasNoChildren) "/" foo-x
S: ~a OK .*
C: a LIST foo/ %
S: * LIST (\\HasChildren) "/" foo/bar
S: ~a OK .*
C: a LIST "" %/%
S: * LIST (\\HasChildren) "/" foo/bar
S: ~a OK .*
C: a LIST "" inbox
S: * LIST (\\HasNoChildren) "/" INBOX
S: ~a OK .*
C: a LIST "" nothing
S: ~a OK .*
# RFC 9051 6.3.5: what lies below stays; the level is no mailbox any more
C: a DELETE foo/bar
S: ~a OK .*
C: a LIST "" foo/*
S: * LIST (\\HasNoChildren) "/" foo/bar/zap
S: ~a OK .*
C: a LIST "" foo/%
S: * LIST (\\Noselect \\HasChildren) "/" foo/bar
S: ~a OK .*
C: a SELECT foo/bar
S: ~a NO \[NONEXISTENT\] .*
C: a DELETE foo/bar
S: ~a NO \[HASCHILDREN\] .*
C: a DELETE foo/bar/zap
S: ~a OK .*
C: a LIST "" foo/%
S: ~a OK .*
# subscriptions: also names that are gone
C: a CREATE one/two
S: ~a OK .*
C: a SUBSCRIBE one/two
S: ~a OK .*
C: a LSUB "" *
S: * LSUB () "/" INBOX
S: * LSUB () "/" Sent
S: * LSUB () "/" one/two
S: ~a OK .*
C: a LSUB "" o%
S: * LSUB (\\Noselect) "/" one
S: ~a OK .*
C: a DELETE one/two
S: ~a OK .*
C: a LSUB "" one/*
S: * LSUB () "/" one/two
S: ~a OK .*
C: a UNSUBSCRIBE one/two
S: ~a OK .*
C: a LSUB "" one/*
S: ~a OK .*
C: a SUBSCRIBE one/two
S: ~a NO \[NONEXISTENT\] .*
# syntax
C: a LIST
S: ~a BAD .*
C: a LIST ""
S: ~a BAD .*
C: a LIST "" * x
S: ~a BAD .*
C: a LSUB (SUBSCRIBED) "" *
S: ~a BAD .*
C: a LSUB "" ""
S: * LSUB (\\Noselect) "/" ""
S: ~a OK .*

# Others' mailboxes where account names have separators, quotes and wildcards in them.
# SECURITY B10, RFC 2342 4
# server: users=alice@example.test:secret,a/b@example.test:pw,x%y@example.test:pw sets=special_folders=
RUN acl set a/b@example.test INBOX alice@example.test lr
RUN acl set x%y@example.test INBOX alice@example.test lr
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a LIST "" *
S: * LIST (\\HasNoChildren) "/" INBOX
S: * LIST (\\HasNoChildren) "/" "Other Users/a/b@example.test/INBOX"
S: * LIST (\\HasNoChildren) "/" "Other Users/x%y@example.test/INBOX"
S: ~a OK .*
C: a LIST "" "Other Users/%"
S: * LIST (\\Noselect \\HasChildren) "/" "Other Users/a"
S: * LIST (\\Noselect \\HasChildren) "/" "Other Users/x%y@example.test"
S: ~a OK .*
C: a STATUS "Other Users/a/b@example.test/inbox" (MESSAGES)
S: ~\* STATUS .* \(MESSAGES 0\)
S: ~a OK .*
C: a EXAMINE "Other Users/x%y@example.test/INBOX"
S: ...
S: ~a OK .*
C: a STATUS "Other Users/a" (MESSAGES)
S: a NO [NONEXISTENT] no such mailbox
C: a STATUS "Other Users/a/b@example.test" (MESSAGES)
S: a NO [NONEXISTENT] no such mailbox
C: a STATUS "Other Users/A/B@Example.Test/INBOX" (MESSAGES)
S: a NO [NONEXISTENT] no such mailbox
C: a STATUS "other users/a/b@example.test/INBOX" (MESSAGES)
S: a NO [NONEXISTENT] no such mailbox
C: a STATUS "Other Users//a/b@example.test/INBOX" (MESSAGES)
S: ~a NO .*
C: a STATUS "Other Users/../alice@example.test/INBOX" (MESSAGES)
S: a NO [NONEXISTENT] no such mailbox

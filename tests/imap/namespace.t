# NAMESPACE, others' and shared mailboxes: RFC 2342, RFC 9051 6.3.10.
# server: users=alice@example.test:secret,bob@example.test:pw,info@example.test:pw sets=special_folders=
RUN user set info@example.test --shared
RUN mailbox create bob@example.test Projects/2026
RUN mailbox create info@example.test News
RUN acl set bob@example.test Projects/2026 alice@example.test lr
RUN acl set info@example.test News anyone lrs
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a NAMESPACE
S: * NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))
S: ~a OK .*
C: a NAMESPACE x
S: ~a BAD .*
C: a LIST "" *
S: * LIST (\\HasNoChildren) "/" INBOX
S: * LIST (\\HasNoChildren) "/" "Other Users/bob@example.test/Projects/2026"
S: * LIST (\\HasNoChildren) "/" Shared/info@example.test/News
S: ~a OK .*
C: a LIST "" %
S: * LIST (\\HasNoChildren) "/" INBOX
S: * LIST (\\Noselect \\HasChildren) "/" "Other Users"
S: * LIST (\\Noselect \\HasChildren) "/" Shared
S: ~a OK .*
C: a LIST "Other Users/" %
S: * LIST (\\Noselect \\HasChildren) "/" "Other Users/bob@example.test"
S: ~a OK .*
C: a LIST "" "Shared/info@example.test/*"
S: * LIST (\\HasNoChildren) "/" Shared/info@example.test/News
S: ~a OK .*
C: a SELECT Shared/info@example.test/News
S: ...
S: ~a OK .*
C: a EXAMINE "Other Users/bob@example.test/Projects/2026"
S: ...
S: ~a OK .*
# each has one name only
C: a STATUS "Other Users/info@example.test/News" (MESSAGES)
S: ~a NO \[NONEXISTENT\] .*
C: a STATUS Shared/bob@example.test/Projects/2026 (MESSAGES)
S: ~a NO \[NONEXISTENT\] .*
C: a STATUS "Other Users/alice@example.test/INBOX" (MESSAGES)
S: ~a NO \[NONEXISTENT\] .*
# no mailbox, somebody's mailbox, nobody: the same words
C: a STATUS "Other Users/bob@example.test/INBOX" (MESSAGES)
S: a NO [NONEXISTENT] no such mailbox
C: a STATUS "Other Users/bob@example.test/Projects" (MESSAGES)
S: a NO [NONEXISTENT] no such mailbox
C: a STATUS "Other Users/nobody@example.test/INBOX" (MESSAGES)
S: a NO [NONEXISTENT] no such mailbox
C: a STATUS "Other Users" (MESSAGES)
S: a NO [NONEXISTENT] no such mailbox
C: a STATUS Shared/ (MESSAGES)
S: ~a NO .*
# nothing can be made at the roots
C: a CREATE "Other Users"
S: a NO [NOPERM] not allowed
C: a CREATE "Other Users/bob@example.test/mine"
S: a NO [NOPERM] not allowed
C: a CREATE "Other Users/nobody@example.test/mine"
S: a NO [NOPERM] not allowed
C: a CREATE Shared/x
S: a NO [NOPERM] not allowed
# subscriptions are one's own
C: a SUBSCRIBE Shared/info@example.test/News
S: ~a OK .*
C: a LIST (SUBSCRIBED) "" *
S: * LIST (\\Subscribed \\HasNoChildren) "/" INBOX
S: * LIST (\\Subscribed \\HasNoChildren) "/" Shared/info@example.test/News
S: ~a OK .*
RUN acl del info@example.test News anyone
C: a LIST (SUBSCRIBED) "" S*
S: * LIST (\\NonExistent \\Subscribed \\HasNoChildren) "/" Shared/info@example.test/News
S: ~a OK .*
C: a SELECT Shared/info@example.test/News
S: ...
S: a NO [NONEXISTENT] no such mailbox

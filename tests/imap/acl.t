# ACL: RFC 4314 3: SETACL, DELETEACL, GETACL, LISTRIGHTS, MYRIGHTS.
# server: users=alice@example.test:secret,bob@example.test:pw sets=special_folders=
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a GETACL inbox
S: * ACL INBOX alice@example.test lrswipkxteancd
S: ~a OK .*
C: a SETACL INBOX bob lrswi
S: ~a OK .*
C: a SETACL INBOX BOB@example.TEST +cda
S: ~a OK .*
C: a GETACL INBOX
S: * ACL INBOX bob@example.test lrswikxteacd alice@example.test lrswipkxteancd
S: ~a OK .*
C: a SETACL INBOX bob -kxte
S: ~a OK .*
C: a SETACL INBOX -bob w
S: ~a OK .*
C: a SETACL INBOX "anyone" p
S: ~a OK .*
C: a SETACL INBOX $staff lr
S: ~a OK .*
C: a GETACL INBOX
S: * ACL INBOX $staff@example.test lr -bob@example.test w anyone p bob@example.test lrswia alice@example.test lrswipkxteancd
S: ~a OK .*
# what it comes to
CONNECT2
S2: ~\* OK .*
C2: a LOGIN bob pw
S2: ~a OK .*
C2: a MYRIGHTS "Other Users/alice@example.test/INBOX"
S2: * MYRIGHTS "Other Users/alice@example.test/INBOX" lrsipa
S2: ~a OK .*
# one who may administer may, others learn nothing
C2: a SETACL "Other Users/alice@example.test/INBOX" bob -a
S2: ~a OK .*
C2: a GETACL "Other Users/alice@example.test/INBOX"
S2: ~a NO \[NOPERM\] .*
C: a DELETEACL INBOX bob
S: ~a OK .*
C: a DELETEACL INBOX -bob
S: ~a OK .*
C: a DELETEACL INBOX nobody-was-there
S: ~a OK .*
C2: a GETACL "Other Users/alice@example.test/INBOX"
S2: ~a NO \[NONEXISTENT\] .*
C2: a MYRIGHTS "Other Users/alice@example.test/INBOX"
S2: ~a NO \[NONEXISTENT\] .*
# LISTRIGHTS: the identifier as it was written (3.4)
C: a LISTRIGHTS INBOX Bob
S: * LISTRIGHTS INBOX Bob "" l r s w i p k x t e a n c d
S: ~a OK .*
C: a LISTRIGHTS INBOX alice
S: * LISTRIGHTS INBOX alice la r s w i p k x t e n c d
S: ~a OK .*
C: a LISTRIGHTS INBOX "-bob"
S: * LISTRIGHTS INBOX -bob "" l r s w i p k x t e a n c d
S: ~a OK .*
# the owner can bind himself, but not lock himself out
C: a CREATE safe
S: ~a OK .*
C: a SETACL safe alice lr
S: ~a OK .*
C: a MYRIGHTS safe
S: * MYRIGHTS safe lra
S: ~a OK .*
C: a DELETE safe
S: ~a NO \[NOPERM\] .*
C: a SETACL safe alice ""
S: ~a OK .*
C: a MYRIGHTS safe
S: * MYRIGHTS safe la
S: ~a OK .*
C: a SELECT safe
S: ~a NO \[NOPERM\] .*
C: a LIST "" safe RETURN (STATUS (MESSAGES))
S: * LIST (\\Noselect \\HasNoChildren) "/" safe
S: ~a OK .*
C: a DELETEACL safe alice
S: ~a OK .*
C: a DELETE safe
S: ~a OK .*
# new mailboxes inherit (RFC 4314 4), old ones keep theirs
C: a CREATE team
S: ~a OK .*
C: a SETACL team bob lrk
S: ~a OK .*
C: a CREATE team/a/b
S: ~a OK .*
C: a GETACL team/a/b
S: * ACL team/a/b bob@example.test lrkc alice@example.test lrswipkxteancd
S: ~a OK .*
C2: a CREATE "Other Users/alice@example.test/team/c"
S2: ~a OK .*
C2: a MYRIGHTS "Other Users/alice@example.test/team/c"
S2: * MYRIGHTS "Other Users/alice@example.test/team/c" lrkc
S2: ~a OK .*
C: a RENAME team crew
S: ~a OK .*
C: a GETACL crew/a/b
S: * ACL crew/a/b bob@example.test lrkc alice@example.test lrswipkxteancd
S: ~a OK .*
# a mailbox that is made again has no rights of the old one
C: a DELETE crew/a/b
S: ~a OK .*
C: a DELETE crew/a
S: ~a OK .*
C: a DELETEACL crew bob
S: ~a OK .*
C: a CREATE crew/a
S: ~a OK .*
C: a GETACL crew/a
S: * ACL crew/a alice@example.test lrswipkxteancd
S: ~a OK .*
# RFC 4314 3.1: BAD for unknown rights, also in upper case; 3: for identifiers that cannot be
C: a SETACL INBOX bob lrQ
S: ~a BAD .*
C: a SETACL INBOX bob LRS
S: ~a BAD .*
C: a SETACL INBOX "" lr
S: ~a BAD .*
C: a SETACL INBOX "a b" lr
S: ~a BAD .*
C: a SETACL INBOX bob
S: ~a BAD .*
C: a SETACL nosuch bob lr
S: ~a NO \[NONEXISTENT\] .*
C: a MYRIGHTS
S: ~a BAD .*

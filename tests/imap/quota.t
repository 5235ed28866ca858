# QUOTA: RFC 9208: what is limited, what is used, who may set it, [OVERQUOTA].
# server: users=alice@example.test:secret,root@example.test:pw sets=special_folders=,admins=root@example.test
# server: deliver=alice@example.test:m
# message: m
| Subject: m
|
| {2000*x}
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a GETQUOTAROOT INBOX
S: * QUOTAROOT INBOX alice@example.test
S: * QUOTA alice@example.test ()
S: ~a OK .*
# RFC 9208 4.1.2: it need not be there
C: a GETQUOTAROOT not-yet
S: * QUOTAROOT not-yet alice@example.test
S: * QUOTA alice@example.test ()
S: ~a OK .*
C: a SETQUOTA alice@example.test (STORAGE 1000000)
S: ~a NO \[NOPERM\] .*
C: a GETQUOTA root@example.test
S: a NO [NONEXISTENT] no such quota root
C: a GETQUOTA nobody
S: a NO [NONEXISTENT] no such quota root
CONNECT2
S2: ~\* OK .*
C2: a LOGIN root pw
S2: ~a OK .* .*
C2: a CAPABILITY
S2: ~\* CAPABILITY .*QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE QUOTA=RES-MAILBOX QUOTASET .*
S2: ~a OK .*
C2: a SETQUOTA alice@example.test (STORAGE 4 MESSAGE 2 MAILBOX 2)
S2: ~\* QUOTA alice@example.test \(STORAGE 3 4 MESSAGE 1 2 MAILBOX 1 2\)
S2: ~a OK .*
C: a GETQUOTA alice@example.test
S: ~\* QUOTA alice@example.test \(STORAGE 3 4 MESSAGE 1 2 MAILBOX 1 2\)
S: ~a OK .*
C: a CREATE two
S: ~a OK .*
C: a CREATE three
S: ~a NO \[OVERQUOTA\] .*
# what is not named is not limited any more (4.1.3)
C2: a SETQUOTA alice@example.test (MESSAGE 1000)
S2: * QUOTA alice@example.test (MESSAGE 1 1000)
S2: ~a OK .*
C: a CREATE three
S: ~a OK .*
C2: a SETQUOTA alice@example.test ()
S2: * QUOTA alice@example.test ()
S2: ~a OK .*
C2: a SETQUOTA nobody@example.test (STORAGE 1)
S2: ~a NO \[NONEXISTENT\] .*
C2: a SETQUOTA alice@example.test (BOGUS 1)
S2: ~a BAD .*
C2: a SETQUOTA alice@example.test (STORAGE 0)
S2: ~a BAD .*
C2: a SETQUOTA alice@example.test (STORAGE 99999999999999999999)
S2: ~a BAD .*
C2: a SETQUOTA alice@example.test STORAGE 5
S2: ~a BAD .*
C2: a GETQUOTA alice@example.test
S2: * QUOTA alice@example.test ()
S2: ~a OK .*
# others' roots: only with "r" on the mailbox
C2: a GETQUOTAROOT "Other Users/alice@example.test/two"
S2: ~a NO \[NONEXISTENT\] .*
C: a SETACL two root lr
S: ~a OK .*
C2: a GETQUOTAROOT "Other Users/alice@example.test/two"
S2: * QUOTAROOT "Other Users/alice@example.test/two" alice@example.test
S2: * QUOTA alice@example.test ()
S2: ~a OK .*
# STATUS DELETED, DELETED-STORAGE (4.1.4)
C: a STATUS INBOX (DELETED DELETED-STORAGE)
S: * STATUS INBOX (DELETED 0 DELETED-STORAGE 0)
S: ~a OK .*

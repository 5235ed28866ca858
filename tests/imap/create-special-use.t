# SPECIAL-USE and CREATE-SPECIAL-USE: RFC 6154; folders of new accounts by the setting special_folders.
# server: users=alice@example.test:secret
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a LIST (SPECIAL-USE) "" *
S: * LIST (\\HasNoChildren \\Archive) "/" Archive
S: * LIST (\\HasNoChildren \\Drafts) "/" Drafts
S: * LIST (\\HasNoChildren \\Junk) "/" Junk
S: * LIST (\\HasNoChildren \\Sent) "/" Sent
S: * LIST (\\HasNoChildren \\Trash) "/" Trash
S: ~a OK .*
C: a LIST (SPECIAL-USE SUBSCRIBED) "" S*
S: * LIST (\\Subscribed \\HasNoChildren \\Sent) "/" Sent
S: ~a OK .*
C: a LIST "" % RETURN (SPECIAL-USE SUBSCRIBED)
S: * LIST (\\Subscribed \\HasNoChildren \\Archive) "/" Archive
S: * LIST (\\Subscribed \\HasNoChildren \\Drafts) "/" Drafts
S: * LIST (\\Subscribed \\HasNoChildren) "/" INBOX
S: * LIST (\\Subscribed \\HasNoChildren \\Junk) "/" Junk
S: * LIST (\\Subscribed \\HasNoChildren \\Sent) "/" Sent
S: * LIST (\\Subscribed \\HasNoChildren \\Trash) "/" Trash
S: ~a OK .*
# RFC 6154 3: one mailbox each; what does not exist here is refused
C: a CREATE MySent (USE (\\Sent))
S: ~a NO \[USEATTR\] .*
C: a CREATE Everything (USE (\\All))
S: ~a NO \[USEATTR\] .*
C: a CREATE Odd (USE (\\Bogus))
S: ~a NO \[USEATTR\] .*
C: a LIST "" (Everything Odd MySent)
S: ~a OK .*
C: a DELETE Sent
S: ~a OK .*
C: a CREATE "Sent Items" (USE (\\Sent \\Important))
S: ~a OK .*
C: a LIST (SPECIAL-USE RECURSIVEMATCH) "" S*
S: * LIST (\\HasNoChildren \\Sent \\Important) "/" "Sent Items"
S: ~a OK .*
C: a GETMETADATA "Sent Items" /private/specialuse
S: * METADATA "Sent Items" (/private/specialuse "\\\\Sent \\\\Important")
S: ~a OK .*
C: a GETMETADATA INBOX /private/specialuse
S: * METADATA INBOX (/private/specialuse NIL)
S: ~a OK .*
# RFC 6154 5.4: it goes to another mailbox, which is told
C: a CREATE Outbox
S: ~a OK .*
C: a SETMETADATA Outbox (/private/specialuse "\\\\Sent")
S: * METADATA "Sent Items" (/private/specialuse "\\\\Important")
S: ~a OK .*
C: a LIST (SPECIAL-USE) "" (Outbox Sent*)
S: * LIST (\\HasNoChildren \\Sent) "/" Outbox
S: * LIST (\\HasNoChildren \\Important) "/" "Sent Items"
S: ~a OK .*
C: a SETMETADATA "Sent Items" (/private/specialuse NIL)
S: ~a OK .*
C: a LIST (SPECIAL-USE) "" (Outbox Sent*)
S: * LIST (\\HasNoChildren \\Sent) "/" Outbox
S: ~a OK .*
C: a SETMETADATA Outbox (/private/specialuse "\\\\All")
S: ~a NO \[USEATTR\] .*
C: a SETMETADATA Outbox (/private/specialuse "nonsense")
S: ~a NO \[USEATTR\] .*
C: a GETMETADATA Outbox /private/specialuse
S: * METADATA Outbox (/private/specialuse "\\\\Sent")
S: ~a OK .*
C: a CREATE x (USE \\Sent)
S: ~a BAD .*
C: a CREATE x (FOO (\\Sent))
S: ~a BAD .*
C: a CREATE x (USE (Sent))
S: ~a BAD .*

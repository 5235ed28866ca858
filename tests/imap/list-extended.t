# LIST-EXTENDED: the examples of RFC 5258 5, selection and return options, several patterns.
# RFC 9051 6.3.9.1 to 6.3.9.8
# server: users=alice@example.test:secret sets=special_folders=
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a UNSUBSCRIBE INBOX
S: ~a OK .*
C: a CREATE Foo/Bar
S: ~a OK .*
C: a CREATE Foo/Baz
S: ~a OK .*
C: a CREATE Moo
S: ~a OK .*
C: a SUBSCRIBE Foo/Baz
S: ~a OK .*
# example 8 A
C: a LIST (SUBSCRIBED) "" "*"
S: * LIST (\\Subscribed \\HasNoChildren) "/" Foo/Baz
S: ~a OK .*
C: a LIST (SUBSCRIBED) "" "%"
S: ~a OK .*
C: a LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
S: * LIST (\\HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
S: ~a OK .*
# A1
C: a SUBSCRIBE Foo
S: ~a OK .*
C: a LIST (RECURSIVEMATCH SUBSCRIBED) "" "%"
S: * LIST (\\Subscribed \\HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
S: ~a OK .*
# A2: the level is no mailbox
C: a UNSUBSCRIBE Foo
S: ~a OK .*
C: a DELETE Foo
S: ~a OK .*
C: a LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
S: * LIST (\\NonExistent \\HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
S: ~a OK .*
# RFC 9051 6.3.9.6: no CHILDINFO of what is told anyway
C: a LIST (SUBSCRIBED RECURSIVEMATCH) "" "*"
S: * LIST (\\Subscribed \\HasNoChildren) "/" Foo/Baz
S: ~a OK .*
# what is subscribed and gone
C: a DELETE Foo/Baz
S: ~a OK .*
C: a LIST (SUBSCRIBED) "" "*"
S: * LIST (\\NonExistent \\Subscribed \\HasNoChildren) "/" Foo/Baz
S: ~a OK .*
C: a LIST "" "*" RETURN (SUBSCRIBED)
S: * LIST (\\HasNoChildren) "/" Foo/Bar
S: * LIST (\\HasNoChildren) "/" INBOX
S: * LIST (\\HasNoChildren) "/" Moo
S: ~a OK .*
# several patterns, each name once; empty ones mean nothing (6.3.9)
C: a LIST "" ("INBOX" "Moo" "M*" "" "Foo/%")
S: * LIST (\\HasNoChildren) "/" Foo/Bar
S: * LIST (\\HasNoChildren) "/" INBOX
S: * LIST (\\HasNoChildren) "/" Moo
S: ~a OK .*
C: a LIST () "" (Moo)
S: * LIST (\\HasNoChildren) "/" Moo
S: ~a OK .*
C: a LIST (REMOTE) "" Moo RETURN ()
S: * LIST (\\HasNoChildren) "/" Moo
S: ~a OK .*
C: a LIST "" ""  RETURN (CHILDREN)
S: ~a BAD .*
C: a LIST "" "" RETURN (CHILDREN)
S: ~a OK .*
# LIST-STATUS (RFC 5819): not of what cannot be selected
C: a LIST "" % RETURN (STATUS (MESSAGES UNSEEN) CHILDREN)
S: * LIST (\\NonExistent \\HasChildren) "/" Foo
S: * LIST (\\HasNoChildren) "/" INBOX
S: * STATUS INBOX (MESSAGES 0 UNSEEN 0)
S: * LIST (\\HasNoChildren) "/" Moo
S: * STATUS Moo (MESSAGES 0 UNSEEN 0)
S: ~a OK .*
# LIST-MYRIGHTS (RFC 8440), LIST-METADATA (RFC 9590)
C: a SETMETADATA Moo (/shared/comment "cow")
S: ~a OK .*
C: a LIST "" % RETURN (MYRIGHTS METADATA (/shared/comment))
S: * LIST (\\NonExistent \\HasChildren) "/" Foo
S: * LIST (\\HasNoChildren) "/" INBOX
S: * MYRIGHTS INBOX lrswipkxteancd
S: * METADATA INBOX (/shared/comment NIL)
S: * LIST (\\HasNoChildren) "/" Moo
S: * MYRIGHTS Moo lrswipkxteancd
S: * METADATA Moo (/shared/comment "cow")
S: ~a OK .*
C: a LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (MYRIGHTS)
S: * LIST (\\NonExistent \\HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
S: ~a OK .*
# RFC 9051 6.3.9.1, 6.3.9: BAD
C: a LIST (RECURSIVEMATCH) "" *
S: ~a BAD .*
C: a LIST (RECURSIVEMATCH REMOTE) "" *
S: ~a BAD .*
C: a LIST (UNKNOWN) "" *
S: ~a BAD .*
C: a LIST "" * RETURN (UNKNOWN)
S: ~a BAD .*
C: a LIST "" * RETURN (REMOTE)
S: ~a BAD .*
C: a LIST "" * RETURN CHILDREN
S: ~a BAD .*
C: a LIST "" * RETURN (STATUS)
S: ~a BAD .*
C: a LIST "" * RETURN (STATUS (NONSENSE))
S: ~a BAD .*
C: a LIST "" (a b
S: ~a BAD .*
C: a LIST (SUBSCRIBED "" *
S: ~a BAD .*

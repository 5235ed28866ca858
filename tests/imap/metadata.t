# METADATA: RFC 5464: scopes, names, DEPTH, MAXSIZE, limits, who may.
# server: users=alice@example.test:secret,bob@example.test:pw sets=special_folders=,admins=bob@example.test,admin_contact=mailto:post@example.test
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: a SETMETADATA INBOX (/private/comment "My own" /SHARED/Comment "Everybody's")
S: ~a OK .*
C: a GETMETADATA INBOX /private/comment
S: * METADATA INBOX (/private/comment "My own")
S: ~a OK .*
C: a GETMETADATA "inbox" (/shared/COMMENT /private/comment /shared/none)
S: * METADATA INBOX (/shared/comment "Everybody's")
S: * METADATA INBOX (/private/comment "My own")
S: * METADATA INBOX (/shared/none NIL)
S: ~a OK .*
# a literal, octets, the empty string and NIL
R: a SETMETADATA INBOX (/private/lines {11+}\r\none\r\ntwo\r\n)\r\n
S: ~a (OK|BAD) .*
R: a SETMETADATA INBOX (/private/lines {10+}\r\none\r\ntwo\r\n)\r\n
S: ~a OK .*
C: a GETMETADATA INBOX /private/lines
S: * METADATA INBOX (/private/lines {10}
S: one
S: two
S: )
S: ~a OK .*
R: a SETMETADATA INBOX (/private/nul ~{3+}\r\na\x00b /private/zero ~{1+}\r\n\x00 /private/empty "")\r\n
S: ~a OK .*
C: a GETMETADATA INBOX (/private/nul /private/zero /private/empty)
S: * METADATA INBOX (/private/nul ~{3}
S: a\x00b)
S: * METADATA INBOX (/private/zero ~{1}
S: \x00)
S: * METADATA INBOX (/private/empty "")
S: ~a OK .*
C: a SETMETADATA INBOX (/private/nul NIL /private/zero NIL /private/empty NIL /private/lines NIL)
S: ~a OK .*
C: a GETMETADATA INBOX (/private/nul /private/empty)
S: * METADATA INBOX (/private/nul NIL)
S: * METADATA INBOX (/private/empty NIL)
S: ~a OK .*
# DEPTH (4.2.2), options before the mailbox as in the grammar, and behind it as in the examples
C: a SETMETADATA INBOX (/private/filters/values/small "SMALLER 5000" /private/filters/values/boss "FROM boss" /private/filters/values/a/b "deep")
S: ~a OK .*
C: a GETMETADATA INBOX (DEPTH 1) (/private/filters/values)
S: * METADATA INBOX (/private/filters/values/boss "FROM boss")
S: * METADATA INBOX (/private/filters/values/small "SMALLER 5000")
S: ~a OK .*
C: a GETMETADATA (DEPTH infinity) INBOX /private/filters
S: * METADATA INBOX (/private/filters/values/a/b "deep")
S: * METADATA INBOX (/private/filters/values/boss "FROM boss")
S: * METADATA INBOX (/private/filters/values/small "SMALLER 5000")
S: ~a OK .*
C: a GETMETADATA (DEPTH 0) INBOX /private/filters
S: * METADATA INBOX (/private/filters NIL)
S: ~a OK .*
# MAXSIZE (4.2.1)
C: a GETMETADATA INBOX (MAXSIZE 9 DEPTH infinity) /private/filters
S: * METADATA INBOX (/private/filters/values/a/b "deep")
S: * METADATA INBOX (/private/filters/values/boss "FROM boss")
S: a OK [METADATA LONGENTRIES 12] some are longer
# one that cannot be set: none is (4.3)
C: a SETMETADATA INBOX (/private/comment "changed" /shared/big "{33000*x}")
S: a NO [METADATA MAXSIZE 32768] a value is too long
C: a GETMETADATA INBOX /private/comment
S: * METADATA INBOX (/private/comment "My own")
S: ~a OK .*
# names that cannot be (3.2)
C: a SETMETADATA INBOX (/comment "x")
S: ~a BAD .*
C: a SETMETADATA INBOX (/private "x")
S: ~a BAD .*
C: a SETMETADATA INBOX (/private/a//b "x")
S: ~a BAD .*
C: a SETMETADATA INBOX (/private/a/ "x")
S: ~a BAD .*
C: a SETMETADATA INBOX ("/private/a*" "x")
S: ~a BAD .*
C: a SETMETADATA INBOX (/private/vendor/x "x")
S: ~a BAD .*
C: a SETMETADATA INBOX (/private/a)
S: ~a BAD .*
C: a GETMETADATA INBOX (DEPTH 2) /private/a
S: ~a BAD .*
C: a GETMETADATA INBOX (FOO) /private/a
S: ~a BAD .*
C: a GETMETADATA nosuch /private/a
S: ~a NO \[NONEXISTENT\] .*
# the server's (3.2.1.1)
C: a GETMETADATA "" (/shared/admin /shared/comment)
S: * METADATA "" (/shared/admin "mailto:post@example.test")
S: * METADATA "" (/shared/comment NIL)
S: ~a OK .*
C: a SETMETADATA "" (/shared/comment "x")
S: ~a NO \[NOPERM\] .*
C: a SETMETADATA "" (/private/vendor/x/y "mine")
S: ~a OK .*
CONNECT2
S2: ~\* OK .*
C2: a LOGIN bob pw
S2: ~a OK .*
C2: a GETMETADATA "" /private/vendor/x/y
S2: * METADATA "" (/private/vendor/x/y NIL)
S2: ~a OK .*
C2: a SETMETADATA "" (/shared/comment "by root")
S2: ~a OK .*
C2: a SETMETADATA "" (/shared/admin "by root")
S2: ~a NO \[NOPERM\] .*
C: a GETMETADATA "" /shared/comment
S: * METADATA "" (/shared/comment "by root")
S: ~a OK .*
# others' mailboxes: private is each one's own, shared is shared; "l" and one of "rswip" (3.3)
C2: a GETMETADATA "Other Users/alice@example.test/INBOX" /shared/comment
S2: ~a NO \[NONEXISTENT\] .*
C: a SETACL INBOX bob l
S: ~a OK .*
C2: a GETMETADATA "Other Users/alice@example.test/INBOX" /shared/comment
S2: ~a NO \[NOPERM\] .*
C: a SETACL INBOX bob lr
S: ~a OK .*
C2: a GETMETADATA "Other Users/alice@example.test/INBOX" (/shared/comment /private/comment)
S2: * METADATA "Other Users/alice@example.test/INBOX" (/shared/comment "Everybody's")
S2: * METADATA "Other Users/alice@example.test/INBOX" (/private/comment NIL)
S2: ~a OK .*
C2: a SETMETADATA "Other Users/alice@example.test/INBOX" (/private/comment "bob's")
S2: ~a OK .*
C2: a SETMETADATA "Other Users/alice@example.test/INBOX" (/shared/comment "bob's")
S2: ~a NO \[NOPERM\] .*
C: a SETACL INBOX bob lrw
S: ~a OK .*
C2: a SETMETADATA "Other Users/alice@example.test/INBOX" (/shared/comment "by bob")
S2: ~a OK .*
C2: a SETMETADATA "Other Users/alice@example.test/INBOX" (/shared/vendor/mailkeep/seen-per-user "yes")
S2: ~a NO \[NOPERM\] .*
C2: a GETMETADATA "Other Users/alice@example.test/INBOX" (DEPTH infinity) /private
S2: * METADATA "Other Users/alice@example.test/INBOX" (/private/comment "bob's")
S2: ~a OK .*
C: a GETMETADATA INBOX (/shared/comment /private/comment)
S: * METADATA INBOX (/shared/comment "by bob")
S: * METADATA INBOX (/private/comment "My own")
S: ~a OK .*
# they go with the mailbox, and away with it; INBOX keeps its own (4.1)
C: a RENAME INBOX old
S: ~a OK .*
C: a GETMETADATA old /private/comment
S: * METADATA old (/private/comment "My own")
S: ~a OK .*
C: a GETMETADATA INBOX /private/comment
S: * METADATA INBOX (/private/comment "My own")
S: ~a OK .*
C: a DELETE old
S: ~a OK .*
C: a CREATE old
S: ~a OK .*
C: a GETMETADATA old /private/comment
S: * METADATA old (/private/comment NIL)
S: ~a OK .*

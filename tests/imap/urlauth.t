# URLAUTH (RFC 4467): signed URLs, for whom they are, what voids them.
# server: users=alice@example.test:secret,bob@example.test:secret deliver=alice@example.test:one
# message: one
| Subject: one
|
| line 1
| line 2
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b GENURLAUTH "imap://alice%40example.test@localhost/INBOX/;UID=1/;SECTION=TEXT;URLAUTH=user+bob%40example.test" INTERNAL
S: ~\* GENURLAUTH "(?P<forbob>imap://alice%40example.test@localhost/INBOX/;UID=1/;SECTION=TEXT;URLAUTH=user\+bob%40example.test:internal:01[0-9a-f]{64})"
S: b OK signed
C: c GENURLAUTH "imap://alice%40example.test@localhost/INBOX/;UID=1/;SECTION=TEXT/;PARTIAL=5.3;URLAUTH=anonymous" internal "imap://alice%40example.test@localhost/INBOX;UID=1/;section=HEADER.FIELDS%20(Subject);URLAUTH=authuser" INTERNAL
S: ~\* GENURLAUTH "(?P<any>[^"]+)" "(?P<auth>[^"]+)"
S: c OK signed
C: d GENURLAUTH "imap://alice%40example.test@localhost/INBOX/;UID=1;EXPIRE=2001-01-01T00:00:00Z;URLAUTH=anonymous" INTERNAL "imap://alice%40example.test@localhost/INBOX/;UID=1/;SECTION=TEXT;EXPIRE=2100-01-01T00:00:00+02:00;URLAUTH=anonymous" INTERNAL "imap://alice%40example.test@localhost/INBOX/;UID=7;URLAUTH=anonymous" INTERNAL "imap://alice%40example.test@localhost/INBOX/;UID=1;URLAUTH=submit+alice%40example.test" INTERNAL
S: ~\* GENURLAUTH "(?P<late>[^"]+)" "(?P<early>[^"]+)" "(?P<none>[^"]+)" "(?P<submit>[^"]+)"
S: d OK signed
# what cannot be signed (RFC 4467 7)
C: e GENURLAUTH "imap://alice%40example.test@localhost/INBOX/;UID=1" INTERNAL
S: ~e BAD .*access.*
C: e GENURLAUTH "imap://localhost/INBOX/;UID=1;URLAUTH=anonymous" INTERNAL
S: ~e BAD .*user.*
C: e GENURLAUTH "imap://bob%40example.test@localhost/INBOX/;UID=1;URLAUTH=anonymous" INTERNAL
S: ~e BAD .*
C: e GENURLAUTH "imap://alice%40example.test@localhost/none/;UID=1;URLAUTH=anonymous" INTERNAL
S: ~e BAD .*
C: e GENURLAUTH "imap://alice%40example.test@localhost/INBOX;URLAUTH=anonymous" INTERNAL
S: ~e BAD .*
C: e GENURLAUTH "imap://alice%40example.test@localhost/INBOX/;UID=1;URLAUTH=everybody" INTERNAL
S: ~e BAD .*
C: e GENURLAUTH "imap://alice%40example.test@localhost/INBOX/;UID=1;URLAUTH=anonymous" XSAMPLE
S: ~e BAD .*
C: e GENURLAUTH "imap://alice%40example.test@localhost/INBOX/;UID=1;URLAUTH=anonymous"
S: ~e BAD .*
C: e GENURLAUTH
S: ~e BAD .*
# bob reads what is his to read
C2: a LOGIN bob secret
S2: ~\* OK .*
S2: ~a OK .*
C2: b URLFETCH "$forbob"
S2: * URLFETCH "$forbob" {16}
S2: line 1
S2: line 2
S2: 
S2: b OK fetched
C2: c URLFETCH "$any" "$auth"
S2: * URLFETCH "$any" {3}
S2: 1
S2: 
S2: ~\* URLFETCH "[^"]+" \{16\}
S2: Subject: one
S2: 
S2: 
S2: c OK fetched
C2: d URLFETCH "$late" "$early" "$none" "$submit"
S2: * URLFETCH "$late" NIL
S2: * URLFETCH "$early" {16}
S2: line 1
S2: line 2
S2: 
S2: * URLFETCH "$none" NIL
S2: * URLFETCH "$submit" NIL
S2: d OK fetched
# a URL for bob is not for alice, nor one that was touched
C: f URLFETCH "$forbob" "$auth"
S: * URLFETCH "$forbob" NIL
S: * URLFETCH "$auth" {16}
S: Subject: one
S: 
S: 
S: f OK fetched
C2: e URLFETCH "$any0" "imap://ALICE%40example.test@localhost/INBOX;UID=1;URLAUTH=anonymous:internal:01" "imap://alice%40example.test@localhost/INBOX" "imap://nobody@localhost/INBOX;UID=1;URLAUTH=anonymous:internal:0100000000000000000000000000000000000000000000000000000000000000000" rubbish
S2: * URLFETCH "$any0" NIL
S2: ~\* URLFETCH ".*" NIL
S2: ~\* URLFETCH ".*" NIL
S2: ~\* URLFETCH ".*" NIL
S2: * URLFETCH "rubbish" NIL
S2: e OK fetched
C2: e URLFETCH
S2: ~e BAD .*
# alice takes the mailbox's key back, then all keys
C: g RESETKEY INBOX
S: g OK [URLMECH INTERNAL] a new key
C2: f URLFETCH "$any"
S2: * URLFETCH "$any" NIL
S2: f OK fetched
C: h GENURLAUTH "imap://alice%40example.test@localhost/INBOX;UID=1/;SECTION=TEXT;URLAUTH=anonymous" INTERNAL
S: ~\* GENURLAUTH "(?P<new>[^"]+)"
S: ~h OK .*
C2: g URLFETCH "$new"
S2: * URLFETCH "$new" {16}
S2: ...
S2: g OK fetched
C: i RESETKEY
S: i OK all keys are gone
C2: h URLFETCH "$new"
S2: * URLFETCH "$new" NIL
S2: h OK fetched
C: j RESETKEY INBOX XSAMPLE
S: ~j NO \[CANNOT\] .*
C: k RESETKEY none
S: ~k NO \[NONEXISTENT\] .*

# ESEARCH, "$", PARTIAL, and the keys of extensions (RFC 4731, 5182, 9394, 7162, 5032, 8514, 8474, 6203).
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m,alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*ESEARCH SEARCHRES WITHIN .*PARTIAL SAVEDATE .*SEARCH=FUZZY.*
C: b SELECT INBOX
S: ...
S: ~b OK .*
C: c STORE 2,4:5 +FLAGS.SILENT (\Flagged)
S: c OK stored
# ESEARCH
C: d SEARCH RETURN (MIN MAX COUNT ALL) FLAGGED
S: * ESEARCH (TAG "d") MIN 2 MAX 5 COUNT 3 ALL 2,4:5
S: d OK searched
C: d SEARCH RETURN () FLAGGED
S: * ESEARCH (TAG "d") ALL 2,4:5
S: d OK searched
C: d UID SEARCH RETURN (count) FLAGGED
S: * ESEARCH (TAG "d") UID COUNT 3
S: d OK searched
C: d SEARCH RETURN (MIN MAX ALL) ANSWERED
S: * ESEARCH (TAG "d")
S: d OK searched
C: d SEARCH RETURN (COUNT) CHARSET UTF-8 SUBJECT x
S: * ESEARCH (TAG "d") COUNT 0
S: d OK searched
C: d SEARCH RETURN (NEVER) ALL
S: ~d BAD .*
C: d SEARCH RETURN (MIN MIN) ALL
S: ~d BAD .*
C: d SEARCH RETURN ALL
S: ~d BAD .*
C: d SEARCH RETURN (ALL PARTIAL 1:2) ALL
S: ~d BAD .*
# PARTIAL
C: e UID SEARCH RETURN (PARTIAL 1:2) ALL
S: * ESEARCH (TAG "e") UID PARTIAL (1:2 1:2)
S: e OK searched
C: e UID SEARCH RETURN (PARTIAL -1:-2 COUNT) FLAGGED
S: * ESEARCH (TAG "e") UID COUNT 3 PARTIAL (-1:-2 4:5)
S: e OK searched
C: e SEARCH RETURN (PARTIAL 3:2) FLAGGED
S: * ESEARCH (TAG "e") PARTIAL (3:2 4:5)
S: e OK searched
C: e SEARCH RETURN (PARTIAL 10:20) FLAGGED
S: * ESEARCH (TAG "e") PARTIAL (10:20 NIL)
S: e OK searched
C: e SEARCH RETURN (PARTIAL 1:-2) FLAGGED
S: ~e BAD .*
C: e SEARCH RETURN (PARTIAL 0:2) FLAGGED
S: ~e BAD .*
# "$": empty at first
C: f UID FETCH $ UID
S: f OK fetched
C: f SEARCH RETURN (SAVE) FLAGGED
S: f OK searched
C: f FETCH $ UID
S: * 2 FETCH (UID 2)
S: * 4 FETCH (UID 4)
S: * 5 FETCH (UID 5)
S: f OK fetched
C: f SEARCH $ SMALLER 1
S: * SEARCH
S: f OK searched
C: f SEARCH NOT $
S: * SEARCH 1 3
S: f OK searched
C: f UID SEARCH UID $
S: * SEARCH 2 4 5
S: f OK searched
C: f SEARCH RETURN (SAVE MIN) $
S: * ESEARCH (TAG "f") MIN 2
S: f OK searched
C: f STORE $ +FLAGS (\Seen)
S: ~\* 2 FETCH \(FLAGS \(\\Flagged \\Seen.*\)\)
S: f OK stored
C: f SEARCH RETURN (SAVE MIN MAX) FLAGGED
S: * ESEARCH (TAG "f") MIN 2 MAX 5
S: f OK searched
C: f UID SEARCH RETURN (ALL) $
S: * ESEARCH (TAG "f") UID ALL 2,5
S: f OK searched
C: f SEARCH RETURN (SAVE MIN COUNT) FLAGGED
S: * ESEARCH (TAG "f") MIN 2 COUNT 3
S: f OK searched
C: f SEARCH RETURN (COUNT) $
S: * ESEARCH (TAG "f") COUNT 3
S: f OK searched
C: f SEARCH RETURN (SAVE PARTIAL 1:1 MAX) ALL
S: * ESEARCH (TAG "f") MAX 5 PARTIAL (1:1 1)
S: f OK searched
C: f SEARCH $
S: * SEARCH 1 5
S: f OK searched
# BAD leaves it as it is, NO empties it (RFC 5182 2.1)
C: f SEARCH RETURN (SAVE) NONSENSE
S: ~f BAD .*
C: f SEARCH $
S: * SEARCH 1 5
S: f OK searched
C: f SEARCH RETURN (SAVE) CHARSET nobody ALL
S: ~f NO \[BADCHARSET.*
C: f SEARCH $
S: * SEARCH
S: f OK searched
# what is expunged is in it no more
C: g SEARCH RETURN (SAVE) ALL
S: g OK searched
C: g STORE 1 +FLAGS.SILENT \Deleted
S: g OK stored
C: g EXPUNGE
S: * 1 EXPUNGE
S: ~g OK .*
C: g UID SEARCH RETURN (ALL) $
S: * ESEARCH (TAG "g") UID ALL 2:5
S: g OK searched
C: g CREATE there
S: ~g OK .*
C: g SEARCH RETURN (SAVE) UID 3
S: g OK searched
C: g COPY $ there
S: ~g OK \[COPYUID \d+ 3 1\] .*
C: g MOVE $ there
S: ~\* OK \[COPYUID \d+ 3 2\] .*
S: * 2 EXPUNGE
S: ~g OK .*
C: g SELECT INBOX
S: ...
S: ~g OK .*
C: g SEARCH $
S: * SEARCH
S: g OK searched
# MODSEQ: of the messages that are told of
C: h SEARCH MODSEQ 1
S: ~\* OK \[HIGHESTMODSEQ \d+\] .*
S: ~\* SEARCH 1 2 3 \(MODSEQ \d+\)
S: h OK searched
C: h STORE 2 +FLAGS (\Answered)
S: ~\* 2 FETCH \(.*FLAGS .* MODSEQ \((?P<mod>\d+)\)\)
S: h OK stored
C: h SEARCH MODSEQ $mod
S: * SEARCH 2 (MODSEQ $mod)
S: h OK searched
C: h SEARCH MODSEQ "/flags/\\\\answered" all $mod
S: * SEARCH 2 (MODSEQ $mod)
S: h OK searched
C: h SEARCH MODSEQ 999999999
S: * SEARCH
S: h OK searched
C: h SEARCH RETURN (MAX) OR MODSEQ $mod ALL
S: ~\* ESEARCH \(TAG "h"\) MAX 3 MODSEQ \d+
S: h OK searched
C: h SEARCH RETURN (ALL COUNT) MODSEQ $mod
S: * ESEARCH (TAG "h") COUNT 1 ALL 2 MODSEQ $mod
S: h OK searched
C: h SEARCH MODSEQ "/comment" all 1
S: ~h BAD .*
# WITHIN
C: i SEARCH YOUNGER 3600
S: * SEARCH 1 2 3
S: i OK searched
C: i SEARCH OLDER 3600
S: * SEARCH
S: i OK searched
C: i SEARCH OLDER 0
S: ~i BAD .*
# SAVEDATE
C: j SEARCH SAVEDATESUPPORTED SAVEDSINCE 1-Jan-2025
S: * SEARCH 1 2 3
S: j OK searched
C: j SEARCH OR SAVEDBEFORE 1-Jan-2025 SAVEDON 1-Jan-2025
S: * SEARCH
S: j OK searched
# OBJECTID
C: k FETCH 2 (EMAILID THREADID)
S: ~\* 2 FETCH \(EMAILID \((?P<email>\S+)\) THREADID \((?P<thread>\S+)\)\)
S: k OK fetched
C: k SEARCH EMAILID $email
S: * SEARCH 2
S: k OK searched
C: k SEARCH THREADID $thread
S: ~\* SEARCH .*2.*
S: k OK searched
C: k SEARCH EMAILID $thread
S: * SEARCH
S: k OK searched
C: k SEARCH EMAILID somebody-elses
S: * SEARCH
S: k OK searched
# FUZZY
C: l SEARCH FUZZY (SUBJECT "m" 1)
S: * SEARCH 1
S: l OK searched
C: l SEARCH RETURN (ALL RELEVANCY) FUZZY BODY "body"
S: * ESEARCH (TAG "l") ALL 1:3 RELEVANCY (100 100 100)
S: l OK searched
# EXPUNGE waits for the end of the next command that may tell it; numbers do not move before
CONNECT2
S2: ~\* OK .*
C2: a LOGIN alice secret
S2: ~a OK .*
C2: a SELECT INBOX
S2: ...
S2: ~a OK .*
C2: a STORE 1 +FLAGS.SILENT \Deleted
S2: a OK stored
C2: a EXPUNGE
S2: ...
S2: ~a OK .*
C: m SEARCH ALL
S: * SEARCH 2 3
S: m OK searched
C: m UID SEARCH ALL
S: * SEARCH 4 5
S: * 1 EXPUNGE
S: m OK searched
C: m SEARCH ALL
S: * SEARCH 1 2
S: m OK searched
# IMAP4rev2 has ESEARCH alone
C: n UNSELECT
S: ~n OK .*
C: n ENABLE IMAP4rev2
S: ~\* ENABLED IMAP4rev2
S: ~n OK .*
C: n SELECT INBOX
S: ...
S: ~n OK .*
C: n SEARCH ALL
S: * ESEARCH (TAG "n") ALL 1:2
S: n OK searched
C: n UID SEARCH SEEN ANSWERED
S: * ESEARCH (TAG "n") UID
S: n OK searched
C: n UNSELECT
S: ~n OK .*
C: n ENABLE UTF8=ACCEPT UIDONLY
S: ~\* ENABLED .*
S: ~n OK .*
C: n SELECT INBOX
S: ...
S: ~n OK .*
C: n UID SEARCH CHARSET UTF-8 ALL
S: ~n BAD .*
C: n UID SEARCH SUBJECT "\xc3\xa4"
S: * ESEARCH (TAG "n") UID
S: n OK searched
C: n SEARCH ALL
S: ~n BAD \[UIDREQUIRED\] .*
C: n UID SEARCH NOT 1
S: ~n BAD \[UIDREQUIRED\] .*
C: n UID SEARCH RETURN (SAVE ALL) UID 1:*
S: * ESEARCH (TAG "n") UID ALL 4:5
S: n OK searched
C: n UID SEARCH $
S: * ESEARCH (TAG "n") UID ALL 4:5
S: n OK searched

# ANNOTATE-EXPERIMENT-1 (RFC 5257): STORE, FETCH, APPEND, COPY; one's own and everybody's; rights.
# server: users=alice@example.test:secret,bob@example.test:secret deliver=alice@example.test:one,alice@example.test:two
# message: one
| Subject: one
| Content-Type: multipart/mixed; boundary=b
|
| --b
|
| first
| --b
|
| second
| --b--
# message: two
| Subject: two
|
| x
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .*
C: b SELECT INBOX (ANNOTATE)
S: ...
S: ~\* OK \[ANNOTATIONS 60000\] .*
S: ...
S: ~b OK .*
# nothing there yet: NIL and 0 for names, nothing for patterns
C: c FETCH 1 (ANNOTATION (/comment value))
S: * 1 FETCH (ANNOTATION (/comment (value.priv NIL value.shared NIL)))
S: c OK fetched
C: c FETCH 1 (ANNOTATION (/* (value size)))
S: * 1 FETCH (ANNOTATION ())
S: c OK fetched
# silent
C: d STORE 1 ANNOTATION (/comment (value.priv "My new comment"))
S: d OK stored
C: d STORE 1:2 ANNOTATION (/comment (value.shared {11+}
C: foo's "bar") /altsubject (value.priv "Wots On" value.shared NIL))
S: d OK stored
C: e FETCH 1:2 ANNOTATION (/comment (value size))
S: * 1 FETCH (ANNOTATION (/comment (value.priv "My new comment" value.shared "foo's \\"bar\\"" size.priv "14" size.shared "11")))
S: * 2 FETCH (ANNOTATION (/comment (value.priv NIL value.shared "foo's \\"bar\\"" size.priv "0" size.shared "11")))
S: e OK fetched
C: f UID FETCH 1 (UID ANNOTATION ((/comment /none) value.priv) FLAGS)
S: ~\* 1 FETCH \(UID 1 FLAGS \([^)]*\) ANNOTATION \(/comment \(value.priv "My new comment"\) /none \(value.priv NIL\)\)\)
S: f OK fetched
# patterns: "%" stops at "/"
C: g STORE 2 ANNOTATION (/vendor/x/y (value.priv ~{5+}
R: a\x00b\r\n))\r\n
S: g OK stored
C: h FETCH 2 ANNOTATION (/% (size.priv))
S: * 2 FETCH (ANNOTATION (/comment (size.priv "0") /altsubject (size.priv "7")))
S: h OK fetched
C: i FETCH 2 ANNOTATION (/vendor* (value.priv))
S: * 2 FETCH (ANNOTATION (/vendor/x/y (value.priv ~{5}
S: a\x00b
S: )))
S: i OK fetched
# removed
C: j STORE 2 ANNOTATION (/vendor/x/y (value.priv NIL) /altsubject (value.priv NIL))
S: j OK stored
C: k FETCH 2 ANNOTATION (* value.priv)
S: * 2 FETCH (ANNOTATION (/comment (value.priv NIL)))
S: k OK fetched
# an empty value is no NIL
C: k STORE 2 ANNOTATION (/empty (value.priv ""))
S: k OK stored
C: k FETCH 2 ANNOTATION (/empty value.priv)
S: * 2 FETCH (ANNOTATION (/empty (value.priv "")))
S: k OK fetched
# parts: those that are there (RFC 5257 3.2.1)
C: l STORE 1 ANNOTATION (/2/comment (value.priv "the second part"))
S: l OK stored
C: l STORE 1 ANNOTATION (/3/comment (value.priv "x"))
S: l BAD the message has no such part
C: l STORE 1 ANNOTATION (/0/comment (value.priv "x"))
S: ~l BAD .*
C: l STORE 1 ANNOTATION (/2 (value.priv "x"))
S: ~l BAD .*
# names and attributes that cannot be
C: m STORE 1 ANNOTATION (comment (value.priv "x"))
S: ~m BAD .*
C: m STORE 1 ANNOTATION (/a//b (value.priv "x"))
S: ~m BAD .*
C: m STORE 1 ANNOTATION (/a/ (value.priv "x"))
S: ~m BAD .*
C: m STORE 1 ANNOTATION ("/a*" (value.priv "x"))
S: ~m BAD .*
C: m STORE 1 ANNOTATION (/flags/x (value.priv "x"))
S: ~m BAD .*
C: m STORE 1 ANNOTATION (/a (value "x"))
S: ~m BAD .*
C: m STORE 1 ANNOTATION (/a (size.priv "1"))
S: ~m BAD .*
C: m STORE 1 ANNOTATION (/a (value.priv))
S: ~m BAD .*
C: m STORE 1 ANNOTATION ()
S: ~m BAD .*
C: m STORE 1 +ANNOTATION (/a (value.priv "x"))
S: ~m BAD .*
C: m FETCH 1 ANNOTATION (/a color)
S: ~m BAD .*
C: m FETCH 1 ANNOTATION /a
S: ~m BAD .*
C: m FETCH 1 ANNOTATION (/a (value value))
S: ~m BAD .*
# limits
C: n STORE 1 ANNOTATION (/big (value.priv {60001+}
R: {60001*x}))\r\n
S: ~n NO \[ANNOTATE TOOBIG\] .*
C: n STORE 1 ANNOTATION (/big (value.priv {60000+}
R: {60000*x}))\r\n
S: n OK stored
C: n FETCH 1 ANNOTATION (/big size.priv)
S: * 1 FETCH (ANNOTATION (/big (size.priv "60000")))
S: n OK fetched
# APPEND, with literals in it; COPY takes them along
C: o APPEND INBOX (\Seen) ANNOTATION (/comment (value.priv {5}
S: + go ahead
C: hello value.shared "all")) {6}
S: + go ahead
R: a:b\r\n\n\r\n
S: * 3 EXISTS
S: ...
S: ~o OK .*
C: p FETCH 3 ANNOTATION (/comment value)
S: * 3 FETCH (ANNOTATION (/comment (value.priv "hello" value.shared "all")))
S: p OK fetched
C: p COPY 3 INBOX
S: * 4 EXISTS
S: ...
S: ~p OK .*
C: p FETCH 4 ANNOTATION (/comment value)
S: * 4 FETCH (ANNOTATION (/comment (value.priv "hello" value.shared "all")))
S: p OK fetched
C: q APPEND INBOX ANNOTATION (/comment (value.priv "x"
S: ~q BAD .*
C: q APPEND INBOX ANNOTATION (/comment (value.priv "x")){3+}
C: a:b
S: ~q BAD .*
# CONDSTORE: MODSEQ is told; UNCHANGEDSINCE (RFC 7162)
C: r ENABLE CONDSTORE
S: ~r .*
C: r STORE 2 (UNCHANGEDSINCE 1) ANNOTATION (/comment (value.priv "late"))
S: ...
S: ~r OK \[MODIFIED 2\] .*
C: r FETCH 2 ANNOTATION (/comment value.priv)
S: * 2 FETCH (ANNOTATION (/comment (value.priv NIL)))
S: r OK fetched
C: r STORE 2 (UNCHANGEDSINCE 1000) ANNOTATION (/comment (value.priv "in time") /b (value.priv "x"))
S: ~\* 2 FETCH \(.*MODSEQ \(\d+\).*
S: r OK stored
# others see what is everybody's, if they may
C: s SETACL INBOX bob@example.test lr
S: ~s OK .*
C2: a LOGIN bob secret
S2: ~\* OK .*
S2: ~a OK .*
C2: b SELECT "Other Users/alice@example.test/INBOX"
S2: ...
S2: ~b OK .*
C2: c FETCH 1 ANNOTATION (/comment value)
S2: * 1 FETCH (ANNOTATION (/comment (value.priv NIL value.shared "foo's \\"bar\\"")))
S2: c OK fetched
C2: d STORE 1 ANNOTATION (/comment (value.shared "bob"))
S2: ~d NO \[NOPERM\] .*
C2: e STORE 1 ANNOTATION (/comment (value.priv "bob's own"))
S2: e OK stored
C: t FETCH 1 ANNOTATION (/comment value.priv)
S: ...
S: * 1 FETCH (ANNOTATION (/comment (value.priv "My new comment")))
S: ...
S: t OK fetched
C: u SETACL INBOX bob@example.test lrin
S: ...
S: ~u OK .*
C2: f SELECT "Other Users/alice@example.test/INBOX"
S2: ...
S2: ~f OK .*
C2: g STORE 1 ANNOTATION (/comment (value.shared "bob"))
S2: g OK stored
C: v FETCH 1 ANNOTATION (/comment value.shared)
S: ...
S: * 1 FETCH (ANNOTATION (/comment (value.shared "bob")))
S: ...
S: v OK fetched
# read-only
C: w EXAMINE INBOX
S: ...
S: ~\* OK \[ANNOTATIONS READ-ONLY\] .*
S: ...
S: ~w OK .*
C: x STORE 1 ANNOTATION (/comment (value.shared "x"))
S: ~x NO \[NOPERM\] .*

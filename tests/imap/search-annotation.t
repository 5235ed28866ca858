# SEARCH ANNOTATION: RFC 5257 4.8.
# server: users=alice@example.test:secret
# server: deliver=alice@example.test:m,alice@example.test:m,alice@example.test:m
# message: m
| Subject: m
|
| body
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK .* ANNOTATE-EXPERIMENT-1 .*
C: a SELECT INBOX
S: ...
S: ~a OK .*
C: b STORE 1 ANNOTATION (/comment (value.priv "My Note" value.shared "for all"))
S: ...
S: ~b OK .*
C: b STORE 3 ANNOTATION (/altsubject (value.shared "my other"))
S: ...
S: ~b OK .*
C: c SEARCH ANNOTATION /comment value "NOTE"
S: * SEARCH 1
S: c OK searched
C: c SEARCH ANNOTATION /comment value.shared "note"
S: * SEARCH
S: c OK searched
C: c SEARCH ANNOTATION /comment value.shared "for"
S: * SEARCH 1
S: c OK searched
C: c SEARCH ANNOTATION * value "my"
S: * SEARCH 1 3
S: c OK searched
C: c SEARCH ANNOTATION "/%" value.priv "my"
S: * SEARCH 1
S: c OK searched
C: c SEARCH NOT ANNOTATION * value ""
S: * SEARCH 2
S: c OK searched
C: c SEARCH OR ANNOTATION /altsubject value other BODY "body" 2:3
S: * SEARCH 2 3
S: c OK searched
C: d SEARCH ANNOTATION /comment size.priv "7"
S: ~d BAD .*
C: d SEARCH ANNOTATION /comment value
S: ~d BAD .*
C: e ESEARCH IN (personal) ANNOTATION /comment value note
S: ~\* ESEARCH \(TAG "e" MAILBOX INBOX UIDVALIDITY \d+\) UID ALL 1
S: e OK searched

# LANGUAGE (RFC 5255 3): what there is, the first that fits, back to the default.
# server: users=alice@example.test:secret
S: ~\* OK .*
C: a LOGIN alice secret
S: ~a OK \[.* LANGUAGE .*\] logged in
C: b LANGUAGE
S: * LANGUAGE (en ru)
S: b OK these are the languages
C: c LANGUAGE tlh RU-ru en
S: * LANGUAGE (ru)
S: ~\* NAMESPACE .*
S: ~c OK [^a-z]+
C: d NOOP
S: ~d OK [^a-z]+
C: e SELECT Nowhere
S: ~e NO \[NONEXISTENT\] [^a-z]+
C: f NOSUCH
S: ~f BAD [^a-z]+
C: g LANGUAGE tlh
S: ~g NO \[CANNOT\] [^a-z]+
C: h LANGUAGE DEFAULT
S: * LANGUAGE (en)
S: ~\* NAMESPACE .*
S: h OK that is the language now
C: i LANGUAGE "ru" i-default
S: * LANGUAGE (ru)
S: ...
S: ~i OK .*
C: j LANGUAGE I-DEFAULT
S: * LANGUAGE (en)
S: ...
S: j OK that is the language now
C: k LANGUAGE (ru)
S: ~k BAD .*
C: l LANGUAGE {200*x}
S: ~l NO .*

# COMPRESS (RFC 4978): what is said about it before it is on; test_compress.py has the rest.
# server: users=alice@example.test:secret
S: ~\* OK .*
C: a COMPRESS DEFLATE
S: a BAD COMPRESS: log in first
C: b LOGIN alice secret
S: ~b OK \[.* COMPRESS=DEFLATE .*\] logged in
C: c COMPRESS
S: ~c BAD .+
C: d COMPRESS LZW
S: d NO [CANNOT] no such compression
C: e COMPRESS DEFLATE x
S: ~e BAD .+
# whoever does not wait for the answer cannot be understood
R: f COMPRESS DEFLATE\r\ng NOOP\r\n
S: f OK DEFLATE from here on
CLOSE

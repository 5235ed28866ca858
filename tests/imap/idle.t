# IDLE (RFC 2177, RFC 9051 6.3.13): arrivals, flags and expunges of others, told at once; DONE.
# server: users=alice@example.test:secret listen=imap,lmtp deliver=alice@example.test:hi,alice@example.test:hi
# message: hi
| Subject: hi
|
| text
S: ~\* OK .*
C: a IDLE
S: a BAD IDLE: log in first
C: a LOGIN alice secret
S: ~a OK \[CAPABILITY .* IDLE .*\] logged in
# nothing selected: there is nothing to tell
C: b IDLE
S: + idling
DELIVER alice@example.test hi
C: done
S: b OK that was IDLE
C: c SELECT INBOX
S: ...
S: ~c OK .*
CONNECT2 imap
S2: ~\* OK .*
C2: z LOGIN alice secret
S2: ~z OK .*
C2: z SELECT INBOX
S2: ...
S2: ~z OK .*
C: d IDLE
S: + idling
DELIVER alice@example.test hi
S: * 4 EXISTS
S: ~\* \d RECENT
C2: y STORE 2 +FLAGS (\Deleted \Seen)
S2: ...
S2: ~y OK .*
S: ~\* 2 FETCH \(UID 2 FLAGS \(\\Deleted \\Seen.*\)\)
C2: x EXPUNGE
S2: ...
S2: ~x OK .*
S: * 2 EXPUNGE
C: DONE
S: d OK that was IDLE
# what is not DONE ends it with BAD
C: e IDLE
S: + idling
C: e2 NOOP
S: e BAD DONE was expected
C: f IDLE x
S: f BAD too many arguments
C: g IDLE
S: + idling
C: {40000*x}
S: g BAD DONE was expected
# pipelined
R: h IDLE\r\nDONE\r\ni NOOP\r\n
S: + idling
S: h OK that was IDLE
S: i OK nothing done
# by UIDs
C: j UNSELECT
S: ~j OK .*
C: j ENABLE QRESYNC
S: * ENABLED QRESYNC
S: ~j OK .*
C: j SELECT INBOX
S: ...
S: ~j OK .*
C: k IDLE
S: + idling
C2: w UID STORE 1 +FLAGS (\Deleted)
S2: ...
S2: ~w OK .*
S: ~\* 1 FETCH \(UID 1 FLAGS \(\\Deleted.*\) MODSEQ \(\d+\)\)
C2: v EXPUNGE
S2: ...
S2: ~v OK .*
S: * VANISHED 1
C: DONE
S: k OK that was IDLE
# a mailbox that goes away
C: l CREATE Soon
S: ~l OK .*
C: m SELECT Soon
S: ...
S: ~m OK .*
C: n IDLE
S: + idling
C2: u DELETE Soon
S2: ~u OK .*
S: ~\* BYE .*
CLOSE

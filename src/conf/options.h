/* options.h - every setting there is. See conf.h for the columns.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include <stdint.h>

#define CONF_OPTIONS(X)                                                                                                         \
	X(STR, data, "/var/lib/mailkeep", 0, 0, "The data folder; made with mode 0700 if it is missing.")                        \
	X(STR, hostname, "", 0, 0, "Our name in greetings and Received; empty: the machine's.")                                  \
	X(STR, user, "mailkeep", 0, 0, "The user to become when started as root; root stays root.")                              \
	X(LIST, listen, "", 0, 0, "Listeners: PROTOCOL=ADDRESS:PORT or PROTOCOL=unix:/path.")                                    \
	X(STR, tls_cert, "", 0, 0, "Certificate chain (PEM); empty: a self-signed one is made in the data folder.")              \
	X(STR, tls_key, "", 0, 0, "Private key (PEM) of tls_cert.")                                                              \
	X(BOOL, allow_plaintext_login, "no", 0, 0, "Allow passwords without TLS from addresses that are not loopback.")          \
	X(INT, loops, "0", 0, 256, "Event loops; 0: one a core.")                                                                \
	X(STR, log_level, "info", 0, 0, "error, warn, info or debug.")                                                           \
	X(STR, log_target, "stderr", 0, 0, "stderr, syslog, or a file's path.")                                                  \
	X(INT, log_per_second, "2000", 0, 1000000, "Lines a second of one kind of event; 0: no limit.")                          \
	X(INT, connections, "20000", 1, 10000000, "Connections at once.")                                                        \
	X(INT, connections_per_ip, "10", 0, 1000000, "Connections of one address (IPv6: /64) before login; 0: no limit.")        \
	X(INT, connections_per_ip_mx, "50", 0, 1000000, "The same for smtp listeners.")                                          \
	X(INT, connections_per_user, "50", 0, 1000000, "Sessions of one account; 0: no limit.")                                  \
	X(LIST, trusted, "", 0, 0, "Networks that connections_per_ip does not count.")                                           \
	X(LIST, lmtp_allow, "", 0, 0, "Networks that may speak LMTP; needed when lmtp listens off loopback.")                    \
	X(STR, unix_mode, "0660", 0, 0, "Mode of UNIX sockets.")                                                                 \
	X(SIZE, message_size, "50M", 1024, 4000000000, "Largest message taken.")                                                 \
	X(INT, recipients, "1000", 1, 100000, "Recipients of one message.")                                                      \
	X(INT, received_most, "50", 5, 1000, "Received fields past which mail is taken to be looping.")                          \
	X(BOOL, quota_permanent, "no", 0, 0, "Answer a full mailbox with 552 5.2.2 instead of 452 4.2.2.")                       \
	X(SIZE, quota, "0", 0, INT64_MAX, "Quota of new accounts; 0: none.")                                                     \
	X(STR, special_folders, "Drafts Sent Junk Trash Archive", 0, 0, "Mailboxes of new accounts, each for that use: USE or USE=NAME; empty: none.") \
	X(LIST, admins, "", 0, 0, "Accounts that may set quotas and the server's METADATA by IMAP.")                             \
	X(STR, admin_contact, "", 0, 0, "A URI by which users reach you: METADATA /shared/admin.")                               \
	X(STR, recipient_delimiter, "+", 0, 0, "Between user and detail in addresses; empty: no detail.")                        \
	X(BOOL, detail_to_mailbox, "no", 0, 0, "Deliver user+detail into the mailbox of that name if there is one.")             \
	X(SECS, smtp_idle, "5m", 1, 86400, "SMTP and LMTP: how long to wait for the next command.")                              \
	X(SECS, pop3_idle, "10m", 600, 86400, "POP3: the inactivity timer, at least 10 minutes (RFC 1939 3).")                   \
	X(SECS, pop3_login, "30m", 1, 86400, "POP3: how long a client may take to log in, whatever it says meanwhile.")          \
	X(INT, smtp_greet_wait, "0", 0, 60000, "SMTP: milliseconds before our greeting; who speaks earlier is refused.")         \
	X(INT, errors_before_login, "10", 1, 10000, "Protocol errors before login until we hang up.")                            \
	X(INT, errors_after_login, "50", 1, 10000, "Protocol errors after login until we hang up.")                              \
	X(STR, language, "en", 0, 0, "The language of replies for clients that leave the choice to us (POP3 LANG *): en or ru.")   \
	X(SECS, login_delay, "0", 0, 86400, "POP3 LOGIN-DELAY (RFC 2449 6.5); 0: none.")                                         \
	X(BOOL, pop3_sets_seen, "yes", 0, 0, "RETR sets \\Seen.")                                                                \
	X(BOOL, pop3_exclusive, "yes", 0, 0, "One POP3 session a maildrop (RFC 1939 4); no: any number of snapshots.")           \
	X(BOOL, pop3_last_reset_zero, "no", 0, 0, "RSET puts LAST to 0 (RFC 1460) and not to its value at login (RFC 1225).")    \
	X(STR, pop3_delete, "expunge", 0, 0, "What QUIT does with deleted messages: expunge, flag, or move:MAILBOX.")            \
	X(SECS, imap_idle, "30m", 1800, 604800, "IMAP: the inactivity timer, at least 30 minutes (RFC 9051 5.4).")                       \
	X(BOOL, imap_literal_plus, "yes", 0, 0, "Offer LITERAL+ after login; no: LITERAL-, up to 4,096 octets (RFC 7888).")       \
	X(BOOL, apop, "no", 0, 0, "POP3 APOP; needs secrets kept in the clear (user passwd --apop).")                            \
	X(STR, password_hash, "yescrypt", 0, 0, "yescrypt, sha512crypt, bcrypt; with a cost: yescrypt:5. Of new passwords.")     \
	X(INT, password_workers, "2", 1, 64, "Password checks at once.")                                                         \
	X(INT, password_queue, "200", 1, 100000, "Password checks waiting; past it logins are told to try later.")               \
	X(SECS, password_cache, "10m", 0, 86400, "How long a good password is remembered (as a keyed hash); 0: not.")            \
	X(STR, backend, "file", 0, 0, "Where the log is kept: file, or memory (for tests).")                                     \
	X(SIZE, segment_size, "256M", 1048576, 68719476736, "Length of a log segment.")                                          \
	X(SECS, undelete, "14d", 0, 31536000, "How long what was expunged stays restorable.")                                    \
	X(SIZE, reserve, "0", 0, INT64_MAX, "Disk kept free for deleting; 0: 1 % of the disk, at least 64M.")                    \
	X(BOOL, compress, "no", 0, 0, "Keep new messages compressed (zstd).")                                                    \
	X(SIZE, compress_from, "4K", 0, 65536, "The size from which on compress counts.")                                        \
	X(SIZE, upload_memory, "64M", 1048576, INT64_MAX, "Memory of all uploads together; past it they go to files.")           \
	X(SECS, checkpoint, "30s", 1, 3600, "Time between checkpoints of the index.")                                            \
	X(SIZE, checkpoint_log, "64M", 65536, INT64_MAX, "Log written between checkpoints.")                                     \
	X(INT, test_io_chunk, "0", 0, 1048576, "Tests only: octets a read or write call at most; 0: no limit.")

#endif

// flow.js - a session of ImapFlow: lists, fetches, searches, flags, moves, uploads, waits for a push.
// SPDX-License-Identifier: Apache-2.0
const assert = require('assert');
const { ImapFlow } = require('imapflow');

const [port, secure, user, pass] = process.argv.slice(2);

const ended = setTimeout(() => { console.error('it hangs'); process.exit(3); }, 25000);

async function main() {
	const c = new ImapFlow({
		host: '127.0.0.1', port: +port, secure: secure === 'imaps', doSTARTTLS: secure === 'starttls',
		auth: { user, pass }, tls: { rejectUnauthorized: false }, logger: false, qresync: true,
	});
	await c.connect();
	const names = (await c.list()).map(b => b.path);
	assert(names.includes('INBOX') && names.includes('Drafts'), names.join());
	assert.strictEqual((await c.list()).find(b => b.specialUse === '\\Sent').path, 'Sent');
	assert((await c.mailboxCreate(['Über', 'Below'])).created);
	assert((await c.mailboxRename('Über/Below', 'Über/Else')).newPath === 'Über/Else');
	await c.mailboxOpen('INBOX');
	assert.strictEqual(c.mailbox.exists, 3);
	const subjects = [];
	for await (const m of c.fetch('1:*', { uid: true, envelope: true, bodyStructure: true, flags: true,
					       source: true, internalDate: true, size: true, threadId: true,
					       headers: ['x-mark'], labels: true })) {
		subjects.push(m.envelope.subject);
		assert.strictEqual(m.source.length, m.size);
		assert.strictEqual(m.bodyStructure.type, 'text/plain');
		assert(m.headers.toString().startsWith('X-Mark: '), m.headers.toString());
		assert(m.emailId, 'OBJECTID');
	}
	assert.deepStrictEqual(subjects, ['mark 1', 'mark 2', 'mark 3']);
	assert.deepStrictEqual(await c.search({ subject: 'mark 2' }), [2]);
	assert.deepStrictEqual(await c.search({ or: [{ from: 'a@remote' }, { seen: true }] }, { uid: true }),
			       [1, 2, 3]);
	assert(await c.messageFlagsAdd('1', ['\\Flagged', 'Own']));
	assert.deepStrictEqual([...(await c.fetchOne('1', { flags: true })).flags].sort(),
			       ['Own', '\\Flagged']);
	const { content } = await c.download('2', '1');
	const parts = [];
	for await (const p of content)
		parts.push(p);
	assert.strictEqual(Buffer.concat(parts).toString(), 'text\r\n');
	assert.strictEqual((await c.messageMove('3', 'Über/Else')).uidMap.get(3), 1);
	assert.strictEqual((await c.messageCopy('1', 'Archive')).uidMap.get(1), 1);
	assert(await c.messageDelete('2'));
	assert.strictEqual(c.mailbox.exists, 1);
	const put = await c.append('INBOX', 'Subject: put\r\n\r\n\u20ac\r\n', ['\\Seen'], new Date(0));
	assert.strictEqual(put.uid, 4);
	const status = await c.status('INBOX', { messages: true, unseen: true, uidNext: true,
						 highestModseq: true });
	assert.strictEqual(status.messages, 2);
	assert.strictEqual(status.unseen, 1);
	assert((await c.getQuota('INBOX')) !== undefined);
	// a push: the other side delivers when it reads this line
	const pushed = new Promise(go => c.on('exists', e => { if (e.count === 3) go(e); }));
	c.idle();
	console.log('waiting');
	await pushed;
	await c.noop();
	assert.strictEqual(c.mailbox.exists, 3);
	await c.mailboxDelete('Über/Else');
	
	await c.logout();
	console.log('done');
	clearTimeout(ended);
}

main().catch(e => { console.error(e.stack, e.response, e.responseText); process.exit(2); });

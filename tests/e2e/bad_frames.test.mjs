// Bytes that no WebSocket client would send. Each time the connection ends with the code that RFC
// 6455 has for it, or with an HTTP error, and the others go on.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';

import { closing, frame, opcode } from './raw.mjs';
import { Server, serverFor } from './server.mjs';
import { eventually, patience, within } from './wait.mjs';

const { continuation, text, binary, close, ping, pong } = opcode;
const health = (id) => JSON.stringify({ id, t: 'health' });

const tcp = (t, server) => server.raw(t, { handshake: false });

describe('instead of a handshake', () => {
    const suite = serverFor({ 'websocket.handshake_timeout': 1000 });

    const garbage = { 'random bytes': Buffer.from('0123456789abcdef'.repeat(8), 'hex'),
        'zeroes': Buffer.alloc(1000), 'a frame': frame(text, health(1)),
        'words': 'hello\r\n\r\n', 'TLS': Buffer.from('16030100a5010000a10303', 'hex'),
        'a header without a request': 'Host: x\r\n\r\n', 'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        'a method alone': 'GET\r\n\r\n', 'an endless line': 'GET /' + 'x'.repeat(200_000),
        'endless headers': 'GET / HTTP/1.1\r\n' + 'a: b\r\n'.repeat(20_000) };
    for (const [what, bytes] of Object.entries(garbage)) {
        test(`${what}: the connection ends`, async (t) => {
            const raw = await tcp(t, suite.server);
            raw.write(bytes);
            await within(patience, raw.ended, 'the end');
            assert.equal((await suite.server.get('/healthz')).status, 200);
        });
    }

    const requests = {
        'another path': { path: '/other' },
        'a longer path': { path: '//' },
        'another version': { headers: { 'Sec-WebSocket-Version': '12' } },
        'draft 8': { headers: { 'Sec-WebSocket-Version': '8' } },
        'draft 7': { headers: { 'Sec-WebSocket-Version': '7' } },
        'a version that is none': { headers: { 'Sec-WebSocket-Version': 'x' } },
        'draft 0': { headers: { 'Sec-WebSocket-Version': null, 'Sec-WebSocket-Key': null,
            'Sec-WebSocket-Key1': '18x 6]8vM;54 *(5:  {   U1]8  z [  8',
            'Sec-WebSocket-Key2': '1_ tx7X d  <  nw  334J702) 7]o}` 0' } },
        'no version': { headers: { 'Sec-WebSocket-Version': null } },
        'no key': { headers: { 'Sec-WebSocket-Key': null } },
        'no upgrade': { headers: { Upgrade: null, Connection: null } },
        'POST': { method: 'POST', headers: { 'Content-Length': '0' } },
        'HTTP/1.0': { http: '1.0' },
        'a body to come': { headers: { 'Content-Length': '30000000' } },
    };
    for (const [what, request] of Object.entries(requests)) {
        test(`${what}: an HTTP error, then the end`, async (t) => {
            const raw = await tcp(t, suite.server);
            const { status, head } = await raw.handshake(request);
            assert.ok(status >= 400 && status < 600, head);
            await within(patience, raw.ended, 'the end');
        });
    }

    test('a page is told what is served here', async () => {
        const response = await fetch(suite.server.url.replace('ws:', 'http:'));
        assert.equal(response.status, 426);
        assert.match(await response.text(), /WebSocket/);
    });

    test('another version is told the right one', async (t) => {
        const raw = await tcp(t, suite.server);
        const { head } = await raw.handshake({ headers: { 'Sec-WebSocket-Version': '12' } });
        assert.match(head, /^HTTP\/1\.1 4(00|26) /);
        assert.match(head, /^Sec-WebSocket-Version: 13\s*$/im);
    });

    for (const what of ['nothing', 'half a request']) {
        test(`${what}: the end after the timeout`, async (t) => {
            const raw = await tcp(t, suite.server);
            const since = performance.now();
            if (what !== 'nothing') raw.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: webso');
            await within(patience, raw.ended, 'the end');
            assert.ok(performance.now() - since >= 900, 'not before the timeout');
            assert.equal((await suite.server.get('/healthz')).status, 200);
        });
    }

    test('a byte a time: the end after the timeout all the same', async (t) => {
        const raw = await tcp(t, suite.server);
        let over = false;
        raw.ended.then(() => (over = true));
        raw.write('GET / HTTP/1.1\r\n');
        await eventually(patience, () => {
            if (!over) raw.write('a: b\r\n');
            return over;
        }, 'the end');
    });
});

describe('a handshake', () => {
    const suite = serverFor();

    test('may come in pieces, with a frame right behind it', async (t) => {
        const raw = await tcp(t, suite.server);
        const request = 'GET / HTTP/1.1\r\nHost: x\r\nupgrade: WebSocket\r\n' +
            'connection: keep-alive, Upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
            'sec-websocket-version: 13\r\n\r\n';
        await raw.writeSlowly(Buffer.concat([Buffer.from(request), frame(text, health(1))]), 7);
        const { status, head } = await raw.response();
        assert.equal(status, 101);
        assert.match(head, /^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\s*$/im);
        assert.equal((await raw.message()).refid, 1);
    });

    test('offers no extension and no protocol that it does not have', async (t) => {
        const raw = await tcp(t, suite.server);
        const { status, head } = await raw.handshake({ headers: {
            'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
            'Sec-WebSocket-Protocol': 'soap, wamp' } });
        assert.equal(status, 101);
        assert.doesNotMatch(head, /^sec-websocket-(extensions|protocol):/im);
    });

    test('is to the configured path', async (t) => {
        const server = await Server.start({ 'websocket.path': '/kafka' });
        t.after(() => server.stop());
        assert.match(server.url, /\/kafka$/);
        const right = await tcp(t, server);
        assert.equal((await right.handshake({ path: '/kafka' })).status, 101);
        right.terminate();
        const wrong = await tcp(t, server);
        assert.equal((await wrong.handshake({ path: '/' })).status, 404);
        wrong.terminate();
    });

    test('beyond the limit of connections ends with 1013', async (t) => {
        const server = await Server.start({ 'websocket.max_connections': 2, 'websocket.threads': 1 });
        t.after(() => server.stop());
        const first = await server.connect(t);
        const second = await server.connect(t);
        const third = await tcp(t, server);
        assert.equal((await third.handshake()).status, 101);
        const found = await third.next();
        assert.equal(found.op, close);
        assert.equal(found.payload.readUInt16BE(0), 1013);
        assert.equal(found.payload.subarray(2).toString(), 'too many connections');
        third.terminate();
        assert.equal((await first.fence()).s, 0);
        await second.close();
        await eventually(patience, async () => {
            const client = await server.connect(t);
            const { s } = await client.fence();
            client.terminate();
            return s === 0;
        }, 'room again');
    });
});

describe('where the limit on open files is low', () => {
    test('both listeners share what it allows, and one that ends makes room at the other', async (t) => {
        const server = await Server.start({ 'websocket.max_connections': 60, 'websocket.threads': 1 },
            { files: 128 });
        t.after(() => server.stop());
        assert.match(server.stderr, /http\.max_connections is 20000, but the limit on open files allows 64/);
        assert.match(server.stderr, /are 20060 together, but share the 64/);
        const { hostname, port } = new URL(server.http);
        const others = [];
        t.after(() => others.forEach((socket) => socket.destroy()));
        for (let i = 0; i < 64; ++i) {
            const socket = net.connect(port, hostname);
            others.push(socket);
            socket.write('GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n');
            const [reply] = await within(patience, once(socket, 'data'), 'a reply');
            assert.match(String(reply), /^HTTP\/1.1 200 /);
        }
        assert.equal((await server.get('/healthz')).status, 503);
        const refused = await tcp(t, server);
        assert.equal((await refused.handshake()).status, 101);
        assert.equal((await refused.next()).payload.readUInt16BE(0), 1013);
        refused.terminate();
        others.pop().destroy();
        await eventually(patience, async () => {
            const client = await server.connect(t);
            const { s } = await client.fence();
            if (s !== 0) client.terminate();
            return s === 0;
        }, 'room for a WebSocket');
        assert.equal((await server.get('/healthz')).status, 503);
    });
});

describe('a connection', () => {
    const suite = serverFor();

    /// Sends `bytes` after the handshake and expects the close code `code`, or one of them, while
    /// others go on.
    function ends(name, code, ...bytes) {
        test(`${name}: ${code}`, async (t) => {
            const other = await suite.server.connect(t);
            const raw = await suite.server.raw(t);
            raw.write(Buffer.concat(bytes));
            assert.ok([code].flat().includes(await raw.closeCode()));
            await within(patience, raw.ended, 'the end');
            assert.equal((await other.fence()).s, 0);
        });
    }

    ends('an unmasked frame', 1002, frame(text, health(1), { masked: false }));
    ends('an unmasked ping', 1002, frame(ping, '', { masked: false }));
    for (const rsv of [1, 2, 4, 7]) ends(`reserved bits ${rsv}`, 1002, frame(text, health(1), { rsv }));
    for (const op of [3, 4, 7, 11, 15]) ends(`opcode ${op}`, 1002, frame(op, 'x'));
    ends('a ping of 126 bytes', 1002, frame(ping, 'x'.repeat(126)));
    ends('a ping in fragments', 1002, frame(ping, 'x', { fin: false }));
    ends('a close frame of 126 bytes', 1002, frame(close, closing(1000, 'x'.repeat(124))));
    ends('a close frame of one byte', 1002, frame(close, 'x'));
    ends('a continuation of nothing', 1002, frame(continuation, 'x'));
    ends('a message within a message', 1002, frame(text, '{', { fin: false }), frame(text, '}'));
    ends('a length of 2^63 - 1', 1009, frame(text, '', { length: 2n ** 63n - 1n, lengthBytes: 8 }));
    ends('a length over the limit', 1009, frame(text, '', { length: (1 << 20) + 1, lengthBytes: 8 }));
    ends('fragments over the limit', 1009, frame(text, 'x'.repeat(1 << 19), { fin: false }),
        frame(continuation, 'x'.repeat(1 << 19), { fin: false }), frame(continuation, 'x'));
    ends('text that is not UTF-8', 1007, frame(text, Buffer.from('{"t":"\xff"}', 'latin1')));
    ends('text that ends within a character', 1007, frame(text, Buffer.from('e282', 'hex')));
    ends('text with a surrogate', 1007, frame(text, Buffer.from('eda080', 'hex')));
    ends('fragments that are not UTF-8 together', 1007,
        frame(text, Buffer.from('e282', 'hex'), { fin: false }), frame(continuation, 'x'));
    ends('a close frame', 1000, frame(close, closing(1000)));
    ends('an empty close frame', [1000, 1005], frame(close));
    ends('a close code that is not for the wire', 1002, frame(close, closing(1005)));
    ends('a close reason that is not UTF-8', [1002, 1007],
        frame(close, Buffer.concat([closing(1000), Buffer.from([0xff])])));

    test('may send a message in fragments, with a ping between', async (t) => {
        const raw = await suite.server.raw(t);
        const bytes = Buffer.from(JSON.stringify({ id: 'ä€😀', t: 'health' }));
        raw.write(frame(text, bytes.subarray(0, 8), { fin: false }));
        raw.write(frame(ping, 'between'));
        for (let i = 8; i < bytes.length; ++i) {
            raw.write(frame(continuation, bytes.subarray(i, i + 1), { fin: false }));
        }
        raw.write(frame(continuation, ''));
        const answer = await raw.next();
        assert.equal(answer.op, pong);
        assert.equal(answer.payload.toString(), 'between');
        assert.equal((await raw.message()).refid, 'ä€😀');
    });

    test('may send a byte a time', async (t) => {
        const raw = await suite.server.raw(t);
        await raw.writeSlowly(frame(text, health(1)));
        assert.equal((await raw.message()).refid, 1);
    });

    test('may send many frames at once', async (t) => {
        const raw = await suite.server.raw(t);
        raw.write(Buffer.concat(Array.from({ length: 500 }, (_, i) => frame(text, health(i)))));
        const seen = new Set();
        while (seen.size < 500) {
            for (const { refid } of [await raw.message()].flat()) seen.add(refid);
        }
    });

    test('may send lengths in a longer form than needed, or is told so', async (t) => {
        const raw = await suite.server.raw(t);
        raw.write(frame(text, health(1), { lengthBytes: 8 }));
        const found = await raw.next();
        if (found.op === close) assert.equal(found.payload.readUInt16BE(0), 1002);
        else assert.equal(JSON.parse(found.payload).refid, 1);
    });

    test('is sent frames without masks and reserved bits', async (t) => {
        const raw = await suite.server.raw(t);
        raw.write(frame(text, health(1)));
        const found = await raw.next();
        assert.equal(found.masked, false);
        assert.equal(found.rsv, 0);
        assert.equal(found.fin, true);
    });

    test('that sends a binary message in fragments is answered', async (t) => {
        const raw = await suite.server.raw(t);
        raw.write(frame(binary, 'a', { fin: false }));
        raw.write(frame(continuation, 'b'));
        assert.equal((await raw.message()).p.code, 'binary_not_supported');
    });
});

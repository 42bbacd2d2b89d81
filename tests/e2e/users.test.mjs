// Who a connection is of: the user that a proxy names.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import WebSocket from 'ws';

import { Engine } from './engine.mjs';
import { Server, anyBroker, run } from './server.mjs';
import { unique } from './unique.mjs';
import { patience, within } from './wait.mjs';

const name = 'X-Forwarded-User';
const header = (value) => ({ [name]: value });

/// A server that ends with the test, and its Socket.IO.
async function start(t, options = {}) {
    const server = await Server.start({
        ...anyBroker, 'websocket.user_header': name, 'websocket.decoders': '/text=text', ...options,
    });
    t.after(() => server.stop());
    return { server, engine: new Engine(`http://127.0.0.1:${server.port}/`, 4, '/socket.io/') };
}

/// What a server answers a handshake at `path`: { status, text }.
function handshake(server, path, headers) {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
    return within(patience, new Promise((resolve, reject) => {
        socket.once('error', reject);
        socket.once('open', () => {
            socket.once('close', () => resolve({ status: 101, text: '' }));
            socket.close();
        });
        socket.once('unexpected-response', (request, reply) => {
            let text = '';
            reply.setEncoding('utf8');
            reply.on('data', (data) => (text += data));
            reply.on('close', () => resolve({ status: reply.statusCode, text }));
        });
    }), `an answer at ${path}`);
}

/// What becomes of a probe for a session at `path`: it is refused, or closed unheard by the thread that
/// knows; or it is answered.
function hijack(server, path, headers) {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
    return within(patience, new Promise((resolve) => {
        socket.once('open', () => socket.send('2probe'));
        socket.once('message', () => resolve('answered'));
        socket.once('error', () => resolve('refused'));
        socket.once('close', () => resolve('refused'));
    }), `an end at ${path}`).finally(() => socket.terminate());
}

const doors = ['/', '/text', '/socket.io/?EIO=4&transport=websocket'];

describe('a header that names no user', () => {
    for (const [what, value, text] of [
        ['is empty', '', /X-Forwarded-User is empty/],
        ['comes twice', ['ada', 'bob'], /came twice/],
        ['comes twice, first empty', ['', 'bob'], /came twice/],
        ['is too long', 'x'.repeat(256), /more than 255 bytes/],
        ['is no UTF-8', '\xff', /is not UTF-8/],
        ['has control characters', 'a\tb', /control characters/],
    ]) {
        test(`since it ${what} is refused at every door`, async (t) => {
            const { server, engine } = await start(t);
            for (const door of doors) {
                const refused = await handshake(server, door, header(value));
                assert.equal(refused.status, 400, door);
                assert.match(refused.text, text);
            }
            if (Array.isArray(value)) return;
            const reply = await engine.request(engine.query(null), { headers: header(value) });
            assert.equal(reply.status, 400);
            assert.match(reply.text, text);
        });
    }

    test('means nothing where none is configured', async (t) => {
        const { server } = await start(t, { 'websocket.user_header': 'none' });
        for (const door of doors) {
            assert.equal((await handshake(server, door, header(['', '']))).status, 101, door);
        }
    });
});

describe('a user from an address that is no proxy', () => {
    test('is refused at every door, and who has none is let in', async (t) => {
        const { server, engine } = await start(t, { 'websocket.user_header_from': '192.0.2.1' });
        for (const door of doors) {
            const refused = await handshake(server, door, header('ada'));
            assert.equal(refused.status, 403, door);
            assert.match(refused.text, /not believed from this address/);
            assert.equal((await handshake(server, door)).status, 101, door);
        }
        const reply = await engine.request(engine.query(null), { headers: header('ada') });
        assert.equal(reply.status, 403);
        assert.ok((await engine.open()).sid);
    });

    test('is one from outside the networks that are set', async (t) => {
        const { server } = await start(t, { 'websocket.user_header_from': '10.0.0.0/8,127.0.0.0/30' });
        assert.equal((await handshake(server, '/', header('ada'))).status, 101);
    });

    for (const networks of ['localhost', '10.0.0.0/33', '']) {
        test(`stops the start where that is ${networks || 'nothing'}`, async () => {
            const { code, stderr } = await run([`--websocket.user_header_from=${networks}`]);
            assert.equal(code, 1);
            assert.match(stderr, /user_header_from/);
        });
    }
});

describe('a session of Socket.IO', () => {
    test('is of the user who began it, on all threads', async (t) => {
        const { server, engine } = await start(t, { 'websocket.threads': 4 });
        const open = async () => {
            const { text } = await engine.request(engine.query(null), { headers: header('ada') });
            return engine.handshake(text).sid;
        };
        const sid = await open();
        const send = (user) => engine.request(engine.query(sid),
            { method: 'POST', body: '40', headers: user ? header(user) : {} });
        // Each request is a connection of its own, which any of the threads may get.
        for (let n = 0; n < 8; ++n) {
            for (const user of ['bob', null]) {
                const { status, text } = await send(user);
                assert.equal(status, 400);
                assert.deepEqual(JSON.parse(text), { code: 1, message: 'Session ID unknown' });
            }
        }
        const upgrade = `/socket.io/?EIO=4&transport=websocket&sid=${sid}`;
        assert.equal(await hijack(server, upgrade, header('bob')), 'refused');
        const { text } = await send('ada');
        assert.equal(text, 'ok');
    });

    test('lets no page say who it is', async (t) => {
        const { engine } = await start(t);
        const ask = (wanted) => engine.request(engine.query(null), {
            method: 'OPTIONS',
            headers: {
                Origin: 'https://example.com', 'Access-Control-Request-Method': 'GET',
                'Access-Control-Request-Headers': wanted,
            },
        });
        const allowed = async (wanted) => (await ask(wanted)).headers.get('access-control-allow-headers');
        assert.equal(await allowed('content-type'), 'content-type');
        assert.equal(await allowed('content-type,x-forwarded-user'), null);
    });
});

describe('routes', () => {
    test("go by a connection's user, and by no other's", async (t) => {
        const prefix = unique('users');
        const bootstrap = anyBroker['kafka.bootstrap.servers'];
        const server = await Server.configured({
            ...(bootstrap ? { kafka: { 'bootstrap.servers': bootstrap } } : {}),
            producer: { mq_interval: 1 },
            consumer: { mq_interval: 1 },
            websocket: { user_header: name, user_header_from: ['127.0.0.1', '10.0.0.0/8'] },
            routes: [
                { field: '$user', value: 'admin', topic: `${prefix}.admin` },
                { topic: `${prefix}.of.{$user}` },
            ],
        });
        t.after(() => server.stop());
        const witness = async (topic) => {
            const client = await server.connect(t);
            await client.create(topic);
            await client.subscribe(topic, { consumer_group: unique('g'), meta: true });
            return client;
        };
        const admins = await witness(`${prefix}.admin`);
        const adas = await witness(`${prefix}.of.a-a_40b`);
        const [admin, ada, nobody] = await Promise.all(['admin', 'a-a@b', null].map((user) =>
            server.connect(t, user ? { headers: header(user) } : {})));

        assert.equal((await admin.request({ n: 1 })).p, 2);
        assert.equal((await admins.notification()).o.headers.user, 'admin');
        assert.equal((await ada.request({ n: 2, user: 'admin', $user: 'admin' })).p, 1);
        assert.equal((await adas.notification()).o.headers.user, 'a-a@b');
        const { s, p } = await nobody.request({ n: 3, user: 'admin', $user: 'admin' });
        assert.deepEqual([s, p.code], [1, 'no_route']);
        await admins.fence();
        assert.deepEqual(admins.messages.items, []);
    });
});

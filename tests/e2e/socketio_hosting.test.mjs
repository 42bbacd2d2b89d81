// Engine.IO as the server itself hosts it: beside the WebSockets, within its settings, to the end.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Engine } from './engine.mjs';
import { Server, anyBroker, run } from './server.mjs';
import { patience, within } from './wait.mjs';

/// A server that ends with the test, and its Engine.IO.
async function start(t, options = {}) {
    const server = await Server.start({ ...anyBroker, ...options });
    t.after(() => server.stop());
    const path = options['socketio.path'] ?? '/socket.io/';
    return { server, engine: new Engine(`http://127.0.0.1:${server.port}/`, 4, path) };
}

describe('Socket.IO on the port of the WebSockets', () => {
    test('leaves them as they are', async (t) => {
        const { server, engine } = await start(t);
        const client = await server.connect(t);
        const { sid } = await engine.open();
        assert.equal((await client.fence()).s, 0);
        assert.equal((await engine.post(sid, '1')).text, 'ok');
        for (const path of ['/', '/other/']) {
            const reply = await fetch(`http://127.0.0.1:${server.port}${path}`);
            assert.equal(reply.status, 426);
        }
    });

    test('refuses a namespace that nobody serves, and stays', async (t) => {
        const { engine } = await start(t);
        const frames = engine.socket();
        t.after(() => frames.close());
        await frames.next();
        for (let i = 0; i < 2; ++i) {
            await frames.send('40/nobody,');
            assert.equal(await frames.next(), '44/nobody,{"message":"Invalid namespace"}');
        }
    });

    test('is at the path that is set, with and without its last /', async (t) => {
        const { engine } = await start(t, { 'socketio.path': '/live' });
        assert.ok((await engine.open()).sid);
        engine.url.pathname = '/live/';
        assert.ok((await engine.open()).sid);
        engine.url.pathname = '/socket.io/';
        assert.equal((await engine.request(engine.query())).status, 426);
    });

    test('cannot have the path of the WebSockets', async () => {
        const { code, stderr } = await run(['--socketio.path', '/', '--websocket.port', '0', '--http.port', '0']);
        assert.equal(code, 1);
        assert.match(stderr, /socketio\.path/);
    });

    test('has so many sessions and no more', async (t) => {
        const { engine } = await start(t, { 'socketio.max_sessions': 1 });
        const { sid } = await engine.open();
        const { status, text } = await engine.request(engine.query());
        assert.equal(status, 503);
        assert.equal(JSON.parse(text).code, 6);
        await engine.post(sid, '1');
        assert.ok((await engine.open()).sid);
    });

    test('lets in pages of the origins that are set, and of its own host', async (t) => {
        const { server, engine } = await start(t, { 'socketio.origins': 'https://example.com' });
        const from = (Origin) => engine.request(engine.query(), { headers: { Origin } });
        assert.equal((await from('https://example.com')).status, 200);
        assert.equal((await from(`http://127.0.0.1:${server.port}`)).status, 200);
        const refused = await from('https://example.org');
        assert.equal(refused.status, 403);
        assert.equal(refused.headers.get('access-control-allow-origin'), null);
    });

    test('bounds what a client sends', async (t) => {
        const { engine } = await start(t, { 'socketio.max_payload': 2000 });
        const { sid, maxPayload } = await engine.open();
        assert.equal(maxPayload, 2000);
        assert.equal((await engine.post(sid, `4${'x'.repeat(2000)}`)).status, 413);
        const frames = engine.socket();
        t.after(() => frames.close());
        await frames.next();
        await frames.send(`4${'x'.repeat(2000)}`);
        assert.equal(await frames.code(), 1009);
    });

    test('loses clients that say nothing', async (t) => {
        const { engine } = await start(t, { 'socketio.ping_interval': 50, 'socketio.ping_timeout': 50 });
        const { sid } = await engine.open();
        let status;
        while (status !== 400) ({ status } = await engine.poll(sid));
        const frames = engine.socket();
        assert.equal(await frames.code(), 4000);
    });

    test('ends with the server, whatever waits', async (t) => {
        const server = await Server.start(anyBroker);
        t.after(() => server.kill());
        const engine = new Engine(`http://127.0.0.1:${server.port}/`, 4, '/socket.io/');
        const sessions = await Promise.all(Array.from({ length: 8 }, () => engine.open()));
        const polls = sessions.map(({ sid }) => engine.poll(sid).catch(() => 'broken off'));
        const frames = engine.socket();
        await frames.next();
        server.signal('SIGTERM');
        assert.equal((await within(patience, server.exited, 'the end')).code, 0);
        await Promise.all(polls);
        await frames.code();
        server.checkLog();
    });
});

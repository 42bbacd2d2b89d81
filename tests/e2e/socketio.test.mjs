// Clients of Socket.IO 1, 2 and 4 as npm has them, with their default options, over polling alone and
// over WebSockets alone, against the echo program.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { io as io4 } from 'socket.io-client';
import io1 from 'socket.io-client-1';
import io2 from 'socket.io-client-2';

import { Echo } from './echo.mjs';
import { Queue, patience, within } from './wait.mjs';

const threads = 2;
const calm = [25_000, 20_000]; // ms: ping interval and timeout
const hasty = [500, 1000];
const words = 'é€🦘 "\\\n';

const start = (port, heartbeat) => Echo.start('socketio-echo', [port, threads, ...heartbeat]);

/// The next event of this name, its arguments.
const next = (emitter, name) =>
    within(patience, new Promise((resolve) => emitter.once(name, (...args) => resolve(args))), name);

/// What `socket` is answered to an event.
const ask = (socket, ...args) =>
    within(patience, new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer))), 'an ack');

for (const [version, io] of [['1.7', io1], ['2', io2], ['4', io4]]) {
    for (const [name, transports] of [
        ['default options', undefined],
        ['polling alone', ['polling']],
        ['WebSockets alone', ['websocket']],
    ]) {
        const options = transports ? { transports } : {};

        describe(`socket.io-client ${version}, ${name}`, () => {
            let echo;
            before(async () => (echo = await start(0, calm)));
            after(async () => echo?.stop());

            /// A client that is connected, and ends with the test.
            async function connect(t, address = echo.url) {
                const socket = io(address, { forceNew: true, ...options });
                t.after(() => socket.close());
                socket.auths = new Queue();
                socket.on('auth', (auth) => socket.auths.put(auth));
                await next(socket, 'connect');
                return socket;
            }

            const transport = (socket) => socket.io.engine.transport.name;

            async function settle(socket) {
                if (!transports && transport(socket) === 'polling') await next(socket.io.engine, 'upgrade');
            }

            test('connects, and is sent something at once', async (t) => {
                const socket = await connect(t);
                assert.deepEqual(await socket.auths.take(() => true, patience, 'auth'), {});
                assert.equal(socket.connected, true);
                assert.ok(socket.id);
            });

            test('ends up on the transport that it wants', async (t) => {
                const socket = await connect(t);
                await settle(socket);
                assert.equal(transport(socket), transports?.[0] ?? 'websocket');
                assert.deepEqual(await ask(socket, 'message-with-ack', 1), [1]);
            });

            test('emits, and gets back what it emitted', async (t) => {
                const socket = await connect(t);
                const value = { text: words, list: [1.5, null, true, []], nested: { a: { b: 'c' } } };
                for (let round = 0; round < 2; ++round) {
                    const back = next(socket, 'message-back');
                    socket.emit('message', value, words, 3);
                    assert.deepEqual(await back, [value, words, 3]);
                    await settle(socket);
                }
            });

            test('is answered by acks', async (t) => {
                const socket = await connect(t);
                const answers = await Promise.all([
                    ask(socket, 'message-with-ack', 1, words, { a: [2] }),
                    ask(socket, 'message-with-ack'),
                    ask(socket, 'message-with-ack', 'last'),
                ]);
                assert.deepEqual(answers, [[1, words, { a: [2] }], [], ['last']]);
            });

            test('sends and receives binary values', async (t) => {
                const socket = await connect(t);
                const bytes = Buffer.from([0, 1, 2, 250, 255]);
                const [answer] = await ask(socket, 'message-with-ack', { bytes, text: words });
                assert.ok(bytes.equals(Buffer.from(answer.bytes)));
                assert.equal(answer.text, words);
            });

            test('loses nothing and keeps the order, also while it changes its transport', async (t) => {
                const socket = await connect(t);
                const received = [];
                const all = new Promise((resolve) => {
                    socket.on('message-back', (i) => {
                        received.push(i);
                        if (received.length === 500) resolve();
                    });
                });
                for (let i = 0; i < 500; ++i) {
                    socket.emit('message', i, words);
                    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
                }
                await within(patience, all, 'all messages');
                assert.deepEqual(received, Array.from({ length: 500 }, (_, i) => i));
            });

            test('receives what comes unasked, much of it too', async (t) => {
                const socket = await connect(t);
                const count = 200;
                const value = words.repeat(1000);
                let received = 0;
                const all = new Promise((resolve) => {
                    socket.on('repeated', (text) => {
                        assert.equal(text, value);
                        if (++received === count) resolve();
                    });
                });
                socket.emit('repeat', count, value);
                await within(patience, all, `${count} messages`);
                assert.deepEqual(await ask(socket, 'message-with-ack', 'after'), ['after']);
            });

            test('has a namespace of its own', async (t) => {
                const socket = await connect(t, `${echo.url}custom`);
                assert.deepEqual(await ask(socket, 'message-with-ack', 1), [1]);
            });

            test('disconnects', async (t) => {
                const socket = await connect(t);
                await settle(socket);
                const gone = next(socket, 'disconnect');
                socket.disconnect();
                assert.deepEqual((await gone)[0], 'io client disconnect');
            });

            test('is disconnected, and does not come back', async (t) => {
                const socket = await connect(t);
                await settle(socket);
                const gone = next(socket, 'disconnect');
                socket.emit('leave');
                assert.deepEqual((await gone)[0], 'io server disconnect');
                assert.equal(socket.connected, false);
            });

            test('comes back after its connection was closed', async (t) => {
                const socket = await connect(t);
                await settle(socket);
                const gone = next(socket, 'disconnect');
                socket.emit('cut');
                assert.equal((await gone)[0], 'transport close');
                await next(socket, 'connect');
                assert.deepEqual(await ask(socket, 'message-with-ack', 1), [1]);
            });

            test('comes back after the server was killed', async (t) => {
                let mortal = await start(0, calm);
                const socket = await connect(t, mortal.url);
                await settle(socket);
                const gone = next(socket, 'disconnect');
                await mortal.kill();
                await gone;
                const back = next(socket, 'connect');
                mortal = await start(mortal.port, calm);
                t.after(() => mortal.stop());
                await back;
                assert.deepEqual(await ask(socket, 'message-with-ack', 1), [1]);
                socket.close();
            });

            test('is kept by its heartbeat', async (t) => {
                const quick = await start(0, hasty);
                t.after(() => quick.stop());
                const socket = await connect(t, quick.url);
                const gone = next(socket, 'disconnect').then(([reason]) => assert.fail(reason), () => {});
                const beats = async () => {
                    const [emitter, name] = version === '4' ? [socket.io, 'ping'] : [socket, 'pong'];
                    for (let i = 0; i < 4; ++i) await next(emitter, name);
                };
                await Promise.race([beats(), gone]);
                assert.deepEqual(await ask(socket, 'message-with-ack', 1), [1]);
                socket.removeAllListeners('disconnect');
                socket.close();
            });
        });
    }
}

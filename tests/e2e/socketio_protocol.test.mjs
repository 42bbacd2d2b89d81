// Socket.IO, protocols 5 and 4, frame by frame against the echo program. The cases of protocol 5
// are those of its published conformance suite, in our words; Engine.IO's part of it is in
// engineio.test.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Echo } from './echo.mjs';
import { Engine } from './engine.mjs';

const placeholder = (num) => JSON.stringify({ _placeholder: true, num });

/// The echo program's Socket.IO in a revision of Engine.IO, for the tests of a suite.
function serve(revision) {
    const suite = {};
    before(async () => {
        suite.echo = await Echo.start('socketio-echo', [0, 2, 25_000, 20_000]);
        suite.engine = new Engine(suite.echo.url, revision, '/socket.io/');
    });
    after(async () => suite.echo?.stop());

    /// A WebSocket after its handshake; it ends with the test.
    suite.open = async (t) => {
        const frames = suite.engine.socket();
        t.after(() => frames.close());
        await frames.next();
        return frames;
    };
    return suite;
}

describe('Socket.IO, protocol 5', () => {
    const suite = serve(4);

    /// One that is connected to the main namespace.
    async function connected(t) {
        const frames = await suite.open(t);
        await frames.send('40');
        assert.match(await frames.next(), /^40\{/);
        assert.equal(await frames.next(), '42["auth",{}]');
        return frames;
    }

    describe('connect', () => {
        for (const [name, prefix] of [['main', ''], ['custom', '/custom,']]) {
            for (const auth of ['', '{"token":"123"}']) {
                test(`to the ${name} namespace ${auth ? 'with' : 'without'} a payload`, async (t) => {
                    const frames = await suite.open(t);
                    await frames.send(`40${prefix}${auth}`);
                    const answer = await frames.next();
                    assert.ok(answer.startsWith(`40${prefix}{`), answer);
                    const { sid, ...rest } = JSON.parse(answer.slice(2 + prefix.length));
                    assert.match(sid, /^[\w-]{20}$/);
                    assert.deepEqual(rest, {});
                    assert.equal(await frames.next(), `42${prefix}["auth",${auth || '{}'}]`);
                });
            }
        }

        test('to a namespace that is not there is refused', async (t) => {
            const frames = await suite.open(t);
            await frames.send('40/random');
            assert.equal(await frames.next(), '44/random,{"message":"Invalid namespace"}');
            await frames.send('40');
            assert.match(await frames.next(), /^40\{/);
        });

        for (const packet of ['4abc', '42["message"]', '41', '40[]', '40"token"', '40{"token"']) {
            test(`${packet} before it, or instead, closes the connection`, async (t) => {
                const frames = await suite.open(t);
                await frames.send(packet);
                assert.equal(await frames.code(), 1008);
            });
        }

        test('that does not come in time closes the connection', async (t) => {
            const echo = await Echo.start('socketio-echo', [0, 1, 300, 200]);
            t.after(() => echo.stop());
            const frames = new Engine(echo.url, 4, '/socket.io/').socket();
            t.after(() => frames.close());
            await frames.next();
            assert.equal(await frames.next(), '2');
            for (;;) {
                await frames.send('3');
                const next = await frames.next().catch(() => null);
                if (next === null) break;
                assert.equal(next, '2');
            }
            assert.equal(await frames.code(), 1008);
        });

        test('by polling', async () => {
            const { engine } = suite;
            const { sid } = await engine.open();
            assert.equal((await engine.post(sid, '40\x1e42["message","hi"]')).text, 'ok');
            const packets = (await engine.poll(sid)).text.split('\x1e');
            assert.match(packets[0], /^40\{/);
            assert.deepEqual(packets.slice(1), ['42["auth",{}]', '42["message-back","hi"]']);
        });
    });

    describe('disconnect', () => {
        test('from the main namespace leaves the connection', async (t) => {
            const frames = await connected(t);
            await frames.send('41', '40');
            assert.match(await frames.next(), /^40\{/);
        });

        test('from a custom namespace leaves the main one', async (t) => {
            const frames = await connected(t);
            await frames.send('40/custom');
            assert.match(await frames.next(), /^40\/custom,\{/);
            assert.equal(await frames.next(), '42/custom,["auth",{}]');
            await frames.send('41/custom', '42["message","to main"]');
            assert.equal(await frames.next(), '42["message-back","to main"]');
        });

        test('by the server', async (t) => {
            const frames = await connected(t);
            await frames.send('42["leave"]');
            assert.equal(await frames.next(), '41');
        });
    });

    describe('message', () => {
        const attachments = [Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6])];
        const both = `${placeholder(0)},${placeholder(1)}`;

        test('of plain text', async (t) => {
            const frames = await connected(t);
            await frames.send('42["message",1,"2",{"3":[true]}]');
            assert.equal(await frames.next(), '42["message-back",1,"2",{"3":[true]}]');
        });

        test('with binary values', async (t) => {
            const frames = await connected(t);
            await frames.send(`452-["message",${both}]`, ...attachments);
            assert.equal(await frames.next(), `452-["message-back",${both}]`);
            for (const bytes of attachments) assert.deepEqual(await frames.next(), bytes);
        });

        test('of plain text with an ack', async (t) => {
            const frames = await connected(t);
            await frames.send('42456["message-with-ack",1,"2",{"3":[false]}]');
            assert.equal(await frames.next(), '43456[1,"2",{"3":[false]}]');
        });

        test('with binary values and an ack', async (t) => {
            const frames = await connected(t);
            await frames.send(`452-789["message-with-ack",${both}]`, ...attachments);
            assert.equal(await frames.next(), `462-789[${both}]`);
            for (const bytes of attachments) assert.deepEqual(await frames.next(), bytes);
        });

        test('with binary values, by polling', async () => {
            const { engine } = suite;
            const { sid } = await engine.open();
            await engine.post(sid, `40\x1e451-["message",${placeholder(0)}]\x1ebAQID`);
            const packets = (await engine.poll(sid)).text.split('\x1e');
            assert.deepEqual(packets.slice(2), [`451-["message-back",${placeholder(0)}]`, 'bAQID']);
        });

        for (const [what, ...packets] of [
            ['of an unknown type', '4abc'],
            ['whose payload is no array', '42{}'],
            ['whose payload is no JSON', '42["message",]'],
            ['without a name', '42[]'],
            ['whose ack is no number', '42abc["message-with-ack",1,"2",{"3":[false]}]'],
            ['whose binary values do not come', `451-["message",${placeholder(0)}]`, '42["message"]'],
            ['of binary values alone', Buffer.from([1])],
            ['to a namespace that was not asked for', '42/custom,["message"]'],
        ]) {
            test(`${what} closes the connection`, async (t) => {
                const frames = await connected(t);
                await frames.send(...packets);
                assert.equal(await frames.code(), 1008);
            });
        }
    });
});

describe('Socket.IO, protocol 4', () => {
    const suite = serve(3);

    async function connected(t) {
        const frames = await suite.open(t);
        assert.equal(await frames.next(), '40');
        assert.equal(await frames.next(), '42["auth",{}]');
        return frames;
    }

    test('connects to the main namespace by itself', async (t) => {
        await connected(t);
        const { text } = await suite.engine.request(suite.engine.query());
        assert.match(text, /^\d+:0\{.*\}2:4013:42\["auth",\{\}\]$/);
    });

    test('connects to another when asked, and refuses what is not there', async (t) => {
        const frames = await connected(t);
        await frames.send('40/custom?token=123,');
        assert.equal(await frames.next(), '40/custom,');
        assert.equal(await frames.next(), '42/custom,["auth",{}]');
        await frames.send('40/random,');
        assert.equal(await frames.next(), '44/random,"Invalid namespace"');
    });

    test('has messages, acks and binary values', async (t) => {
        const frames = await connected(t);
        await frames.send('42["message",1]', '427["message-with-ack","é€🦘"]');
        assert.equal(await frames.next(), '42["message-back",1]');
        assert.equal(await frames.next(), '437["é€🦘"]');
        await frames.send(`451-["message",${placeholder(0)}]`, Buffer.from([4, 1, 2]));
        assert.equal(await frames.next(), `451-["message-back",${placeholder(0)}]`);
        assert.deepEqual(await frames.next(), Buffer.from([4, 1, 2]));
    });

    test('is disconnected by the server', async (t) => {
        const frames = await connected(t);
        await frames.send('42["leave"]');
        assert.equal(await frames.next(), '41');
    });
});

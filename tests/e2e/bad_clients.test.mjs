// Clients that vanish, say nothing, or do not read. What one of them does costs the others nothing,
// and the server no more than its bounds.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { frame, opcode } from './raw.mjs';
import { Server, anyBroker, hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience, within } from './wait.mjs';

const MiB = 1 << 20;
const send = (topic, m) => JSON.stringify({ t: 'notif', a: 'create', p: { t: topic, m } });

describe('a client that vanishes', () => {
    const suite = serverFor();

    for (const how of ['reset', 'end', 'terminate']) {
        test(`within a frame loses only that one (${how})`, async (t) => {
            const witness = await suite.server.connect(t);
            const topic = unique('vanish');
            await witness.create(topic);
            await witness.subscribe(topic, { consumer_group: unique('g') });
            const raw = await suite.server.raw(t);
            const whole = frame(opcode.text, send(topic, 'whole'));
            const half = frame(opcode.text, send(topic, 'half'));
            raw.write(Buffer.concat([whole, frame(opcode.text, '{"id":1,"t":"health"}')]));
            await raw.message();
            raw.write(half.subarray(0, half.length - 5));
            raw[how]();
            assert.equal((await witness.notification()).p, 'whole');
            raw.terminate();
            await eventually(patience, async () => {
                const { connections, brokers } = await suite.server.health();
                return connections === 1 && brokers[0].orphans === 0;
            }, 'nothing left of it');
            await witness.publish({ t: topic, m: 'next' });
            assert.equal((await witness.notification()).p, 'next');
        });
    }

    test('with requests under way takes nothing with it', async (t) => {
        const other = await suite.server.connect(t);
        for (let i = 0; i < 30; ++i) {
            const raw = await suite.server.raw(t);
            const topic = unique('gone');
            const requests = [{ t: 'topic', a: 'create', p: [topic] }, { t: 'topic', a: 'list' },
                { t: 'topic', a: 'subscribe', p: { t: [topic] } },
                { t: 'notif', a: 'create', p: { t: topic, m: 'x', ack: true } }];
            raw.write(frame(opcode.text, JSON.stringify(requests)));
            if (i % 2) await new Promise((resolve) => setImmediate(resolve));
            raw.reset();
        }
        assert.equal((await other.fence()).s, 0);
        other.terminate();
        await suite.server.settled();
    });
});

describe('a client that does not read', () => {
    test('is paused: others are served, and memory stays bounded', async (t) => {
        const server = await Server.start({ ...hasty, 'websocket.threads': 1 });
        t.after(() => server.stop({ ms: 30_000 }));
        const sender = await server.connect(t);
        const topic = unique('slow');
        await sender.create(topic);
        const slow = await server.connect(t);
        await slow.subscribe(topic, { consumer_group: unique('g') });
        const quick = await server.connect(t);
        let received = 0;
        quick.keepFrames = false;
        quick.onNotification = () => ++received;
        await quick.subscribe(topic, { consumer_group: unique('g') });
        const rounds = 128; // Of half a MiB.
        const batch = Array.from({ length: 32 }, () => ({ t: topic, m: 'x'.repeat(16 * 1024 - 200), ack: true }));
        const send = async () => assert.equal((await sender.request({ t: 'notif', a: 'create', p: batch })).s, 0);
        // A first use of anything costs a sanitized server much that is not this client's.
        await send();
        await slow.notifications(batch.length);
        await eventually(patience, () => received === batch.length, 'the first, for the quick');
        slow.socket.pause();

        const before = await server.memory();
        for (let i = 0; i < rounds; ++i) await send();
        const sent = rounds * batch.length;
        await eventually(patience, () => received === sent + batch.length, 'everything, for the quick');
        const grown = (await server.memory()) - before;
        // The embedded broker keeps the records themselves; the slow client may cost 2 MiB more.
        const kept = anyBroker['kafka.bootstrap.servers'] ? 0 : rounds * (MiB / 2) * 1.25;
        assert.ok(grown < kept + 24 * MiB, `grown by ${Math.round(grown / MiB)} MiB`);

        slow.keepFrames = false;
        let late = 0;
        slow.onNotification = () => ++late;
        slow.socket.resume();
        await eventually(30_000, () => late === sent, 'everything, for the slow');
    });

    test('and asks all the same is read no further', async (t) => {
        const server = await Server.start({ ...anyBroker, 'websocket.threads': 1 });
        t.after(() => server.stop());
        const other = await server.connect(t);
        // As above.
        for (let i = 0; i < 2000; ++i) await other.fence();
        const raw = await server.raw(t);
        raw.socket.pause();
        const before = await server.memory();
        const asks = Buffer.concat(Array(2000).fill(frame(opcode.text, '{"t":"health"}')));
        const taken = await raw.fill(asks, 256 * MiB);
        assert.ok(taken < 64 * MiB, `it took ${taken / MiB} MiB of requests`);
        const grown = (await server.memory()) - before;
        assert.ok(grown < 24 * MiB, `grown by ${Math.round(grown / MiB)} MiB`);
        assert.equal((await other.fence()).s, 0);
    });

    test('and pings is answered no further', async (t) => {
        const server = await Server.start({ ...anyBroker, 'websocket.threads': 1 });
        t.after(() => server.stop());
        const other = await server.connect(t);
        const raw = await server.raw(t);
        raw.socket.pause();
        const before = await server.memory();
        const pings = Buffer.concat(Array(500).fill(frame(opcode.ping, 'x'.repeat(125))));
        await raw.fill(pings, 128 * MiB);
        const grown = (await server.memory()) - before;
        assert.ok(grown < 24 * MiB, `grown by ${Math.round(grown / MiB)} MiB`);
        assert.equal((await other.fence()).s, 0);
    });

    test('and asks for bad things in one frame costs no more than its bounds', async (t) => {
        const server = await Server.start({ ...anyBroker, 'websocket.threads': 1 });
        t.after(() => server.stop());
        const other = await server.connect(t);
        const raw = await server.raw(t);
        raw.socket.pause();
        const before = await server.memory();
        const frames = frame(opcode.text, `[${Array(200_000).fill('1').join(',')}]`);
        await raw.fill(frames, 64 * MiB);
        const grown = (await server.memory()) - before;
        assert.ok(grown < 96 * MiB, `grown by ${Math.round(grown / MiB)} MiB`);
        assert.equal((await other.fence()).s, 0);
    });
});

describe('a client that never says goodbye', () => {
    const suite = serverFor({ ...anyBroker, 'websocket.handshake_timeout': 500 });

    test('is let go all the same', async (t) => {
        const before = await suite.server.descriptors();
        const clients = [];
        for (let i = 0; i < 20; ++i) {
            clients.push(await suite.server.raw(t, { handshake: i % 2 === 0, allowHalfOpen: true }));
        }
        for (const [i, client] of clients.entries()) {
            if (i % 4 === 0) client.write(frame(opcode.text, 'x', { masked: false }));
            if (i % 4 === 2) client.write(frame(opcode.close));
        }
        for (const client of clients) await within(patience, client.ended, 'the end');
        await eventually(patience, async () => (await suite.server.descriptors()) <= before + 2,
            'no socket kept for them');
    });
});

describe('a silent client', () => {
    const suite = serverFor({ ...anyBroker, 'websocket.idle_timeout': 1000 });

    test('that answers no ping is closed with 4000', async (t) => {
        const raw = await suite.server.raw(t);
        let pings = 0;
        for (;;) {
            const found = await raw.next();
            assert.ok(found, 'a close frame before the end');
            if (found.op === opcode.close) {
                assert.equal(found.payload.readUInt16BE(0), 4000);
                assert.equal(found.payload.subarray(2).toString(), 'idle');
                break;
            }
            assert.equal(found.op, opcode.ping);
            ++pings;
        }
        assert.ok(pings >= 1, 'it was asked');
        await within(patience, raw.ended, 'the end');
    });

    test('that does not read either is cut off', async (t) => {
        const client = await suite.server.connect(t);
        const topic = unique('idle');
        await client.create(topic);
        await client.subscribe(topic, { consumer_group: unique('g') });
        client.socket.pause();
        await eventually(patience, async () => {
            const { connections, brokers } = await suite.server.health();
            return connections === 0 && brokers[0].consumers === 0 && brokers[0].orphans === 0;
        }, 'nothing left of it');
    });

    test('that answers pings stays', async (t) => {
        const client = await suite.server.connect(t);
        let pings = 0;
        client.socket.on('ping', () => ++pings);
        await eventually(patience, () => pings >= 3, 'three pings');
        assert.equal((await client.fence()).s, 0);
    });
});

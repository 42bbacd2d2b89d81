// What only broadcast subscriptions have: one reader and the same bytes for all, snapshots.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Server, hasty } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience } from './wait.mjs';

describe('a broadcast subscription', () => {
    let server;
    before(async () => {
        server = await Server.start({ ...hasty, 'fanout.look_interval': 100, 'fanout.linger': 200 });
    });
    after(() => server?.stop());

    const broadcast = { mode: 'broadcast', meta: true };
    const values = (notifications) => notifications.map(({ p }) => p);

    async function stage(t, { partitions = 1, config = {} } = {}) {
        const [reader, writer] = [await server.connect(t), await server.connect(t)];
        const topic = unique('broadcast');
        await writer.create({ topic, partitions, config });
        return { reader, writer, topic };
    }

    async function fill(writer, topic, from, to, more = () => ({})) {
        const p = [];
        for (let i = from; i < to; ++i) p.push({ t: topic, m: String(i), ack: true, ...more(i) });
        await writer.request({ t: 'notif', a: 'create', p });
    }

    test('gets everything from its reply on, as every other one does', async (t) => {
        const { reader, writer, topic } = await stage(t, { partitions: 3 });
        const other = await server.connect(t);
        await fill(writer, topic, 0, 10);
        for (const client of [reader, other]) {
            const { p, o } = await client.subscribe(topic, broadcast);
            assert.deepEqual(p, [topic]);
            assert.deepEqual(o.map(({ partition }) => partition).sort(), [0, 1, 2]);
            assert.equal(o.reduce((sum, { offset }) => sum + offset, 0), 10);
        }
        await fill(writer, topic, 10, 40, (i) => ({ k: `k${i % 7}` }));
        for (const client of [reader, other]) {
            const got = values(await client.notifications(30)).map(Number).sort((a, b) => a - b);
            assert.deepEqual(got, Array.from({ length: 30 }, (_, i) => i + 10));
        }
    });

    test('is served by one reader, however many there are', async (t) => {
        const { writer, topic } = await stage(t);
        const readers = [];
        for (let i = 0; i < 20; ++i) {
            readers.push(await server.connect(t));
            await readers[i].subscribe(topic, broadcast);
        }
        const [broker] = (await server.health()).brokers;
        assert.equal(broker.readers, 1);
        assert.equal(broker.consumers, 0);
        await fill(writer, topic, 0, 3);
        const texts = new Set();
        for (const reader of readers) {
            await reader.notifications(3);
            texts.add(reader.frames.filter((text) => text.includes('"notif"')).join('\n'));
        }
        assert.equal(texts.size, 1, 'the same bytes for all, ids too');
    });

    test('begins with the newest record of each key, and goes on without a race', async (t) => {
        const { reader, writer, topic } = await stage(t, { config: { 'cleanup.policy': 'compact' } });
        await fill(writer, topic, 0, 30, (i) => ({ k: `k${i % 5}` }));
        await writer.publish({ t: topic, k: 'k0', m: null });
        const subscribed = reader.subscribe(topic, { ...broadcast, snapshot: true });
        await fill(writer, topic, 30, 40, (i) => ({ k: `k${i % 5}` }));
        await subscribed;
        const end = await reader.next(({ a }) => a === 'snapshot_end');
        assert.equal(end.t, 'notif');
        const state = new Map();
        await eventually(patience, () => {
            for (const { o, p } of reader.messages.items.filter((each) => each.o)) state.set(o.key, p);
            return state.size === 5 && [...state.values()].every((p) => Number(p) >= 35);
        }, 'the last value of each key');
        const offsets = reader.messages.items.filter((each) => each.o).map(({ o }) => o.offset);
        assert.deepEqual(offsets, [...new Set(offsets)].sort((a, b) => a - b), 'in order, once each');
    });

    test('leaves nothing behind', async (t) => {
        const { reader, topic } = await stage(t);
        await reader.subscribe(topic, broadcast);
        reader.terminate();
        await eventually(patience, async () => (await server.health()).brokers[0].readers === 0,
            'the end of the reader');
    });
});

describe('a broadcast that outruns a client', () => {
    test('is read from the broker where the ring has nothing of it any more', async (t) => {
        const server = await Server.start({ ...hasty, 'fanout.ring_bytes': 1 << 20 });
        t.after(() => server.kill());
        const [reader, writer] = [await server.connect(t), await server.connect(t)];
        const topic = await writer.newTopic();
        await reader.subscribe(topic, { mode: 'broadcast', meta: true });
        reader.socket.pause();
        const count = 3000; // Of 10 KB: more than sockets, outlet and ring hold together.
        for (let i = 0; i < count; i += 100) {
            const p = Array.from({ length: 100 }, () => ({ t: topic, m: '.'.repeat(10_000), ack: true }));
            assert.equal((await writer.request({ t: 'notif', a: 'create', p })).s, 0);
        }
        reader.socket.resume();
        const got = await reader.notifications(count, 30_000);
        assert.deepEqual(got.map(({ o }) => o.offset), Array.from({ length: count }, (_, i) => i));
        await server.stop();
    });
});

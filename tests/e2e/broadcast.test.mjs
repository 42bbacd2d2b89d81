// Broadcast subscriptions: where they start, what they let through, and who misses nothing.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { isNotification } from './client.mjs';
import { assertRefused } from './refusal.mjs';
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
    const position = ({ o }) => [o.topic, o.partition, o.offset];

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

    test('starts where it says', async (t) => {
        const { writer, topic } = await stage(t);
        await fill(writer, topic, 0, 5, () => ({ ts: 1_700_000_000_000 }));
        await fill(writer, topic, 5, 10, () => ({ ts: 1_700_000_060_000 }));
        const first = async (from) => {
            const reader = await server.connect(t);
            const { o } = await reader.subscribe(topic, { ...broadcast, from });
            return [o[0].offset, (await reader.notification()).p];
        };
        assert.deepEqual(await first('earliest'), [0, '0']);
        assert.deepEqual(await first({ last: 3 }), [7, '7']);
        assert.deepEqual(await first({ timestamp: 1_700_000_030_000 }), [5, '5']);
        assert.deepEqual(await first({ timestamp: '2023-11-14T22:14:20Z' }), [5, '5']);
        assert.deepEqual(await first([{ topic, partition: 0, offset: 8 }]), [8, '8']);
    });

    test('goes on from the last notification after a reconnect, without a gap or a repeat', async (t) => {
        const { reader, writer, topic } = await stage(t, { partitions: 2 });
        const cursor = new Map();
        const { o } = await reader.subscribe(topic, { ...broadcast, from: 'earliest' });
        for (const each of o) cursor.set(each.partition, each);
        const seen = [];
        const keep = (notification) => {
            seen.push(position(notification).join(' '));
            cursor.set(notification.o.partition, { ...notification.o, offset: notification.o.offset + 1 });
        };
        await fill(writer, topic, 0, 50, (i) => ({ partition: i % 2 }));
        for (const each of await reader.notifications(30)) keep(each);
        reader.terminate();
        await fill(writer, topic, 50, 100, (i) => ({ partition: i % 2 }));

        const again = await server.connect(t);
        await again.subscribe(topic, { ...broadcast, from: [...cursor.values()] });
        for (const each of await again.notifications(70)) keep(each);
        assert.equal(new Set(seen).size, 100);
        assert.equal(seen.length, 100);
    });

    test('is refused an offset that is gone or not there yet, with those that are', async (t) => {
        const { reader, writer, topic } = await stage(t);
        await fill(writer, topic, 0, 5);
        const reply = await reader.request({ t: 'topic', a: 'subscribe',
            p: { t: [topic], ...broadcast, from: [{ topic, partition: 0, offset: 6 }] } });
        assertRefused(reply, 'offset_out_of_range');
        assert.match(reply.p.message, /0.*5/);
    });

    test('lets through what its filter and keys say, and another filter from then on', async (t) => {
        const { reader, writer, topic } = await stage(t);
        await reader.subscribe(topic, { ...broadcast, filter: { n: { gte: 2 }, 'a.b': '/^x/i' } });
        const keyed = await server.connect(t);
        await keyed.subscribe(topic, { ...broadcast, keys: ['b'] });
        const send = (records) => writer.request({ t: 'notif', a: 'create',
            p: records.map((record) => ({ t: topic, ack: true, ...record })) });
        await send([
            { m: { n: 1, a: { b: 'X' } }, k: 'a' },
            { m: { n: 2, a: { b: 'X1' } }, k: 'b' },
            { m: 'no JSON', k: 'b' },
            { m: { n: 3, a: { b: 'yx' } } },
        ]);
        assert.deepEqual(values(await reader.notifications(1)), ['{"n":2,"a":{"b":"X1"}}']);
        assert.deepEqual(values(await keyed.notifications(2)), ['{"n":2,"a":{"b":"X1"}}', 'no JSON']);

        assert.equal((await reader.request({ t: 'notif', a: 'filter', p: { filter: { n: 7 } } })).s, 0);
        await send([{ m: { n: 2, a: { b: 'x' } } }, { m: { n: 7 } }]);
        assert.deepEqual(values(await reader.notifications(1)), ['{"n":7}']);
    });

    test('stands beside others on one connection, each with its name', async (t) => {
        const { reader, writer, topic } = await stage(t);
        await fill(writer, topic, 0, 3);
        assert.equal((await reader.subscribe(topic, { ...broadcast, sub: 'new' })).sub, 'new');
        await reader.subscribe(topic, { ...broadcast, sub: 'all', from: 'earliest' });
        await fill(writer, topic, 3, 5);
        const got = await reader.notifications(7);
        const of = (name) => values(got.filter(({ sub }) => sub === name));
        assert.deepEqual(of('new'), ['3', '4']);
        assert.deepEqual(of('all'), ['0', '1', '2', '3', '4']);
        await reader.unsubscribe({ sub: 'new' });
        await fill(writer, topic, 5, 6);
        const [last] = await reader.notifications(1);
        assert.equal(last.sub, 'all');
        await reader.fence();
        assert.equal(reader.messages.items.filter(isNotification).length, 0);
    });

    test('gives what is pulled, and no more', async (t) => {
        const { reader, writer, topic } = await stage(t);
        await reader.subscribe(topic, { ...broadcast, flow: 'pull', from: 'earliest' });
        await fill(writer, topic, 0, 10);
        assert.equal((await reader.request({ t: 'notif', a: 'pull', p: { n: 4 } })).s, 0);
        assert.deepEqual(values(await reader.notifications(4)), ['0', '1', '2', '3']);
        await reader.fence();
        assert.equal(reader.messages.items.filter(isNotification).length, 0);
        await reader.request({ t: 'notif', a: 'pull', p: { n: 100 } });
        assert.deepEqual(values(await reader.notifications(6)), ['4', '5', '6', '7', '8', '9']);
    });

    test('waits while it is paused, and misses nothing', async (t) => {
        const { reader, writer, topic } = await stage(t);
        await reader.subscribe(topic, broadcast);
        assert.equal((await reader.request({ t: 'topic', a: 'pause' })).s, 0);
        await fill(writer, topic, 0, 100);
        await reader.fence();
        assert.equal(reader.messages.items.filter(isNotification).length, 0);
        assert.equal((await reader.request({ t: 'topic', a: 'resume' })).s, 0);
        const got = values(await reader.notifications(100)).map(Number);
        assert.deepEqual(got, Array.from({ length: 100 }, (_, i) => i));
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

    test('follows topics that fit a pattern, also those made later', async (t) => {
        const { reader, writer } = await stage(t);
        const prefix = unique('pattern');
        await writer.create(`${prefix}.a`);
        const { p } = await reader.subscribe(`^${prefix}\\.[a-z]$`, broadcast);
        assert.deepEqual(p, [`^${prefix}\\.[a-z]$`]);
        await writer.create(`${prefix}.b`, `${prefix}.other`);
        for (const name of ['a', 'b', 'other']) {
            await writer.publish({ t: `${prefix}.${name}`, m: name });
        }
        const got = values(await reader.notifications(2, 30_000)).sort();
        assert.deepEqual(got, ['a', 'b']);
    });

    test('leaves nothing behind', async (t) => {
        const { reader, topic } = await stage(t);
        await reader.subscribe(topic, broadcast);
        reader.terminate();
        await eventually(patience, async () => (await server.health()).brokers[0].readers === 0,
            'the end of the reader');
    });
});

describe('a slow client of a broadcast', () => {
    let server;
    before(async () => {
        server = await Server.start({ ...hasty, 'websocket.max_buffered_bytes': 65536,
            'consumer.slow_timeout': 1000, 'fanout.ring_bytes': 1048576 });
    });
    after(() => server?.stop());

    const size = 10_000;
    const count = 3000; // More than sockets, outlet and ring hold together.

    /// A reader that has stopped reading, and a topic that went on without it.
    async function outrun(t, options) {
        const [reader, writer] = [await server.connect(t), await server.connect(t)];
        const topic = unique('slow');
        await writer.create(topic);
        await reader.subscribe(topic, { mode: 'broadcast', meta: true, ...options });
        reader.keepFrames = false;
        reader.socket.pause();
        const before = await server.memory();
        for (let i = 0; i < count; i += 100) {
            const p = Array.from({ length: 100 }, (_, k) => ({
                t: topic, m: String(i + k).padEnd(size, '.'), k: `k${(i + k) % 10}`, ack: true }));
            const reply = await writer.request({ t: 'notif', a: 'create', p });
            assert.equal(reply.s, 0);
        }
        return { reader, writer, topic, grown: (await server.memory()) - before };
    }

    /// Each offset once: as a notification, or within a gap.
    async function account(reader) {
        const covered = new Array(count).fill(0);
        let gaps = 0;
        let at = 0;
        while (covered.includes(0)) {
            const message = await reader.next(isNotification, 30_000);
            const [from, to] = message.a === 'gap' ? [message.p.from, message.p.to]
                : [message.o.offset, message.o.offset + 1];
            if (message.a === 'gap') ++gaps;
            assert.ok(message.a === 'gap' || from >= at, 'in order');
            at = Math.max(at, to);
            for (let i = from; i < to; ++i) ++covered[i];
        }
        assert.ok(covered.every((times) => times === 1), 'nothing twice');
        return gaps;
    }

    test('gets everything all the same, from the broker', async (t) => {
        const { reader } = await outrun(t, { slow: 'pause' });
        reader.socket.resume();
        assert.equal(await account(reader), 0);
    });

    test('that drops is told exactly what', async (t) => {
        const { reader } = await outrun(t, { slow: 'drop' });
        reader.socket.resume();
        assert.ok(await account(reader) > 0);
    });

    test('that conflates gets the newest of each key, and is told of the rest', async (t) => {
        const { reader } = await outrun(t, { slow: 'conflate' });
        reader.socket.resume();
        assert.ok(await account(reader) > 0);
    });

    test('that would be closed is', async (t) => {
        const { reader } = await outrun(t, { slow: 'close' });
        await eventually(patience, async () => (await server.health()).connections === 1,
            'the end of the slow one');
        reader.socket.resume();
        await reader.closed();
    });
});

// On a real Kafka: what one side sends the other receives, and kafkajs says so.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Cluster, Witness } from './kafka.mjs';
import { assertRefused } from './refusal.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';

const text = (buffer) => (buffer === null ? null : buffer.toString());

describe('on a real Kafka', () => {
    let cluster, witness, server;
    before(async () => {
        cluster = await Cluster.start();
        witness = await Witness.connect(cluster.bootstrap);
        server = await Server.start(cluster.flags);
    });
    after(() => each(() => server?.stop(), () => witness?.close(), () => cluster?.stop()));

    async function topicOf(partitions = 1, config = {}) {
        const topic = unique('kafka');
        await witness.createTopic(topic, partitions, 1, config);
        return topic;
    }

    async function subscriber(t, topics, options = {}) {
        const client = await server.connect(t);
        await client.subscribe(topics, { consumer_group: unique('g'), meta: true, ...options });
        return client;
    }

    test('health says that it is one', async (t) => {
        const client = await server.connect(t);
        await client.publish({ t: await topicOf(), m: 'x' });
        const [broker] = (await server.health()).brokers;
        assert.deepEqual([broker.kind, broker.up], ['kafka', true]);
        assert.equal((await server.get('/readyz')).status, 200);
    });

    test('what is sent is on it, in order, byte for byte', async (t) => {
        const topic = await topicOf(3);
        const client = await server.connect(t);
        const count = 3000;
        const sent = Array.from({ length: count }, (_, i) => ({
            t: topic, m: `value ${i} ä€😀 "\\`, k: `key ${i % 7}`, h: { index: String(i), empty: null },
            partition: i % 3, ts: 1_700_000_000_000 + i,
        }));
        for (let i = 0; i < count; i += 50) {
            client.send(sent.slice(i, i + 50).map((p) => ({ t: 'notif', a: 'create', p })));
        }
        const { partition, offset } = await client.publish({ t: topic, m: 'last', partition: 2 });
        assert.deepEqual([partition, offset], [2, count / 3]);
        await eventually(patience, async () =>
            (await witness.ends(topic)).reduce((a, b) => a + b) === count + 1, 'all of it');

        const found = (await witness.read(topic)).filter(({ value }) => text(value) !== 'last');
        assert.equal(found.length, count);
        const places = [0, 0, 0];
        for (const record of found) {
            const expected = sent[3 * places[record.partition]++ + record.partition];
            assert.equal(text(record.value), expected.m);
            assert.equal(text(record.key), expected.k);
            assert.equal(Number(record.timestamp), expected.ts);
            assert.equal(text(record.headers.index), expected.h.index);
            assert.deepEqual(Object.keys(record.headers), ['index', 'empty']);
            // kafkajs reads a header without a value as an empty one.
            assert.equal(record.headers.empty?.length ?? 0, 0);
        }
    });

    test('bytes, emptiness and tombstones are on it as they were sent', async (t) => {
        const topic = await topicOf();
        const client = await server.connect(t);
        const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => 255 - i));
        await client.publish({ t: topic, m: bytes.toString('base64'), e: 'base64' });
        await client.publish({ t: topic, m: '', k: '' });
        await client.publish({ t: topic, m: null, k: 'gone' });
        await client.publish({ t: topic, m: { a: [1.50] } });
        const found = await witness.read(topic);
        assert.deepEqual(found[0].value, bytes);
        assert.equal(found[0].key, null);
        assert.equal(found[1].value.length, 0);
        assert.equal(found[1].key.length, 0);
        assert.equal(found[2].value, null);
        assert.equal(text(found[2].key), 'gone');
        assert.equal(text(found[3].value), '{"a":[1.5]}');
    });

    test('what is on it is received, in order, byte for byte', async (t) => {
        const topic = await topicOf(3);
        const client = await subscriber(t, topic);
        const count = 3000;
        const messages = Array.from({ length: count }, (_, i) => ({
            partition: i % 3, key: `key ${i}`, value: `value ${i} ä€😀`, headers: { a: `h ${i}` },
            timestamp: String(1_700_000_000_000 + i),
        }));
        await witness.produce(topic, messages);
        const got = await client.notifications(count, 30_000);
        const places = [0, 0, 0];
        for (const { p, o } of got) {
            const i = 3 * places[o.partition] + o.partition;
            assert.deepEqual(o, { topic, partition: o.partition, offset: places[o.partition]++,
                timestamp: 1_700_000_000_000 + i, key: `key ${i}`, headers: { a: `h ${i}` } });
            assert.equal(p, messages[i].value);
        }
        assert.deepEqual(places, [1000, 1000, 1000]);
    });

    test('bytes on it are received as base64, in values, keys and headers', async (t) => {
        const topic = await topicOf();
        const client = await subscriber(t, topic);
        const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x80]);
        await witness.produce(topic, [
            { key: bytes, value: bytes, headers: { bytes, text: 'ä' } },
            { key: null, value: null },
            { key: '', value: '' },
        ]);
        const [first, second, third] = await client.notifications(3);
        const base64 = bytes.toString('base64');
        assert.deepEqual([first.p, first.e], [base64, 'base64']);
        assert.deepEqual([first.o.key, first.o.key_e], [base64, 'base64']);
        assert.deepEqual(first.o.headers, { text: 'ä' });
        assert.deepEqual(first.o.headers_b64, { bytes: base64 });
        assert.deepEqual([second.p, second.o.key, 'e' in second, 'key_e' in second.o],
            [null, null, false, false]);
        assert.deepEqual([third.p, third.o.key], ['', '']);
        assert.ok(!('headers_b64' in third.o));
    });

    test('compressed batches are received', async (t) => {
        const topic = await topicOf(1, { 'compression.type': 'zstd' });
        const client = await subscriber(t, topic);
        await client.publish({ t: topic, m: 'x'.repeat(100_000) });
        assert.equal((await client.notification()).p.length, 100_000);
    });

    test('topics are made with their settings', async (t) => {
        const client = await server.connect(t);
        const topic = unique('made');
        await client.create({ topic, partitions: 5, replication: 1,
            config: { 'cleanup.policy': 'compact', 'retention.ms': '1234567' } });
        assert.equal((await witness.partitions(topic)).length, 5);
        assert.equal(await witness.config(topic, 'cleanup.policy'), 'compact');
        assert.equal(await witness.config(topic, 'retention.ms'), '1234567');
    });

    test('topics of others are listed, but for internal ones', async (t) => {
        const client = await server.connect(t);
        const topic = await topicOf(2);
        const { p } = await client.request({ t: 'topic', a: 'list' });
        assert.deepEqual(p.filter((entry) => entry.topic === topic),
            [{ topic, partition: 0 }, { topic, partition: 1 }]);
        assert.deepEqual(p.filter((entry) => entry.topic.startsWith('__')), []);
    });

    test('a topic that is not there is not found, and not made', async (t) => {
        const client = await server.connect(t);
        const topic = unique('missing');
        const record = { t: topic, m: 'x' };
        const send = (p) => client.request({ t: 'notif', a: 'create', p }, 30_000);
        assertRefused(await client.request({ t: 'topic', a: 'subscribe', p: { t: [topic] } }),
            'topic_not_found');
        assertRefused(await send(record), 'topic_not_found');
        assertRefused(await send({ ...record, ack: true }), 'topic_not_found');
        const reply = await send([{ ...record, ack: true }, { ...record, t: await topicOf() }]);
        assertRefused(reply, 'topic_not_found');
        assert.equal(reply.p.results[1].offset, 0);
        assert.ok(!(await witness.topics()).includes(topic));
        assert.equal((await client.fence()).s, 0);
    });

    test('one topic of a subscription that is not there is not found', async (t) => {
        const client = await server.connect(t);
        const t2 = [await topicOf(), unique('missing')];
        assertRefused(await client.request({ t: 'topic', a: 'subscribe', p: { t: t2 } }),
            'topic_not_found');
    });

    test('a topic that is made a moment later can be used at once', async (t) => {
        const client = await server.connect(t);
        const topic = unique('later');
        assertRefused(await client.request({ t: 'notif', a: 'create', p: { t: topic, m: 'x', ack: true } },
            30_000), 'topic_not_found');
        await client.create(topic);
        await client.publish({ t: topic, m: 'x' });
        await client.subscribe(topic);
        await client.publish({ t: topic, m: 'y' });
        assert.equal((await client.notification()).p, 'y');
    });

    test('a subscription whose topic is deleted ends with a failure', async (t) => {
        const topic = await topicOf();
        const client = await server.connect(t);
        client.send({ id: 'sub', t: 'topic', a: 'subscribe', p: { t: [topic] } });
        assert.equal((await client.reply('sub')).s, 0);
        await witness.deleteTopic(topic);
        const failure = await client.reply('sub', 30_000);
        assertRefused(failure, 'topic_not_found');
        assert.deepEqual([failure.t, failure.a], ['topic', 'subscribe']);
    });

    test('a record larger than the topic allows is refused', async (t) => {
        const topic = await topicOf(1, { 'max.message.bytes': '1000' });
        const client = await server.connect(t);
        const p = { t: topic, m: Buffer.from(Array.from({ length: 5000 },
            () => Math.floor(Math.random() * 256))).toString('base64'), e: 'base64' };
        const send = (record) => client.request({ t: 'notif', a: 'create', p: record });
        assertRefused(await send({ ...p, ack: true }), 'record_too_large');
        assertRefused(await send(p), 'record_too_large');
        await client.publish({ t: topic, m: 'small' });
    });

    test('a record that a compacted topic refuses is reported', async (t) => {
        const topic = await topicOf(1, { 'cleanup.policy': 'compact' });
        const client = await server.connect(t);
        const p = { t: topic, m: 'without a key' };
        assertRefused(await client.request({ t: 'notif', a: 'create', p: { ...p, ack: true } }),
            'invalid_record');
        assertRefused(await client.request({ t: 'notif', a: 'create', p }), 'invalid_record');
    });

    test('acknowledged positions are where the records are', async (t) => {
        const topic = await topicOf(4);
        const client = await server.connect(t);
        const count = 2000;
        for (let id = 0; id < count; ++id) {
            client.send({ id, t: 'notif', a: 'create',
                p: { t: topic, m: `value ${id}`, k: `key ${id % 50}`, ack: true } });
        }
        const positions = new Map();
        for (let id = 0; id < count; ++id) {
            const { s, p } = await client.reply(id, 30_000);
            assert.equal(s, 0);
            positions.set(`${p.partition} ${p.offset}`, `value ${id}`);
        }
        assert.equal(positions.size, count);
        for (const { partition, offset, value } of await witness.read(topic)) {
            assert.equal(positions.get(`${partition} ${offset}`), text(value));
        }
    });

    test('connections that share a producer send as those that do not', async (t) => {
        const shared = await Server.start({ ...cluster.flags, 'kafka.max_dedicated_producers': 0 });
        t.after(() => shared.kill());
        const topic = await topicOf();
        const clients = [];
        for (let i = 0; i < 5; ++i) clients.push(await shared.connect(t));
        const count = 500;
        for (let i = 0; i < count; ++i) {
            for (const [who, client] of clients.entries()) {
                client.send({ id: i, t: 'notif', a: 'create',
                    p: { t: topic, m: `${i}`, k: `${who}`, ack: true } });
            }
        }
        for (const client of clients) {
            for (let i = 0; i < count; ++i) assert.equal((await client.reply(i)).s, 0);
            assertRefused(await client.request({ t: 'notif', a: 'create',
                p: { t: topic, m: 'x', partition: 9 } }), 'partition_not_found');
        }
        const next = new Map();
        for (const { key, value } of await witness.read(topic)) {
            const who = text(key);
            assert.equal(Number(text(value)), next.get(who) ?? 0, who);
            next.set(who, Number(text(value)) + 1);
        }
        assert.deepEqual([...next.values()], Array(5).fill(count));
        for (const client of clients) client.terminate();
        await eventually(patience, async () => {
            const { connections, brokers } = await shared.health();
            return connections === 0 && brokers[0].orphans === 0;
        }, 'no connections and no orphans');
        await shared.stop({ settle: false });
    });

    test('what a connection sent is there after it closed', async (t) => {
        const topic = await topicOf();
        for (const how of ['close', 'terminate']) {
            const client = await server.connect(t);
            const [end] = await witness.ends(topic);
            client.send(Array.from({ length: 5000 }, (_, i) =>
                ({ t: 'notif', a: 'create', p: { t: topic, m: i } })));
            await client.fence();
            await client[how]();
            await eventually(patience, async () => (await witness.ends(topic))[0] === end + 5000,
                `5000 more after ${how}`);
        }
    });
});

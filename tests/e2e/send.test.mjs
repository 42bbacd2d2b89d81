// notif/create, and notif/send, which is the same.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { assertRefused } from './refusal.mjs';
import { Server, hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';

const send = (client, p) => client.request({ t: 'notif', a: 'create', p });

/// A client that is subscribed to a new topic, with meta.
async function subscriber(t, server, { partitions = 1, options = {} } = {}) {
    const client = await server.connect(t);
    const topic = unique('send');
    await client.create({ topic, partitions });
    await client.subscribe(topic, { consumer_group: unique('g'), meta: true, ...options });
    return { client, topic };
}

describe('a send', () => {
    const suite = serverFor(hasty);

    test('without ack is not answered', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        client.send({ id: 1, t: 'notif', a: 'create', p: { t: topic, m: 'quiet' } });
        assert.equal((await client.notification()).p, 'quiet');
        await client.fence();
        assert.deepEqual(client.messages.items, []);
    });

    test('may be called send', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        const reply = await client.request({ t: 'notif', a: 'send', p: { t: topic, m: 'x', ack: true } });
        assert.equal(reply.a, 'send');
        assert.deepEqual(reply.p, { topic, partition: 0, offset: 0 });
    });

    test('with ack is answered with its position', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        for (const offset of [0, 1, 2]) {
            assert.deepEqual(await client.publish({ t: topic, m: 'x' }), { topic, partition: 0, offset });
        }
    });

    for (const p of [['x'], 7, 'topic', null, undefined, [], [7], {}, { t: 'a' }, { m: 'x' },
        { t: 7, m: 'x' }, { t: ['a'], m: 'x' }, { t: 'a', m: 'x', k: 7 }, { t: 'a', m: 'x', k: {} },
        { t: 'a', m: 'x', h: [] }, { t: 'a', m: 'x', h: 'a' }, { t: 'a', m: 'x', h: { a: 1 } }, { t: 'a', m: 'x', h: { 'a\u0000b': 'c' } },
        { t: 'a', m: 'x', h: { a: {} } }, { t: 'a', m: 'x', partition: '0' },
        { t: 'a', m: 'x', partition: 0.5 }, { t: 'a', m: 'x', partition: 1e12 },
        { t: 'a', m: 'x', partition: -1 }, { t: 'a', m: 'x', ts: 'now' }, { t: 'a', m: 'x', ts: -5 },
        { t: 'a', m: 'x', ts: 1e30 }, { t: 'a', m: 'x', ack: 'yes' }, { t: 'a', m: 'x', ack: 1 },
        { t: 'a', m: 'x', e: 'hex' }, { t: 'a', m: 'x', e: true }, { t: 'a', m: 7, e: 'base64' },
        { t: 'a', m: '*', e: 'base64' }, { t: 'a', m: 'YQ', e: 'base64' },
        { t: 'a', m: 'YQ==YQ==', e: 'base64' },
        { t: 'a', m: null, e: 'base64' }, { t: 'a', m: 'x', key: 'k' }]) {
        test(`is not made from ${JSON.stringify(p)}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await send(client, p), 'invalid_payload');
        });
    }

    test('that is refused is answered without ack as well', async (t) => {
        const client = await suite.server.connect(t);
        assertRefused(await send(client, { t: 'not good', m: 'x' }), 'invalid_topic');
    });

    test('to a partition that is not there is refused', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        const p = { t: topic, m: 'x', partition: 7 };
        assertRefused(await send(client, { ...p, ack: true }), 'partition_not_found');
        assertRefused(await send(client, p), 'partition_not_found');
    });

    const values = { 'an empty string': '', 'white space': ' \n\t', 'umlauts': 'ä€😀',
        'control characters': '\u0000\u0001\u001f\u007f', 'quotes and backslashes': '"\\/\'',
        'what looks like JSON': '{"a":[1,2]}', 'line separators': '\u2028\u2029',
        'long text': 'x€"\\'.repeat(20000) };
    for (const [what, value] of Object.entries(values)) {
        test(`carries ${what}`, async (t) => {
            const { client, topic } = await subscriber(t, suite.server);
            const name = value.replaceAll('\0', '');
            await client.publish({ t: topic, m: value, k: value, h: { name: value, [name]: 'v' } });
            const { p, o } = await client.notification();
            assert.equal(p, value);
            assert.equal(o.key, value);
            assert.deepEqual(o.headers, { name: value, [name]: 'v' });
        });
    }

    for (const json of ['7', '-0', '1.50', '1e400', '12345678901234567890', 'true', 'false', '[]',
        '{}', '[1,[2,{"a":null}]]', '{"b":1,"a":2}', '{"u":"\\u00fc"}']) {
        test(`carries other JSON as its text: ${json}`, async (t) => {
            const { client, topic } = await subscriber(t, suite.server);
            client.send(`{"id":1,"t":"notif","a":"create","p":{"t":"${topic}","m":${json},"ack":true}}`);
            assert.equal((await client.reply(1)).s, 0);
            assert.equal((await client.notification()).p, json);
        });
    }

    test('of null is a tombstone', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        await client.publish({ t: topic, m: null, k: 'gone' });
        const { p, o } = await client.notification();
        assert.equal(p, null);
        assert.equal(o.key, 'gone');
    });

    test('carries bytes as base64', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
        for (const data of [bytes, bytes.subarray(0, 255), bytes.subarray(127, 129)]) {
            await client.publish({ t: topic, m: data.toString('base64'), e: 'base64' });
            const { p, e } = await client.notification();
            assert.equal(e, 'base64');
            assert.deepEqual(Buffer.from(p, 'base64'), data);
        }
    });

    test('of base64 that holds text arrives as text', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        await client.publish({ t: topic, m: Buffer.from('ä').toString('base64'), e: 'base64' });
        const notification = await client.notification();
        assert.equal(notification.p, 'ä');
        assert.ok(!('e' in notification));
        await client.publish({ t: topic, m: '', e: 'base64' });
        assert.equal((await client.notification()).p, '');
    });

    test('carries headers, also without a value', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        await client.publish({ t: topic, m: 'x', h: { b: 'B', a: null, '': 'empty' } });
        const { o } = await client.notification();
        assert.deepEqual(o.headers, { b: 'B', a: null, '': 'empty' });
    });

    test('carries a timestamp', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        const past = Date.now() - 12_345;
        await client.publish({ t: topic, m: 'x', ts: past });
        assert.equal((await client.notification()).o.timestamp, past);
        const before = Date.now();
        await client.publish({ t: topic, m: 'x' });
        const { timestamp } = (await client.notification()).o;
        assert.ok(timestamp >= before - 1000 && timestamp <= Date.now() + 1000, String(timestamp));
    });

    test('goes to the partition it names', async (t) => {
        const { client, topic } = await subscriber(t, suite.server, { partitions: 3 });
        for (const partition of [2, 0, 1]) {
            const position = await client.publish({ t: topic, m: 'x', partition, k: 'any' });
            assert.deepEqual(position, { topic, partition, offset: 0 });
        }
    });

    test('goes to the partition of its key', async (t) => {
        const { client, topic } = await subscriber(t, suite.server, { partitions: 4 });
        const places = new Map();
        for (let i = 0; i < 40; ++i) {
            const k = `key ${i % 20}`;
            const { partition } = await client.publish({ t: topic, m: 'x', k });
            assert.equal(places.get(k) ?? partition, partition);
            places.set(k, partition);
        }
        assert.ok(new Set(places.values()).size > 1, 'keys are spread');
    });

    test('keeps its place among the sends of its connection', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        const count = 20_000;
        const message = (i) => ({ t: 'notif', a: 'create', p: { t: topic, m: i } });
        for (let i = 0; i < count; ++i) {
            if (i % 3 === 0) client.send(message(i));
            else client.send([message(i), message(++i), message(++i)].filter(({ p }) => p.m < count));
        }
        const got = await client.notifications(count, 30_000);
        assert.deepEqual(got.map(({ p }) => Number(p)), Array.from({ length: count }, (_, i) => i));
    });

    test('of several records is answered once, in their order', async (t) => {
        const { client, topic } = await subscriber(t, suite.server, { partitions: 2 });
        const reply = await send(client, [
            { t: topic, m: 'a', partition: 1, ack: true },
            { t: topic, m: 'b', partition: 0 },
            { t: topic, m: 'c', partition: 1 },
        ]);
        assert.equal(reply.s, 0);
        assert.deepEqual(reply.p, [
            { topic, partition: 1, offset: 0 },
            { topic, partition: 0, offset: 0 },
            { topic, partition: 1, offset: 1 },
        ]);
    });

    test('of several records without ack is not answered', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        client.send({ id: 1, t: 'notif', a: 'create', p: [{ t: topic, m: 'a' }, { t: topic, m: 'b' }] });
        assert.deepEqual((await client.notifications(2)).map(({ p }) => p), ['a', 'b']);
        await client.fence();
        assert.deepEqual(client.messages.items, []);
    });

    test('is acknowledged in one frame with those that were sent with it', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        client.frames.length = 0;
        const ids = [...Array(100).keys()];
        client.send(ids.map((id) => ({ id, t: 'notif', a: 'create', p: { t: topic, m: id, ack: true } })));
        for (const id of ids) assert.equal((await client.reply(id)).p.offset, id);
        const replies = client.frames.filter((text) => text.includes('"refid"'));
        assert.ok(replies.length <= 10, `${replies.length} frames`);
    });

    test('may be of 10,000 records', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        const count = 10_000;
        const reply = await send(client, Array.from({ length: count }, (_, i) =>
            ({ t: topic, m: i, ...(i === 5000 && { ack: true }) })));
        assert.deepEqual(reply.p, Array.from({ length: count }, (_, offset) =>
            ({ topic, partition: 0, offset })));
    });

    for (const ack of [true, false]) {
        test(`of several records says which failed, ${ack ? 'with' : 'without'} ack`, async (t) => {
            const { client, topic } = await subscriber(t, suite.server);
            const more = ack ? { ack: true } : {};
            const reply = await send(client, [
                { t: topic, m: 'a', ...more },
                { t: 'not good', m: 'b' },
                { t: topic, m: 'c' },
                { t: topic, m: 'd', partition: 9 },
            ]);
            assertRefused(reply, 'invalid_topic');
            assert.deepEqual((await client.notifications(2)).map(({ p }) => p), ['a', 'c']);
            if (!ack) return;
            const { results } = reply.p;
            assert.equal(results.length, 4);
            assert.deepEqual(results[0], { topic, partition: 0, offset: 0 });
            assert.equal(results[1].code, 'invalid_topic');
            assert.deepEqual(results[2], { topic, partition: 0, offset: 1 });
            assert.equal(results[3].code, 'partition_not_found');
        });
    }

    test('to a topic of its broker by name is acknowledged', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        const { brokers } = await suite.server.health();
        const position = await client.publish({ t: `${brokers[0].name}:${topic}`, m: 'x' });
        assert.equal(position.offset, 0);
        assert.equal((await client.notification()).p, 'x');
    });

    test('that is too large is refused, and the largest is not', async (t) => {
        const server = await Server.start({ ...hasty, 'producer.max_record_bytes': 2000 });
        t.after(() => server.stop());
        const { client, topic } = await subscriber(t, server);
        await client.publish({ t: topic, m: 'x'.repeat(2000) });
        const refused = [{ m: 'x'.repeat(2001) }, { m: 'x'.repeat(1000), k: 'k'.repeat(1001) },
            { m: 'x'.repeat(1000), h: { a: 'h'.repeat(1000) } }];
        for (const record of refused) {
            assertRefused(await send(client, { t: topic, ...record }), 'record_too_large');
            assertRefused(await send(client, { t: topic, ...record, ack: true }), 'record_too_large');
        }
        assert.equal((await client.notification()).p.length, 2000);
    });
});

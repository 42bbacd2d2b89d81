// topic/create and topic/list.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { assertRefused } from './refusal.mjs';
import { serverFor } from './server.mjs';
import { unique } from './unique.mjs';

const create = (client, p) => client.request({ t: 'topic', a: 'create', p });

async function list(client, p) {
    const message = { t: 'topic', a: 'list' };
    const reply = await client.request(p ? { ...message, p } : message);
    assert.equal(reply.s, 0, JSON.stringify(reply));
    return reply.p;
}

async function partitionsOf(client, topic) {
    return (await list(client)).filter((entry) => entry.topic === topic);
}

describe('topics', () => {
    const suite = serverFor();

    test('names and settings may be mixed', async (t) => {
        const client = await suite.server.connect(t);
        const [a, b, c] = [unique('a'), unique('b'), unique('c')];
        const reply = await create(client, [a, { topic: b, partitions: 3 }, { topic: c }]);
        assert.equal(reply.s, 0);
        assert.deepEqual(reply.p, [a, b, c]);
        assert.equal((await partitionsOf(client, b)).length, 3);
    });

    test('a topic that exists is a success and stays as it is', async (t) => {
        const client = await suite.server.connect(t);
        const topic = unique('twice');
        await client.create({ topic, partitions: 2 });
        const reply = await create(client, [{ topic, partitions: 5 }]);
        assert.equal(reply.s, 0);
        assert.deepEqual(reply.p, [topic]);
        assert.equal((await partitionsOf(client, topic)).length, 2);
    });

    test('are listed by name and partition', async (t) => {
        const client = await suite.server.connect(t);
        const prefix = unique('order');
        await client.create(`${prefix}-b`, { topic: `${prefix}-a`, partitions: 12 }, `${prefix}-B`);
        const found = (await list(client)).filter(({ topic }) => topic.startsWith(prefix));
        const expected = [
            { topic: `${prefix}-B`, partition: 0 },
            ...Array.from({ length: 12 }, (_, partition) => ({ topic: `${prefix}-a`, partition })),
            { topic: `${prefix}-b`, partition: 0 },
        ];
        assert.deepEqual(found, expected);
        assert.equal(JSON.stringify(found[0]), `{"topic":"${prefix}-B","partition":0}`);
    });

    test('are listed without the internal ones', async (t) => {
        const client = await suite.server.connect(t);
        const hidden = unique('__hidden');
        await create(client, [hidden]);
        assert.deepEqual((await list(client)).filter(({ topic }) => topic.startsWith('__')), []);
    });

    test('are addressed by the name of their broker, too', async (t) => {
        const client = await suite.server.connect(t);
        const { brokers } = await suite.server.health();
        const topic = unique('named');
        const reply = await create(client, [`${brokers[0].name}:${topic}`]);
        assert.equal(reply.s, 0, JSON.stringify(reply));
        const found = await list(client, { broker: brokers[0].name });
        assert.ok(found.some((entry) => entry.topic === topic));
    });

    test('of a broker that is not configured are refused', async (t) => {
        const client = await suite.server.connect(t);
        for (const message of [
            { t: 'topic', a: 'create', p: ['nobody:topic'] },
            { t: 'topic', a: 'list', p: { broker: 'nobody' } },
            { t: 'topic', a: 'subscribe', p: { t: ['nobody:topic'] } },
            { t: 'notif', a: 'create', p: { t: 'nobody:topic', m: 'x' } },
        ]) {
            assertRefused(await client.request(message), 'broker_not_found');
        }
    });

    test('that can be created are, when others cannot', async (t) => {
        const client = await suite.server.connect(t);
        const good = [unique('good'), unique('good')];
        const reply = await create(client, [good[0], 'not good', good[1], '..']);
        assertRefused(reply, 'invalid_topic');
        assert.ok(reply.p.message.includes('not good'), reply.p.message);
        assert.ok(reply.p.message.includes('..'), reply.p.message);
        for (const topic of good) assert.equal((await partitionsOf(client, topic)).length, 1);
    });

    test('have names of 1 to 249 characters', async (t) => {
        const client = await suite.server.connect(t);
        const longest = unique('x').padEnd(249, 'x');
        assert.deepEqual((await create(client, [longest])).p, [longest]);
        assertRefused(await create(client, [`${longest}x`]), 'invalid_topic');
        assertRefused(await create(client, ['']), 'invalid_topic');
    });

    for (const name of ['.', '..', 'a b', 'a/b', 'a,b', 'ü', 'a\u0000b', 'a\nb', '*', '😀', 'a;b']) {
        test(`cannot be called ${JSON.stringify(name)}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await create(client, [name]), 'invalid_topic');
            assertRefused(
                await client.request({ t: 'topic', a: 'subscribe', p: { t: [name] } }),
                'invalid_topic',
            );
            assertRefused(
                await client.request({ t: 'notif', a: 'create', p: { t: name, m: 'x', ack: true } }),
                'invalid_topic',
            );
        });
    }

    test('may be called all that Kafka allows', async (t) => {
        const client = await suite.server.connect(t);
        const topic = unique('Az09._-');
        assert.deepEqual((await create(client, [topic])).p, [topic]);
    });

    test('are created up to the limit of a request', async (t) => {
        const client = await suite.server.connect(t);
        const names = Array.from({ length: 101 }, () => unique('many'));
        assertRefused(await create(client, names), 'limit_reached');
    });

    for (const entry of [{ partitions: 0 }, { partitions: -1 }, { replication: 0 },
        { replication: 7 }, { config: { 'no.such.setting': '1' } },
        { config: { 'cleanup.policy': 'nonsense' } }, { config: { 'cleanup.policy': {} } }]) {
        test(`cannot have ${JSON.stringify(entry)}`, async (t) => {
            const client = await suite.server.connect(t);
            const topic = unique('refused');
            const reply = await create(client, [{ topic, ...entry }]);
            assertRefused(reply, 'invalid_topic_config', 'invalid_payload');
            assert.deepEqual(await partitionsOf(client, topic), []);
        });
    }

    const wrong = [undefined, null, {}, 'topic', 7, true, [], [7], [null], [[]], [{}],
        [{ topic: 7 }], [{ partitions: 1 }], [{ topic: 'a', partitions: '3' }],
        [{ topic: 'a', partitions: 1.5 }], [{ topic: 'a', partitions: 1e10 }],
        [{ topic: 'a', replication: '1' }], [{ topic: 'a', replication: 70000 }],
        [{ topic: 'a', config: [] }], [{ topic: 'a', config: { x: '\u0000' } }], [{ topic: 'a', partition: 1 }]];
    for (const p of wrong) {
        test(`are not created from ${JSON.stringify(p)}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await create(client, p), 'invalid_payload');
        });
    }

    for (const p of [7, 'kafka', [], ['a'], true, { broker: 7 }, { brokers: 'kafka' }]) {
        test(`are not listed for ${JSON.stringify(p)}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await client.request({ t: 'topic', a: 'list', p }), 'invalid_payload');
        });
    }
});

// The protocol on a real RabbitMQ, beside the embedded broker; amqplib sees what is there.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Rabbit, Witness } from './rabbitmq.mjs';
import { assertRefused } from './refusal.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';

describe('on RabbitMQ', () => {
    let rabbit;
    let witness;
    let server;
    before(async () => {
        rabbit = await Rabbit.start();
        witness = await Witness.connect(rabbit);
        server = await Server.configured({
            producer: { mq_interval: 1 },
            consumer: { mq_interval: 1 },
            brokers: [
                rabbit.entry('rabbit', { min_backoff: '20ms', max_backoff: '200ms' }),
                { name: 'embedded', kind: 'memory' },
            ],
        });
    });
    after(() => each(() => server?.stop(), () => witness?.close(), () => rabbit?.stop()));

    async function stage(t) {
        const [reader, writer] = [await server.connect(t), await server.connect(t)];
        const topic = unique('rabbit');
        await writer.create(topic);
        return { reader, writer, topic };
    }

    test('a topic is created, listed, sent to with acknowledgement, and received', async (t) => {
        const { reader, writer, topic } = await stage(t);
        const { p: list } = await writer.request({ t: 'topic', a: 'list' });
        assert.ok(list.some((each) => each.topic === topic && each.partition === 0));
        await reader.subscribe(topic, { consumer_group: unique('g'), meta: true });
        const sent = await writer.publish({ t: topic, m: 'a value', k: 'key', ts: 1600000000123,
            h: { 'reply-to': 'answers', mine: '1' } });
        assert.deepEqual(sent, { topic, partition: 0, offset: -1 });
        const { p, o } = await reader.notification();
        assert.equal(p, 'a value');
        assert.equal(o.key, 'key');
        assert.equal(o.timestamp, 1600000000123);
        assert.equal(o.offset, 0);
        assert.equal(JSON.stringify(o.headers).includes('"answers"'), true);
    });

    test('a record is a message as the protocol tells, to other programs', async (t) => {
        const { writer, topic } = await stage(t);
        const queue = await witness.bindQueue(topic);
        await writer.publish({ t: topic, m: 'a value', k: 'key', ts: 1600000000123,
            h: { 'reply-to': 'answers', 'correlation-id': '7', 'content-type': 'text/plain', mine: '1' } });
        const [{ text, properties, headers }] = await witness.take(queue);
        assert.equal(text, 'a value');
        assert.equal(properties.replyTo, 'answers');
        assert.equal(properties.correlationId, '7');
        assert.equal(properties.contentType, 'text/plain');
        assert.equal(properties.deliveryMode, 2, 'persistent');
        assert.equal(properties.timestamp, 1600000000);
        assert.equal(headers['kafka-key'], 'key');
        assert.equal(Number(headers['kafka-timestamp']), 1600000000123);
        assert.equal(headers.mine, '1');
    });

    test('a message of another program is a record', async (t) => {
        const { reader, topic } = await stage(t);
        await reader.subscribe(topic, { consumer_group: unique('g'), meta: true });
        await witness.publish(topic, 'any key', 'from elsewhere', {
            correlationId: '7', replyTo: 'answers', timestamp: 1600000000,
            headers: { n: 5, yes: true, word: 'text', nested: { a: 1 } },
        });
        const { p, o } = await reader.notification();
        assert.equal(p, 'from elsewhere');
        assert.equal(o.timestamp, 1600000000000);
        assert.deepEqual(o.headers,
            { 'correlation-id': '7', 'reply-to': 'answers', n: '5', yes: 'true', word: 'text' });
    });

    test("a group's queue is a durable one of TOPIC:GROUP, and keeps what its members leave", async (t) => {
        const { reader, writer, topic } = await stage(t);
        const group = unique('g');
        await reader.subscribe(topic, { consumer_group: group });
        await reader.close();
        const queue = `${topic}:${group}`;
        for (const m of ['1', '2', '3']) await writer.publish({ t: topic, m });
        await witness.declareQueue(queue);
        assert.deepEqual((await witness.takeAll(queue)).map(({ text }) => text), ['1', '2', '3']);
    });

    test('a binary value arrives as base64', async (t) => {
        const { reader, writer, topic } = await stage(t);
        await reader.subscribe(topic, { consumer_group: unique('g') });
        await writer.publish({ t: topic, m: '/wD+', e: 'base64' });
        const { p, e } = await reader.notification();
        assert.deepEqual([p, e], ['/wD+', 'base64']);
    });

    test('members of a group share records, and each group gets all', async (t) => {
        const { reader, writer, topic } = await stage(t);
        const other = await server.connect(t);
        const alone = await server.connect(t);
        const group = unique('g');
        await reader.subscribe(topic, { consumer_group: group });
        await other.subscribe(topic, { consumer_group: group });
        await alone.subscribe(topic, { consumer_group: unique('g') });
        for (let i = 0; i < 10; ++i) await writer.publish({ t: topic, m: String(i) });
        assert.equal((await alone.notifications(10)).length, 10);
        const shared = [...await reader.notifications(5), ...await other.notifications(5)];
        assert.deepEqual(shared.map(({ p }) => p).sort(), [...'0123456789']);
    });

    test('a broadcast gets everything from its reply on, with filters', async (t) => {
        const { reader, writer, topic } = await stage(t);
        const filtered = await server.connect(t);
        await writer.publish({ t: topic, m: 'before' });
        await reader.subscribe(topic, { mode: 'broadcast' });
        await filtered.subscribe(topic, { mode: 'broadcast', filter: { n: { gt: 2 } } });
        for (let n = 0; n < 5; ++n) await writer.publish({ t: topic, m: { n } });
        assert.deepEqual((await reader.notifications(5)).map(({ p }) => JSON.parse(p).n),
            [0, 1, 2, 3, 4]);
        assert.deepEqual((await filtered.notifications(2)).map(({ p }) => JSON.parse(p).n), [3, 4]);
    });

    test('what a client has not acknowledged goes to who takes over', async (t) => {
        const { reader, writer, topic } = await stage(t);
        const group = unique('g');
        await reader.subscribe(topic, { consumer_group: group, ack: 'client', meta: true });
        for (let i = 0; i < 5; ++i) await writer.publish({ t: topic, m: String(i) });
        const all = await reader.notifications(5);
        await reader.request({ t: 'notif', a: 'ack', p: all[1].o });
        await reader.request({ t: 'notif', a: 'ack', p: all[0].o });
        await reader.close();
        const heir = await server.connect(t);
        await heir.subscribe(topic, { consumer_group: group });
        assert.deepEqual((await heir.notifications(3)).map(({ p }) => p), ['2', '3', '4']);
    });

    test('what AMQP cannot do is refused, naming the broker', async (t) => {
        const { reader, topic } = await stage(t);
        for (const options of [{ from: 'earliest' }, { from: { last: 3 } },
            { from: { timestamp: 1 } }, { from: [{ topic, partition: 0, offset: 0 }] },
            { mode: 'broadcast', from: 'earliest' }, { mode: 'broadcast', snapshot: true }]) {
            const reply = await reader.request({ t: 'topic', a: 'subscribe',
                p: { t: [topic], consumer_group: options.mode ? undefined : 'g', ...options } });
            assertRefused(reply, 'not_supported');
            assert.match(reply.p.message, /"rabbit"/);
        }
        const pattern = await reader.request({ t: 'topic', a: 'subscribe',
            p: { t: ['^rabbit'], consumer_group: 'g' } });
        assertRefused(pattern, 'not_supported');
        for (const more of [{ partitions: 2 }, { config: { 'retention.ms': '1' } }]) {
            const reply = await reader.request({ t: 'topic', a: 'create',
                p: [{ topic: unique('x'), ...more }] });
            assertRefused(reply, 'not_supported');
        }
    });

    test('a topic that does not exist is said so', async (t) => {
        const { reader } = await stage(t);
        const topic = unique('nowhere');
        assertRefused(await reader.request({ t: 'topic', a: 'subscribe',
            p: { t: [topic], consumer_group: 'g' } }), 'topic_not_found');
        assertRefused(await reader.request({ t: 'topic', a: 'subscribe',
            p: { t: [topic], mode: 'broadcast' } }), 'topic_not_found');
        assertRefused(await reader.request({ t: 'notif', a: 'create',
            p: { t: topic, m: 'x', ack: true } }), 'topic_not_found');
    });

    test('the other broker of the same server works beside it', async (t) => {
        const client = await server.connect(t);
        const topic = unique('embedded');
        await client.create(`embedded:${topic}`);
        assert.equal((await client.publish({ t: `embedded:${topic}`, m: 'x' })).offset, 0);
    });

    test('a restart of the broker loses nothing acknowledged, and subscriptions go on', async (t) => {
        const { reader, writer, topic } = await stage(t);
        const broadcast = await server.connect(t);
        await reader.subscribe(topic, { consumer_group: unique('g') });
        await broadcast.subscribe(topic, { mode: 'broadcast' });
        await writer.publish({ t: topic, m: '0' });
        await broadcast.notification();
        const restarted = rabbit.restart();
        const sent = [];
        for (let i = 1; i < 200; ++i) sent.push(writer.publish({ t: topic, m: String(i) }, 60_000));
        await restarted;
        await Promise.all(sent);
        const seen = new Set();
        while (seen.size < 200) seen.add((await reader.notification(60_000)).p);
        assert.equal(seen.size, 200);

        await eventually(patience, async () => {
            await writer.publish({ t: topic, m: 'after' });
            return broadcast.notification(500).then(({ p }) => p === 'after', () => false);
        }, 'the broadcast going on');
    });
});

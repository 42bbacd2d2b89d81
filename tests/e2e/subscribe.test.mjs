// topic/subscribe and topic/unsubscribe.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isNotification } from './client.mjs';
import { assertRefused } from './refusal.mjs';
import { hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience } from './wait.mjs';

const subscribe = (client, p) => client.request({ t: 'topic', a: 'subscribe', p });

/// A topic, made.
async function topicOf(client, partitions = 1) {
    const topic = unique('topic');
    await client.create({ topic, partitions });
    return topic;
}

describe('a subscription', () => {
    const suite = serverFor(hasty);

    test('receives what is sent after its reply', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await topicOf(client);
        await client.subscribe(topic, { consumer_group: unique('g') });
        const sender = await suite.server.connect(t);
        for (let i = 0; i < 10; ++i) await sender.publish({ t: topic, m: `value ${i}` });
        const got = await client.notifications(10);
        assert.deepEqual(got.map(({ p }) => p), [...Array(10)].map((_, i) => `value ${i}`));
    });

    test('receives nothing that was sent before, in a new group', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await topicOf(client);
        await client.publish({ t: topic, m: 'before' });
        await client.subscribe(topic, { consumer_group: unique('g') });
        await client.publish({ t: topic, m: 'after' });
        assert.equal((await client.notification()).p, 'after');
    });

    test('answers with p before s', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await topicOf(client);
        const frames = client.frames.length;
        client.send({ id: 1, t: 'topic', a: 'subscribe', p: { t: [topic] } });
        await client.reply(1);
        assert.equal(client.frames[frames],
            `{"id":1,"refid":1,"t":"topic","a":"subscribe","p":["${topic}"],"s":0}`);
    });

    test('receives from every partition of every topic', async (t) => {
        const client = await suite.server.connect(t);
        const topics = [await topicOf(client, 3), await topicOf(client, 2)];
        await client.subscribe(topics, { consumer_group: unique('g'), meta: true });
        const sent = [];
        for (const [topic, partitions] of [[topics[0], 3], [topics[1], 2]]) {
            for (let partition = 0; partition < partitions; ++partition) {
                await client.publish({ t: topic, m: 'x', partition });
                sent.push(`${topic} ${partition}`);
            }
        }
        const got = await client.notifications(5);
        assert.deepEqual(got.map(({ o }) => `${o.topic} ${o.partition}`).sort(), sent.sort());
    });

    test('shares its topics with the other members of its group', async (t) => {
        const sender = await suite.server.connect(t);
        const topic = await topicOf(sender, 4);
        const group = unique('g');
        const members = [await suite.server.connect(t), await suite.server.connect(t)];
        for (const member of members) {
            await member.subscribe(topic, { consumer_group: group, meta: true });
        }
        const sent = [];
        for (let i = 0; i < 40; ++i) {
            await sender.publish({ t: topic, m: String(i), partition: i % 4 });
            sent.push(String(i));
        }
        const seen = () => members.flatMap(({ messages }) => messages.items.filter(isNotification));
        await eventually(patience, () => seen().length >= sent.length, 'every record');
        assert.deepEqual(new Set(seen().map(({ p }) => p)), new Set(sent));
        for (const { messages } of members) {
            const partitions = new Set(messages.items.filter(isNotification).map(({ o }) => o.partition));
            assert.equal(partitions.size, 2, 'two partitions for each member');
        }
        assert.equal(seen().length, sent.length, 'once each');
    });

    test('of another group receives everything as well', async (t) => {
        const sender = await suite.server.connect(t);
        const topic = await topicOf(sender);
        const members = [await suite.server.connect(t), await suite.server.connect(t)];
        for (const member of members) await member.subscribe(topic, { consumer_group: unique('g') });
        await sender.publish({ t: topic, m: 'for both' });
        for (const member of members) assert.equal((await member.notification()).p, 'for both');
    });

    test('without a group joins the configured one', async (t) => {
        const sender = await suite.server.connect(t);
        const topic = await topicOf(sender, 2);
        const [first, second] = [await suite.server.connect(t), await suite.server.connect(t)];
        await first.subscribe(topic);
        await second.subscribe(topic, { consumer_group: 'kafka-ws' });
        for (const partition of [0, 1]) await sender.publish({ t: topic, m: 'x', partition });
        await first.notification();
        await second.notification();
    });

    test('goes on where its group was', async (t) => {
        const sender = await suite.server.connect(t);
        const topic = await topicOf(sender);
        const group = unique('g');
        const first = await suite.server.connect(t);
        await first.subscribe(topic, { consumer_group: group });
        await sender.publish({ t: topic, m: '1' });
        assert.equal((await first.notification()).p, '1');
        await first.unsubscribe();
        await sender.publish({ t: topic, m: '2' });
        const second = await suite.server.connect(t);
        await second.subscribe(topic, { consumer_group: group });
        await sender.publish({ t: topic, m: '3' });
        assert.deepEqual((await second.notifications(2)).map(({ p }) => p), ['2', '3']);
    });

    test('is taken over when its connection is cut', async (t) => {
        const sender = await suite.server.connect(t);
        const topic = await topicOf(sender);
        const group = unique('g');
        const first = await suite.server.connect(t);
        await first.subscribe(topic, { consumer_group: group });
        const second = await suite.server.connect(t);
        await second.subscribe(topic, { consumer_group: group });
        first.terminate();
        await sender.publish({ t: topic, m: 'x' });
        assert.equal((await second.notification()).p, 'x');
    });

    test('replaces the one before', async (t) => {
        const client = await suite.server.connect(t);
        const [old, current] = [await topicOf(client), await topicOf(client)];
        await client.subscribe(old, { consumer_group: unique('g') });
        await client.subscribe(current, { consumer_group: unique('g') });
        await client.publish({ t: old, m: 'old' });
        await client.publish({ t: current, m: 'current' });
        assert.equal((await client.notification()).p, 'current');
        const { p } = await client.fence();
        const mine = p.consumers.filter(({ topics }) => [old, current].some((x) => topics.includes(x)));
        assert.deepEqual(mine.map(({ topics }) => topics), [[current]]);
    });

    test('that is overtaken before it is live fails', async (t) => {
        const client = await suite.server.connect(t);
        const [old, current] = [await topicOf(client), await topicOf(client)];
        client.send([
            { id: 1, t: 'topic', a: 'subscribe', p: { t: [old] } },
            { id: 2, t: 'topic', a: 'subscribe', p: { t: [current] } },
        ]);
        assertRefused(await client.reply(1), 'superseded');
        assert.deepEqual((await client.reply(2)).p, [current]);
        await client.publish({ t: current, m: 'x' });
        assert.equal((await client.notification()).p, 'x');
    });

    test('that is given up before it is live fails', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await topicOf(client);
        client.send([
            { id: 1, t: 'topic', a: 'subscribe', p: { t: [topic] } },
            { id: 2, t: 'topic', a: 'unsubscribe' },
        ]);
        assertRefused(await client.reply(1), 'superseded');
        assert.equal((await client.reply(2)).s, 0);
        const { p } = await client.fence();
        assert.deepEqual(p.consumers.filter(({ topics }) => topics.includes(topic)), []);
    });

    test('that is refused leaves the one before alone', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await topicOf(client);
        await client.subscribe(topic, { consumer_group: unique('g') });
        assertRefused(await subscribe(client, { t: [] }), 'invalid_payload');
        await client.publish({ t: topic, m: 'still' });
        assert.equal((await client.notification()).p, 'still');
    });

    test('has at most as many topics as configured', async (t) => {
        const client = await suite.server.connect(t);
        const topics = Array.from({ length: 101 }, (_, i) => `topic-${i}`);
        assertRefused(await subscribe(client, { t: topics }), 'limit_reached');
    });

    const wrong = [undefined, null, [], 'topic', 7, {}, { t: [] }, { t: {} }, { t: 'topic' },
        { t: [7] }, { t: [null] }, { t: [['a']] }, { consumer_group: 'g' },
        { t: ['a'], consumer_group: 7 },
        { t: ['a'], meta: 'yes' }, { t: ['a'], meta: 1 }, { t: ['a'], decode: 'xml' },
        { t: ['a'], decode: true }, { t: ['a'], mq_limit: 0 }, { t: ['a'], mq_limit: -1 },
        { t: ['a'], mq_limit: '5' }, { t: ['a'], mq_limit: 1.5 }, { t: ['a'], mq_limit: 5001 },
        { t: ['a'], mq_limit: 1e30 }, { t: ['a'], mq_interval: -1 },
        { t: ['a'], mq_interval: '50' }, { t: ['a'], mq_interval: 1e30 }, { t: ['a'], group: 'g' },
        { t: ['a'], from: 'newest' }, { t: ['a'], from: null }, { t: ['a'], from: { last: 0 } },
        { t: ['a'], from: { timestamp: 'now' } }, { t: ['a'], from: [{ topic: 'a' }] },
        { t: ['a'], from: { timestamp: '2024-05-17T08:30:00' } },
        { t: ['a'], from: [0, 0].map((offset) => ({ topic: 'a', partition: 0, offset })) },
        { t: ['a'], mode: 'all' }, { t: ['a'], filter: 'x' }, { t: ['a'], keys: [] },
        { t: ['a'], keys: [1] }, { t: ['a'], flow: 'stream' }, { t: ['a'], ack: true },
        { t: ['a'], slow: 'wait' }, { t: ['a'], snapshot: 1 }, { t: ['a'], sub: '' },
        { t: ['a'], sub: 'x'.repeat(65) }, { t: ['a'], sub: 'a\nb' },
        { t: ['a'], ack: 'client', max_unacked: 0 }, { t: ['a'], max_unacked: 10 },
        { t: ['a'], mode: 'broadcast', consumer_group: 'g' },
        { t: ['a'], mode: 'broadcast', ack: 'client' }, { t: ['a'], snapshot: true },
        { t: ['a'], mode: 'broadcast', snapshot: true, from: 'latest' }];
    for (const p of wrong) {
        test(`is not made from ${JSON.stringify(p)}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await subscribe(client, p), 'invalid_payload');
        });
    }

    for (const group of ['', 'g'.repeat(256), 'ä'.repeat(128), 'a\u0000b']) {
        test(`does not join a group called ${JSON.stringify(group.slice(0, 5))}, ${group.length} long`, async (t) => {
            const client = await suite.server.connect(t);
            const topic = await topicOf(client);
            assertRefused(await subscribe(client, { t: [topic], consumer_group: group }),
                'invalid_payload', 'invalid_group');
        });
    }

    test('joins a group of 255 bytes', async (t) => {
        const client = await suite.server.connect(t);
        const group = unique('g').padEnd(255, 'g');
        await client.subscribe(await topicOf(client), { consumer_group: group });
    });

    test('that ends leaves nothing behind', async (t) => {
        const before = (await suite.server.health()).brokers[0];
        const client = await suite.server.connect(t);
        await client.subscribe(await topicOf(client), { consumer_group: unique('g') });
        client.terminate();
        await eventually(patience, async () => {
            const { consumers, orphans } = (await suite.server.health()).brokers[0];
            return consumers <= before.consumers && orphans === 0;
        }, 'a group that was left');
    });
});

describe('unsubscribe', () => {
    const suite = serverFor(hasty);

    test('ends the notifications with its reply', async (t) => {
        const client = await suite.server.connect(t);
        const other = await suite.server.connect(t);
        const topic = await topicOf(client);
        await client.subscribe(topic, { consumer_group: unique('g') });
        await other.subscribe(topic, { consumer_group: unique('g') });
        await client.publish({ t: topic, m: '1' });
        await client.notification();
        const reply = await client.unsubscribe();
        assert.ok(!('p' in reply));
        for (let i = 0; i < 20; ++i) await client.publish({ t: topic, m: `late ${i}` });
        await other.notifications(21);
        await client.fence();
        assert.deepEqual(client.messages.items.filter(isNotification), []);
    });

    test('without a subscription is a success', async (t) => {
        const client = await suite.server.connect(t);
        await client.unsubscribe();
        await client.unsubscribe();
    });

    test('gives up only the topics it names', async (t) => {
        const client = await suite.server.connect(t);
        const [kept, dropped] = [await topicOf(client), await topicOf(client)];
        await client.subscribe([kept, dropped], { consumer_group: unique('g') });
        await client.unsubscribe({ t: [dropped] });
        await client.publish({ t: dropped, m: 'dropped' });
        await client.publish({ t: kept, m: 'kept' });
        assert.equal((await client.notification()).p, 'kept');
        const { p } = await client.fence();
        const mine = p.consumers.filter(({ topics }) => topics.includes(kept));
        assert.deepEqual(mine.map(({ topics }) => topics), [[kept]]);
    });

    test('of every topic by name is the end of the subscription', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await topicOf(client);
        await client.subscribe(topic);
        await client.unsubscribe({ t: [topic] });
        const { p } = await client.fence();
        assert.deepEqual(p.consumers.filter(({ topics }) => topics.includes(topic)), []);
    });

    test('of a topic that is not subscribed fails', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await topicOf(client);
        const request = { t: 'topic', a: 'unsubscribe', p: { t: ['another'] } };
        assertRefused(await client.request(request), 'not_subscribed');
        await client.subscribe(topic);
        assertRefused(await client.request(request), 'not_subscribed');
        await client.publish({ t: topic, m: 'still' });
        assert.equal((await client.notification()).p, 'still');
    });

    for (const p of [[], ['a'], 'a', 7, true, { t: [] }, { t: 'a' }, { t: [7] }, { topics: ['a'] }]) {
        test(`does not take ${JSON.stringify(p)}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await client.request({ t: 'topic', a: 'unsubscribe', p }), 'invalid_payload');
        });
    }
});

// Where a subscription begins, and topics by pattern.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inMode, modes } from './modes.mjs';
import { assertRefused } from './refusal.mjs';
import { hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience } from './wait.mjs';

const subscribe = (client, p) => client.request({ t: 'topic', a: 'subscribe', p });
const values = (notifications) => notifications.map(({ p }) => p);

for (const mode of modes) {
    describe(`a ${mode} subscription`, () => {
        const suite = serverFor(hasty);
        const start = Date.now() - 100_000;

        /// A topic of one partition with the values 0 to 9, one a second.
        async function filled(client) {
            const topic = await client.newTopic();
            for (let i = 0; i < 10; ++i) {
                await client.publish({ t: topic, m: String(i), ts: start + i * 1000 });
            }
            return topic;
        }

        const cases = {
            'latest': ['latest', 10],
            'earliest': ['earliest', 0],
            'the last three': [{ last: 3 }, 7],
            'the last thousand': [{ last: 1000 }, 0],
            'a time': [{ timestamp: start + 4000 }, 4],
            'a time between two records': [{ timestamp: start + 4001 }, 5],
            'a time in words': [{ timestamp: new Date(start + 6000).toISOString() }, 6],
            'a time before all': [{ timestamp: start - 5000 }, 0],
            'a time after all': [{ timestamp: start + 50_000 }, 10],
        };
        for (const [name, [from, offset]] of Object.entries(cases)) {
            test(`begins at ${name}`, async (t) => {
                const client = await suite.server.connect(t);
                const topic = await filled(client);
                const { o } = await client.subscribe(topic, inMode(mode, { from }));
                assert.deepEqual(o, [{ topic, partition: 0, offset }]);
                await client.publish({ t: topic, m: 'next' });
                const wanted = [...Array(10).keys()].slice(offset).map(String);
                const got = await client.notifications(wanted.length + 1);
                assert.deepEqual(values(got), [...wanted, 'next']);
            });
        }

        test('begins at a cursor, and at the oldest of what the cursor does not know', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await client.newTopic(2);
            for (let i = 0; i < 8; ++i) await client.publish({ t: topic, m: String(i), partition: i % 2 });
            const from = [{ topic, partition: 0, offset: 3 }];
            const { o } = await client.subscribe(topic, inMode(mode, { from }));
            assert.deepEqual(o, [{ topic, partition: 0, offset: 3 }, { topic, partition: 1, offset: 0 }]);
            const got = await client.notifications(5);
            assert.deepEqual(values(got).sort(), ['1', '3', '5', '6', '7']);
        });

        test('goes on after its own notification, taken as a cursor', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await filled(client);
            await client.subscribe(topic, inMode(mode, { from: 'earliest', meta: true }));
            const { o } = (await client.notifications(4)).at(-1);
            const other = await suite.server.connect(t);
            const from = [{ ...o, offset: o.offset + 1 }];
            await other.subscribe(topic, inMode(mode, { from }));
            assert.deepEqual(values(await other.notifications(6)), ['4', '5', '6', '7', '8', '9']);
        });

        test('does not begin where nothing is, and says what there is', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await filled(client);
            const at = (position) => subscribe(client, {
                t: [topic], ...inMode(mode, { from: [{ topic, partition: 0, offset: 0, ...position }] }) });
            const reply = await at({ offset: 11 });
            assertRefused(reply, 'offset_out_of_range');
            assert.match(reply.p.message, /\b0\b.*\b10\b/);
            assertRefused(await at({ partition: 1 }), 'partition_not_found');
            assertRefused(await at({ topic: 'another' }), 'invalid_payload');
            const { o } = await client.subscribe(topic, inMode(mode, { from: [{ topic, partition: 0, offset: 10 }] }));
            assert.deepEqual(o, [{ topic, partition: 0, offset: 10 }]);
        });

        test('follows the topics that match a pattern, from their beginning if they come later', async (t) => {
            const client = await suite.server.connect(t);
            const family = unique('family');
            const [first, second, other] = [`${family}.1`, `${family}.2`, `x${family}`];
            await client.create(first, other);
            await client.publish({ t: first, m: 'before' });
            const pattern = `^${family}\\.`;
            const reply = await client.subscribe(pattern, inMode(mode, { from: 'earliest' }));
            assert.deepEqual(reply.p, [pattern]);
            assert.deepEqual(reply.o, [{ topic: first, partition: 0, offset: 0 }]);
            assert.equal((await client.notification()).p, 'before');

            await client.create(second);
            for (const topic of [second, other, first]) await client.publish({ t: topic, m: `in ${topic}` });
            const got = await client.notifications(2, 3 * patience);
            assert.deepEqual(values(got).sort(), [`in ${first}`, `in ${second}`]);
            const { p } = await client.fence();
            const mine = p.consumers.filter(({ topics }) => topics.includes(pattern));
            assert.deepEqual(mine.map(({ topics }) => topics), [[pattern]]);
        });

        test('is not made of a pattern that is none', async (t) => {
            const client = await suite.server.connect(t);
            const reply = await subscribe(client, { t: ['^a('], ...inMode(mode) });
            assertRefused(reply, 'invalid_topic');
            assert.match(reply.p.message, /missing \)/);
        });
    });
}

describe('a group', () => {
    const suite = serverFor(hasty);

    test('goes on where it is, wherever its member wants to begin', async (t) => {
        const topic = await (await suite.server.connect(t)).newTopic();
        const group = inMode('group', { from: 'earliest' });
        const first = await suite.server.connect(t);
        for (let i = 0; i < 4; ++i) await first.publish({ t: topic, m: String(i) });
        await first.subscribe(topic, group);
        assert.deepEqual(values(await first.notifications(4)), ['0', '1', '2', '3']);
        await first.unsubscribe();
        await first.publish({ t: topic, m: '4' });
        const second = await suite.server.connect(t);
        const { o } = await second.subscribe(topic, group);
        assert.deepEqual(o, [{ topic, partition: 0, offset: 4 }]);
        assert.equal((await second.notification()).p, '4');
    });

    test('tells each member where its own partitions begin', async (t) => {
        const group = inMode('group', { from: 'earliest' });
        const first = await suite.server.connect(t);
        const topic = await first.newTopic(2);
        await first.subscribe(topic, group);
        const second = await suite.server.connect(t);
        const { o } = await second.subscribe(topic, group);
        assert.equal(o.length, 1);
        assert.equal(o[0].offset, 0);
    });
});

describe('a broadcast', () => {
    const suite = serverFor(hasty);

    test('comes to every subscription, whole', async (t) => {
        const clients = [];
        for (let i = 0; i < 5; ++i) clients.push(await suite.server.connect(t));
        const topic = await clients[0].newTopic(3);
        for (const client of clients) await client.subscribe(topic, { mode: 'broadcast' });
        for (let i = 0; i < 30; ++i) await clients[0].publish({ t: topic, m: i, partition: i % 3 });
        for (const client of clients) {
            const got = values(await client.notifications(30)).map(Number);
            assert.deepEqual(got.sort((a, b) => a - b), [...Array(30).keys()]);
        }
    });

    test('continues from the cursor that its client kept, with nothing skipped or repeated', async (t) => {
        const sender = await suite.server.connect(t);
        const topic = await sender.newTopic(2);
        const cursor = new Map();
        const seen = [];
        const keep = (positions) => positions.forEach((each) => cursor.set(each.partition, each));
        let sent = 0;
        for (let round = 0; round < 4; ++round) {
            const client = await suite.server.connect(t);
            const from = cursor.size > 0 ? [...cursor.values()] : 'earliest';
            keep((await client.subscribe(topic, { mode: 'broadcast', meta: true, from })).o);
            for (let i = 0; i < 20; ++i, ++sent) sender.send({ t: 'notif', a: 'create',
                p: { t: topic, m: String(sent), partition: sent % 2 } });
            // All of them only in the last round.
            const count = round === 3 ? sent - seen.length : 7;
            for (const { p, o } of await client.notifications(count)) {
                seen.push(Number(p));
                keep([{ ...o, offset: o.offset + 1 }]);
            }
            client.terminate();
        }
        assert.deepEqual(seen.sort((a, b) => a - b), [...Array(sent).keys()]);
    });

    test('of a topic that is deleted ends, and says so', async (t) => {
        const client = await suite.server.connect(t);
        const reply = await subscribe(client, { t: [unique('missing')], mode: 'broadcast' });
        if (reply.s === 1) assertRefused(reply, 'topic_not_found');
        await eventually(patience, async () => (await client.fence()).s === 0, 'a connection that stays');
    });
});

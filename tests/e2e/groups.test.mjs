// Consumer groups on a real Kafka: what members share, and that nothing is lost between them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { isNotification } from './client.mjs';
import { Cluster, Witness } from './kafka.mjs';
import { assertRefused } from './refusal.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';

describe('a consumer group', () => {
    let cluster, witness, server;
    before(async () => {
        cluster = await Cluster.start();
        witness = await Witness.connect(cluster.bootstrap);
        server = await Server.start({ ...cluster.flags, 'websocket.idle_timeout': 3000 });
    });
    after(() => each(() => server?.stop(), () => witness?.close(), () => cluster?.stop()));

    async function topicOf(partitions = 1) {
        const topic = unique('group');
        await witness.createTopic(topic, partitions);
        return topic;
    }

    async function member(t, topic, group) {
        const client = await server.connect(t);
        await client.subscribe(topic, { consumer_group: group, meta: true });
        return client;
    }

    const waiting = (client) => client.messages.items.filter(isNotification);
    const places = (clients) =>
        new Set(clients.flatMap((client) => waiting(client).map(({ o }) => `${o.partition} ${o.offset}`)));

    /// Records 0, 1, … of one partition each.
    const records = (count, partitions, size = 10) =>
        Array.from({ length: count }, (_, i) => ({
            partition: i % partitions, value: String(i).padEnd(size, '.') }));

    test('shares partitions, and the others take over when one leaves', async (t) => {
        const topic = await topicOf(4);
        const group = unique('g');
        const [first, second] = [await member(t, topic, group), await member(t, topic, group)];
        assert.equal((await witness.group(group)).members, 2);
        await witness.produce(topic, records(400, 4));
        await eventually(patience, () => places([first, second]).size === 400, 'every record');
        const partitions = (client) => new Set(waiting(client).map(({ o }) => o.partition));
        assert.equal(partitions(first).size, 2);
        assert.equal(partitions(second).size, 2);
        assert.equal(waiting(first).length + waiting(second).length, 400, 'once each');

        const since = performance.now();
        first.terminate();
        await witness.produce(topic, records(400, 4));
        await eventually(patience, () => places([first, second]).size === 800, 'the rest');
        const passed = performance.now() - since;
        assert.ok(passed < 5000, `it left at once, not after a session timeout: ${passed} ms`);
        assert.equal((await witness.group(group)).members, 1);
    });

    test('is left at once by whom its socket was cut, closed or unsubscribed', async (t) => {
        for (const how of ['terminate', 'close', 'unsubscribe']) {
            const group = unique('g');
            const client = await member(t, await topicOf(), group);
            assert.equal((await witness.group(group)).members, 1);
            const since = performance.now();
            await client[how]();
            await eventually(patience, async () => (await witness.group(group)).members === 0, how);
            assert.ok(performance.now() - since < 3000, how);
        }
    });

    test('begins at the end and keeps that place for who comes later', async (t) => {
        const topic = await topicOf(2);
        const group = unique('g');
        await witness.produce(topic, records(10, 2));
        const first = await member(t, topic, group);
        first.terminate();
        await eventually(patience, async () => (await witness.group(group)).members === 0, 'it left');
        await witness.produce(topic, records(6, 2));
        const second = await member(t, topic, group);
        const got = await second.notifications(6);
        assert.deepEqual(got.map(({ o }) => o.offset).sort(), [5, 5, 6, 6, 7, 7]);
    });

    test('skips nothing while its members come and go', async (t) => {
        const topic = await topicOf(2);
        const group = unique('g');
        const seen = new Set();
        let sent = 0;
        for (let round = 0; round < 6; ++round) {
            const client = await server.connect(t);
            client.onNotification = ({ o }) => seen.add(`${o.partition} ${o.offset}`);
            await client.subscribe(topic, { consumer_group: group, meta: true });
            await witness.produce(topic, records(1000, 2));
            sent += 1000;
            // Sometimes it goes right in the middle, sometimes with everything read.
            const enough = round % 2 ? sent : sent - 900;
            await eventually(patience, () => seen.size >= enough, `${enough} records`);
            if (round % 3 === 0) await client.close();
            else client.terminate();
            await witness.produce(topic, records(1000, 2));
            sent += 1000;
        }
        const last = await server.connect(t);
        last.onNotification = ({ o }) => seen.add(`${o.partition} ${o.offset}`);
        await last.subscribe(topic, { consumer_group: group, meta: true });
        await eventually(patience, () => seen.size === sent, `all ${sent} records`);
    });

    test('commits what was written, while the subscription lasts and at its end', async (t) => {
        const topic = await topicOf(2);
        const group = unique('g');
        const client = await member(t, topic, group);
        await witness.produce(topic, records(200, 2));
        await client.notifications(200);
        await eventually(patience, async () =>
            String(await witness.committed(group, topic)) === '100,100', 'a commit while it lasts');
        await witness.produce(topic, records(20, 2));
        await client.notifications(20);
        await client.unsubscribe();
        assert.deepEqual(await witness.committed(group, topic), [110, 110]);
    });

    test('has no more members here than allowed', async (t) => {
        const small = await Server.start({ ...cluster.flags, 'kafka.max_group_members': 1 });
        t.after(() => small.kill());
        const topic = await topicOf();
        const [first, second] = [await small.connect(t), await small.connect(t)];
        const subscribe = (client) =>
            client.request({ t: 'topic', a: 'subscribe', p: { t: [topic], consumer_group: unique('g') } });
        assert.equal((await subscribe(first)).s, 0);
        assertRefused(await subscribe(second), 'limit_reached');
        first.terminate();
        await eventually(patience, async () => (await subscribe(second)).s === 0, 'room again');
        await small.stop();
    });

    // What the kernel holds counts as written; it is a few MiB. These records are many more.
    const size = 10_000;
    const count = 5000;

    for (const how of ['is cut off by its client', 'is given up for being silent']) {
        test(`loses nothing when a slow connection ${how}`, async (t) => {
            const topic = await topicOf();
            const group = unique('g');
            const slow = await member(t, topic, group);
            slow.keepFrames = false;
            slow.socket.pause();
            for (let i = 0; i < count; i += 50) await witness.produce(topic, records(50, 1, size));
            if (how === 'is cut off by its client') slow.terminate();
            await eventually(patience, async () => (await witness.group(group)).members === 0, 'it left');
            slow.socket.resume();
            const { code } = await slow.closed();
            assert.ok([1006, 4000].includes(code), String(code));

            const read = waiting(slow).map(({ o }) => o.offset);
            assert.deepEqual(read, Array.from({ length: read.length }, (_, i) => i), 'no gap');
            const [committed] = await witness.committed(group, topic);
            assert.ok(committed * size < 24 << 20, `${committed} committed: not what waits here`);

            const next = await server.connect(t);
            next.keepFrames = false;
            await next.subscribe(topic, { consumer_group: group, meta: true });
            const rest = (await next.notifications(count - committed, 30_000)).map(({ o }) => o.offset);
            assert.deepEqual(rest, Array.from({ length: count - committed }, (_, i) => committed + i));
            if (how === 'is given up for being silent') {
                assert.ok(committed <= read.length, `read ${read.length}, committed ${committed}`);
            }
        });
    }
});

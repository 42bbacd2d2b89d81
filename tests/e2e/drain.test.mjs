// SIGTERM: not ready first, then what was sent is flushed, what was received is committed, and every
// connection is told.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Cluster, Witness } from './kafka.mjs';
import { Load, send } from './load.mjs';
import { Server, anyBroker } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience, within } from './wait.mjs';

const hour = 3_600_000;

describe('a server that is told to stop', () => {
    let cluster, witness;
    before(async () => {
        cluster = await Cluster.own(1);
        witness = await Witness.connect(cluster.bootstrap);
    });
    after(() => each(() => witness?.close(), () => cluster?.stop()));

    async function started(t, options = {}) {
        const server = await Server.start({ ...cluster.flags, ...options });
        t.after(() => server.kill());
        const topic = unique('drain');
        await witness.createTopic(topic);
        return { server, topic };
    }

    /// Waits for the end, which must be a clean one.
    async function ended(server, ms = patience) {
        const { code, signal } = await within(ms, server.exited, 'the end after SIGTERM');
        assert.equal(code, 0, `${signal}\n${server.stderr.slice(-2000)}`);
        server.checkLog();
    }

    test('flushes what was sent', async (t) => {
        const { server, topic } = await started(t, {
            'producer.mq_limit': 100_000, 'producer.mq_interval': hour });
        const client = await server.connect(t);
        for (let i = 0; i < 5; ++i) {
            client.send(Array.from({ length: 1000 }, (_, j) =>
                ({ t: 'notif', a: 'create', p: { t: topic, m: i * 1000 + j } })));
        }
        await client.fence();
        server.signal('SIGTERM');
        assert.deepEqual(await client.closed(), { code: 1001, reason: 'draining' });
        await ended(server);
        const found = await witness.read(topic);
        assert.deepEqual(found.map(({ value }) => Number(value.toString())), [...Array(5000).keys()]);
    });

    test('answers the sends that wait for their acknowledgement', async (t) => {
        const { server, topic } = await started(t, {
            'producer.mq_limit': 100_000, 'producer.mq_interval': hour });
        const client = await server.connect(t);
        for (let id = 0; id < 100; ++id) {
            client.send({ id, t: 'notif', a: 'create', p: { t: topic, m: id, ack: true } });
        }
        await client.fence();
        server.signal('SIGTERM');
        for (let id = 0; id < 100; ++id) {
            assert.deepEqual((await client.reply(id)).p, { topic, partition: 0, offset: id });
        }
        assert.deepEqual(await client.closed(), { code: 1001, reason: 'draining' });
        await ended(server);
    });

    test('commits what was received, and leaves the group', async (t) => {
        const { server, topic } = await started(t);
        const group = unique('g');
        const client = await server.connect(t);
        await client.subscribe(topic, { consumer_group: group });
        await witness.produce(topic, Array.from({ length: 1000 }, (_, i) => ({ value: String(i) })));
        await client.notifications(1000);
        server.signal('SIGTERM');
        assert.equal((await client.closed()).code, 1001);
        await ended(server);
        assert.deepEqual(await witness.committed(group, topic), [1000]);
        assert.equal((await witness.group(group)).members, 0);
    });

    test('loses nothing under load in both directions', async (t) => {
        const { server, topic } = await started(t);
        const group = unique('g');
        const received = new Set();
        const subscriber = await server.connect(t);
        subscriber.keepFrames = false;
        subscriber.onNotification = ({ p }) => received.add(Number(p));
        await subscriber.subscribe(topic, { consumer_group: group });
        const client = await server.connect(t);
        const load = new Load(client, (i) => send({ t: topic, m: String(i) }), 500);
        await eventually(patience, () => load.acknowledged.size > 3000, 'a load');
        server.signal('SIGTERM');
        assert.equal((await client.closed()).code, 1001);
        assert.equal((await subscriber.closed()).code, 1001);
        await ended(server);

        for (const { code } of load.refused.values()) assert.equal(code, 'draining');
        const found = (await witness.read(topic)).map(({ value }) => Number(value.toString()));
        const there = new Set(found);
        for (const i of load.acknowledged.keys()) assert.ok(there.has(i), `record ${i}`);
        for (const i of load.refused.keys()) assert.ok(!there.has(i), `record ${i} was refused`);
        const [committed] = await witness.committed(group, topic);
        for (const i of found.slice(0, committed)) assert.ok(received.has(i), `${i} was committed`);
    });

    test('ends at once when nobody is there', async (t) => {
        const { server } = await started(t, { 'shutdown.timeout': 30_000 });
        const since = performance.now();
        server.signal('SIGTERM');
        await ended(server);
        assert.ok(performance.now() - since < 3000);
    });

    test('ends cleanly right after it was ready', async (t) => {
        for (let i = 0; i < 10; ++i) {
            const server = await Server.start();
            t.after(() => server.kill());
            server.signal('SIGTERM');
            await ended(server);
        }
    });

    test('ends on SIGINT in the same way', async (t) => {
        const { server } = await started(t);
        const client = await server.connect(t);
        server.signal('SIGINT');
        assert.equal((await client.closed()).code, 1001);
        await ended(server);
    });

    test('does not wait for a client that does not read', async (t) => {
        const { server, topic } = await started(t, { 'shutdown.timeout': 3000 });
        const slow = await server.connect(t);
        await slow.subscribe(topic, { consumer_group: unique('g') });
        slow.socket.pause();
        const value = 'x'.repeat(10_000);
        for (let i = 0; i < 40; ++i) {
            await witness.produce(topic, Array.from({ length: 50 }, () => ({ value })));
        }
        server.signal('SIGTERM');
        await ended(server, 6000);
    });

    for (const subscribed of [true, false]) {
        test(`is left at once by clients ${subscribed ? 'with' : 'without'} a subscription`, async (t) => {
            const server = await Server.start(anyBroker);
            t.after(() => server.kill());
            const client = await server.connect(t);
            const topic = unique('drain');
            await client.create(topic);
            if (subscribed) await client.subscribe(topic, { consumer_group: unique('g') });
            const load = new Load(client, (i) => send({ t: topic, m: String(i) }));
            await eventually(patience, () => load.acknowledged.size > 1000, 'a load');
            const since = performance.now();
            server.signal('SIGTERM');
            assert.equal((await client.closed()).code, 1001);
            await ended(server);
            assert.ok(performance.now() - since < 3000, `${performance.now() - since} ms`);
        });
    }

    describe('while its broker is gone', () => {
        before(async () => cluster.kill(1));
        after(async () => cluster.run(1));

        /// A server in the middle of its drain: the send that it was given cannot be flushed.
        async function draining(t, options) {
            const server = await Server.start({ ...cluster.flags, ...options });
            t.after(() => server.kill());
            const client = await server.connect(t);
            client.send({ id: 1, t: 'notif', a: 'create', p: { t: 'gone', m: 'x', ack: true } });
            await client.fence();
            server.signal('SIGTERM');
            return { server, client };
        }

        test('says that it is not ready, and lets nobody in', async (t) => {
            const { server } = await draining(t, { 'shutdown.timeout': 4000 });
            await eventually(3000, async () => {
                const response = await server.get('/readyz');
                return response.status === 503 && /drain|stop|shut/.test(await response.text());
            }, 'unreadiness that names the drain');
            assert.equal((await server.get('/healthz')).status, 200);
            await assert.rejects(server.connect(t));
            await ended(server);
        });

        test('ends in time all the same', async (t) => {
            const since = performance.now();
            const { server, client } = await draining(t, { 'shutdown.timeout': 2000 });
            assert.equal((await client.closed()).code, 1001);
            await ended(server);
            assert.ok(performance.now() - since < 4500, `${performance.now() - since} ms`);
        });

        test('ends at once at the second signal', async (t) => {
            const { server } = await draining(t, { 'shutdown.timeout': 60_000 });
            await eventually(3000, async () => (await server.get('/readyz')).status === 503, 'the drain');
            const since = performance.now();
            server.signal('SIGTERM');
            await within(2000, server.exited, 'the end after the second signal');
            assert.ok(performance.now() - since < 2000);
            server.checkLog();
        });
    });
});

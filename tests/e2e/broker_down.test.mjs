// The broker is not there, or goes and comes back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Cluster, Witness } from './kafka.mjs';
import { Load, send } from './load.mjs';
import { frame, opcode } from './raw.mjs';
import { assertRefused } from './refusal.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience, within } from './wait.mjs';

const MiB = 1 << 20;
const options = {
    'kafka.probe_interval': 300,
    'requests.timeout': 2000,
    'consumer.join_timeout': 3000,
    'producer.flush_timeout': 2000,
    'producer.mq_interval': 5,
    'kafka.producer.delivery.timeout.ms': 4000,
};

describe('when the broker is down', () => {
    let cluster;
    before(async () => (cluster = await Cluster.own(1)));
    after(async () => cluster?.stop());

    const readiness = async (server) => {
        const response = await server.get('/readyz');
        return { status: response.status, body: await response.text() };
    };

    test('at start, the server starts, says so, and works once it is there', async (t) => {
        await cluster.kill(1);
        const server = await Server.start({ ...cluster.flags, ...options });
        t.after(() => server.kill());
        assert.equal((await server.get('/healthz')).status, 200);
        const { status, body } = await readiness(server);
        assert.equal(status, 503);
        assert.match(body, /kafka/);
        const [broker] = (await server.health()).brokers;
        assert.equal(broker.up, false);
        assert.ok(broker.reason.length > 0);

        const client = await server.connect(t);
        const topic = unique('down');
        const requests = {
            list: { t: 'topic', a: 'list' },
            create: { t: 'topic', a: 'create', p: [topic] },
            subscribe: { t: 'topic', a: 'subscribe', p: { t: [topic] } },
            send: { t: 'notif', a: 'create', p: { t: topic, m: 'x', ack: true } },
            quiet: { t: 'notif', a: 'create', p: { t: topic, m: 'x' } },
        };
        const replies = Object.entries(requests).map(async ([name, request]) =>
            [name, await client.request(request, 15_000)]);
        assert.equal((await client.fence(2000)).s, 0, 'while they wait');
        for (const [name, reply] of await Promise.all(replies)) {
            const codes = name === 'send' || name === 'quiet'
                ? ['broker_unavailable', 'delivery_failed']
                : ['broker_unavailable', 'request_timeout'];
            assertRefused(reply, ...codes);
        }

        await cluster.run(1);
        await eventually(20_000, async () => (await readiness(server)).status === 200, 'readiness');
        await client.create(topic);
        await client.subscribe(topic);
        await client.publish({ t: topic, m: 'at last' });
        assert.equal((await client.notification()).p, 'at last');
        client.terminate();
        await server.stop();
    });

    test('under load, nothing acknowledged is lost and the rest is reported', async (t) => {
        const server = await Server.start({ ...cluster.flags, ...options });
        t.after(() => server.kill());
        const witness = await Witness.connect(cluster.bootstrap);
        t.after(() => witness.close());
        const topic = unique('dies');
        await witness.createTopic(topic, 2);

        const subscriber = await server.connect(t);
        const received = new Set();
        subscriber.keepFrames = false;
        subscriber.onNotification = ({ p }) => received.add(Number(p));
        await subscriber.subscribe(topic, { consumer_group: unique('g') });

        const client = await server.connect(t);
        const load = new Load(client, (i) => send({ t: topic, m: String(i), k: `key ${i % 10}` }));
        await eventually(patience, () => load.acknowledged.size > 2000, 'a load');
        await cluster.kill(1);
        await eventually(patience, async () => (await readiness(server)).status === 503, 'unreadiness');
        const other = await server.connect(t);
        for (let i = 0; i < 20; ++i) assert.equal((await other.fence(1000)).s, 0);
        // More of it than the delivery timeout, so that some sends fail.
        await eventually(20_000, () => load.refused.size > 0, 'a refused send');

        await cluster.run(1);
        await eventually(30_000, async () => (await readiness(server)).status === 200, 'readiness');
        const then = load.acknowledged.size;
        await eventually(30_000, () => load.acknowledged.size > then + 1000, 'acknowledgements again');
        await within(30_000, load.stop(), 'an answer to every send');

        assert.equal(load.acknowledged.size + load.refused.size, load.sent);
        for (const { code } of load.refused.values()) {
            assert.ok(['delivery_failed', 'broker_unavailable', 'request_timeout'].includes(code), code);
        }
        const found = await witness.read(topic);
        const byPlace = new Map(found.map(({ partition, offset, value }) =>
            [`${partition} ${offset}`, Number(value.toString())]));
        for (const [i, { partition, offset }] of load.acknowledged) {
            assert.equal(byPlace.get(`${partition} ${offset}`), i, `record ${i}`);
        }
        await eventually(60_000, () => found.every(({ value }) => received.has(Number(value.toString()))),
            'everything at the subscriber');
        for (const each of [client, subscriber, other]) each.terminate();
        await server.stop();
    });

    test('a flood of sends is read no further, and arrives when it is back', async (t) => {
        const server = await Server.start({ ...cluster.flags, 'kafka.probe_interval': 300 });
        t.after(() => server.kill());
        const witness = await Witness.connect(cluster.bootstrap);
        t.after(() => witness.close());
        const topic = unique('flood');
        await witness.createTopic(topic);
        const other = await server.connect(t);
        const raw = await server.raw(t);
        const send = (m) => ({ t: 'notif', a: 'create', p: { t: topic, m } });
        raw.write(frame(opcode.text, JSON.stringify(send('first'))));
        await eventually(patience, async () => (await witness.ends(topic))[0] === 1, 'the first');

        await cluster.kill(1);
        const before = await server.memory();
        const batch = JSON.stringify(Array(100).fill(send('x'.repeat(1000))));
        const taken = await raw.fill(frame(opcode.text, batch), 200 * MiB);
        assert.ok(taken < 64 * MiB, `it took ${Math.round(taken / MiB)} MiB`);
        const grown = (await server.memory()) - before;
        assert.ok(grown < 64 * MiB, `grown by ${Math.round(grown / MiB)} MiB`);
        assert.equal((await other.fence(1000)).s, 0);

        await cluster.run(1);
        const frames = Math.floor(taken / batch.length);
        await eventually(60_000, async () => (await witness.ends(topic))[0] >= 1 + frames * 100,
            'all that was taken');
        raw.terminate();
        other.terminate();
        await server.stop();
    });

    test('for good, connections end and leave no orphans behind', async (t) => {
        // What librdkafka could not commit it keeps for as long as a session.
        const server = await Server.start({ ...cluster.flags, ...options, 'shutdown.timeout': 3000,
            'kafka.consumer.session.timeout.ms': 6000 });
        const other = await Server.start({ ...cluster.flags, ...options });
        t.after(() => each(() => server.kill(), () => other.kill()));
        const witness = await Witness.connect(cluster.bootstrap);
        const topic = unique('gone');
        await witness.createTopic(topic);
        await witness.close();
        const clients = [];
        for (let i = 0; i < 5; ++i) {
            const client = await server.connect(t);
            await client.subscribe(topic, { consumer_group: unique('g') });
            await client.publish({ t: topic, m: 'x' });
            clients.push(client);
        }
        await (await other.connect(t)).subscribe(topic, { consumer_group: unique('g') });
        await cluster.kill(1);
        for (const one of [server, other]) {
            await eventually(patience, async () => (await readiness(one)).status === 503, 'unreadiness');
        }
        const since = performance.now();
        await other.stop({ settle: false });
        assert.ok(performance.now() - since < 8000, 'SIGTERM waits for no goodbye');
        const left = await clients[0].request({ t: 'topic', a: 'unsubscribe' }, 8000);
        assert.equal(left.s, 0);
        for (const client of clients) {
            client.send({ t: 'notif', a: 'create', p: { t: topic, m: 'lost' } });
            await client.fence();
            client.terminate();
        }
        await server.settled(20_000);
        await server.stop();
        await cluster.run(1);
    });
});

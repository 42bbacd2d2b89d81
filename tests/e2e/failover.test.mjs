// Three brokers, and the leader killed under load: what was acknowledged is in the topic.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Cluster, Witness } from './kafka.mjs';
import { Load, send } from './load.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, within } from './wait.mjs';

describe('when a leader is killed', () => {
    let cluster, witness, server;
    before(async () => {
        cluster = await Cluster.own(3);
        witness = await Witness.connect(cluster.bootstrap);
        server = await Server.start({ ...cluster.flags, 'producer.mq_interval': 5 });
    });
    after(() => each(() => server?.stop({ ms: 20_000 }), () => witness?.close(), () => cluster?.stop()));

    test('every acknowledged send is in the topic, and the server goes on', async (t) => {
        const topic = unique('failover');
        const partitions = 3;
        await witness.createTopic(topic, partitions, 3, { 'min.insync.replicas': '2' });

        const received = new Set();
        const subscriber = await server.connect(t);
        subscriber.keepFrames = false;
        subscriber.onNotification = ({ p }) => received.add(Number(p));
        await subscriber.subscribe(topic, { consumer_group: unique('g') });

        const client = await server.connect(t);
        const load = new Load(client, (i) => send({ t: topic, m: String(i), k: `key ${i % 10}` }));
        const acknowledgedIn = (partition, from) =>
            [...load.acknowledged].filter(([i, p]) => i >= from && p.partition === partition).length;
        await eventually(20_000, () =>
            [...Array(partitions).keys()].every((partition) => acknowledgedIn(partition, 0) > 500),
        'a load on every partition');

        const { leader } = (await witness.partitions(topic))[0];
        await cluster.kill(leader);
        const then = load.sent;
        await eventually(60_000, () =>
            [...Array(partitions).keys()].every((partition) => acknowledgedIn(partition, then) > 500),
        'acknowledgements from every partition after the kill');
        await within(60_000, load.stop(), 'an answer to every send');
        assert.equal(load.acknowledged.size + load.refused.size, load.sent);

        const found = await witness.read(topic, 60_000);
        const byPlace = new Map(found.map(({ partition, offset, value }) =>
            [`${partition} ${offset}`, Number(value.toString())]));
        for (const [i, { partition, offset }] of load.acknowledged) {
            assert.equal(byPlace.get(`${partition} ${offset}`), i, `record ${i}`);
        }
        const last = new Map();
        for (const { key, value } of found) {
            const i = Number(value.toString());
            assert.ok(i > (last.get(key.toString()) ?? -1), `${key}: ${i} in its place, and once`);
            last.set(key.toString(), i);
        }
        await eventually(30_000, () => found.every(({ value }) => received.has(Number(value.toString()))),
            'everything at the subscriber');

        const other = await server.connect(t);
        await other.publish({ t: topic, m: '-1' });
        assert.equal((await server.get('/readyz')).status, 200);
        assert.equal((await server.get('/healthz')).status, 200);
    });
});

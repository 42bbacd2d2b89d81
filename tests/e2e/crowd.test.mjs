// Broadcasts on a real Kafka, by the thousand and across servers, with kafkajs as the witness.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Cluster, Witness } from './kafka.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';

describe('on a real Kafka', () => {
    let cluster, witness, server;
    before(async () => {
        cluster = await Cluster.start();
        witness = await Witness.connect(cluster.bootstrap);
        server = await Server.start({ ...cluster.flags, 'consumer.mq_interval': 5 });
    });
    after(() => each(() => server?.stop(), () => witness?.close(), () => cluster?.stop()));

    const broadcast = { mode: 'broadcast', meta: true };
    const record = (i) => ({ partition: i % 3, key: `k${i % 20}`, value: JSON.stringify({ n: i, odd: i % 2 === 1 }) });
    const records = (from, to) => Array.from({ length: to - from }, (_, i) => record(from + i));

    test('two thousand subscribers each get exactly their records', async (t) => {
        const topic = unique('crowd');
        await witness.createTopic(topic, 3);
        await witness.produce(topic, records(0, 300));

        const ends = await witness.ends(topic);
        const kinds = [
            { options: {}, wants: ({ since }) => since >= 0 },
            { options: { from: 'earliest' }, wants: () => true },
            { options: { from: { last: 10 } }, wants: ({ since }) => since >= -10 },
            { options: { filter: { odd: true } }, wants: ({ since, odd }) => since >= 0 && odd },
            { options: { filter: { n: { lt: 500 } }, from: 'earliest' }, wants: ({ n }) => n < 500 },
            { options: { keys: ['k3', 'k4'] }, wants: ({ since, n }) => since >= 0 && [3, 4].includes(n % 20) },
        ];
        const expected = kinds.map(() => []);
        const subscribers = [];
        for (let i = 0; i < 2000; i += 50) {
            subscribers.push(...await Promise.all(Array.from({ length: 50 }, async (_, k) => {
                const kind = (i + k) % kinds.length;
                const client = await server.connect(t);
                client.keepFrames = false;
                const got = [];
                client.onNotification = ({ o, p }) => got.push(`${o.partition} ${o.offset} ${p}`);
                await client.subscribe(topic, { ...broadcast, ...kinds[kind].options }, 60_000);
                return { kind, got, client };
            })));
        }
        const [broker] = (await server.health()).brokers;
        assert.equal(broker.consumers, 0);
        assert.ok(broker.readers <= 1 + 64, `${broker.readers} readers`);

        for (let i = 300; i < 900; i += 100) await witness.produce(topic, records(i, i + 100));
        for (const { partition, offset, value } of await witness.read(topic)) {
            const text = value.toString();
            const seen = { ...JSON.parse(text), since: offset - ends[partition] };
            kinds.forEach(({ wants }, kind) => {
                if (wants(seen)) expected[kind].push(`${partition} ${offset} ${text}`);
            });
        }
        await eventually(60_000, () => {
            const short = subscribers.filter(({ kind, got }) => got.length < expected[kind].length);
            if (short.length === 0) return true;
            const [{ kind, got, client }] = short;
            const lacks = expected[kind].filter((line) => !got.includes(line));
            throw new Error(`${short.length} subscribers are short; the first, of kind ${kind}, has ${got.length}, ` +
                `lacks ${lacks.length} from ${lacks[0]} to ${lacks.at(-1)}, and was told ` +
                JSON.stringify(client.messages.items.slice(0, 3)));
        }, 'every record', 200);
        for (const { kind, got } of subscribers) {
            for (const partition of ['0', '1', '2']) {
                const of = (all) => all.filter((line) => line.startsWith(`${partition} `));
                assert.deepEqual(of(got), of(expected[kind]), `kind ${kind}, in order and once each`);
            }
        }
    });

    test('a cursor goes on at another server, under load, without a gap or a repeat', async (t) => {
        const topic = unique('cursor');
        await witness.createTopic(topic, 3);
        const other = await Server.start({ ...cluster.flags, 'consumer.mq_interval': 5 });
        t.after(() => other.stop());

        let next = 0;
        let running = true;
        const load = (async () => {
            for (; running; next += 50) await witness.produce(topic, records(next, next + 50));
        })();
        try {
            const seen = [];
            const cursor = new Map();
            const follow = async (from, url, count) => {
                const client = await from.connect(t);
                client.keepFrames = false;
                const { o } = await client.subscribe(topic,
                    { ...broadcast, from: cursor.size ? [...cursor.values()] : 'earliest' });
                for (const each of o) if (!cursor.has(each.partition)) cursor.set(each.partition, each);
                for (let i = 0; i < count; ++i) {
                    const { o: at } = await client.notification();
                    seen.push(`${at.partition} ${at.offset}`);
                    cursor.set(at.partition, { ...at, offset: at.offset + 1 });
                }
                client.terminate();
            };
            for (let round = 0; round < 6; ++round) {
                const from = round % 2 ? other : server;
                await follow(from, from.url, 700);
            }
            assert.equal(new Set(seen).size, seen.length, 'no repeat');
            for (const { partition, offset } of cursor.values()) {
                const of = seen.filter((line) => line.startsWith(`${partition} `))
                    .map((line) => Number(line.split(' ')[1]));
                assert.deepEqual(of, Array.from({ length: offset }, (_, i) => i), 'no gap');
            }
        } finally {
            running = false;
            await load;
        }
    });

    test('records that expired are announced, and reading goes on behind them', async (t) => {
        const topic = unique('expired');
        await witness.createTopic(topic, 1, 1, { 'retention.ms': '60000' });
        const old = String(Date.now() - 3_600_000);
        await witness.produce(topic, Array.from({ length: 20 }, (_, i) => ({ value: String(i), timestamp: old })));
        const reader = await server.connect(t);
        const subscribe = (from) => reader.request({ t: 'topic', a: 'subscribe',
            p: { t: [topic], ...broadcast, from } });
        const refusal = await eventually(30_000, async () => {
            const reply = await subscribe([{ topic, partition: 0, offset: 5 }]);
            return reply.s === 1 ? reply.p : null;
        }, 'the end of the old records');
        assert.equal(refusal.code, 'offset_out_of_range');
        assert.match(refusal.message, /20/);
        assert.equal((await subscribe('earliest')).o[0].offset, 20);
        await witness.produce(topic, [{ value: 'new' }]);
        const { o } = await reader.next((message) => message.o?.topic === topic && message.o.offset >= 20);
        assert.equal(o.offset, 20);
    });
});

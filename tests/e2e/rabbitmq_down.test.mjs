// RabbitMQ ends, or takes nothing, while clients send messages by a route.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Load } from './load.mjs';
import { Rabbit, Witness } from './rabbitmq.mjs';
import { frame, opcode } from './raw.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience, within } from './wait.mjs';

const MiB = 1 << 20;

/// How long a RabbitMQ takes to start, on a busy machine.
const start = 150_000;

describe('while messages are routed, a RabbitMQ', () => {
    const prefix = unique('q');
    let rabbit, server;
    before(async () => {
        rabbit = await Rabbit.start();
        server = await Server.configured({
            brokers: [rabbit.entry('rabbit', { min_backoff: '20ms', max_backoff: '200ms',
                heartbeat: '2s' }), { name: 'embedded', kind: 'memory' }],
            routes: [
                { filter: { to: '/./' }, broker: 'rabbit', queue: `${prefix}.{to}` },
                { field: 'both', value: true, broker: 'embedded', queue: 'both' },
            ],
        }, { 'producer.mq_interval': 5, 'consumer.mq_interval': 5, 'amqp.delivery_timeout': '5m' });
        const client = await server.connect({ after: () => {} });
        await client.create('embedded:both');
        client.terminate();
    });
    after(() => each(() => server?.stop({ ms: 30_000 }), () => rabbit?.stop()));

    const readiness = async () => {
        const response = await server.get('/readyz');
        return { status: response.status, body: await response.text() };
    };
    const isReady = async () => (await readiness()).status === 200;

    /// A witness of the RabbitMQ as it is now.
    async function witnessFor(t) {
        const witness = await Witness.connect(rabbit);
        t.after(() => witness.close());
        return witness;
    }

    const outages = {
        'that is killed': async (whileDown) => {
            await rabbit.kill();
            await whileDown({ isUnready: true });
            await rabbit.run();
        },
        'that is stopped and started': async (whileDown) => {
            await rabbit.stopBroker();
            await whileDown({ isUnready: true });
            await rabbit.startBroker();
        },
        'that has a memory alarm': async (whileDown) => {
            await rabbit.setAlarm();
            await whileDown({ isUnready: false });
            await rabbit.clearAlarm();
        },
    };

    for (const [name, outage] of Object.entries(outages)) {
        test(`${name} loses nothing acknowledged, and every message is answered`, async (t) => {
            const to = unique('load');
            const clients = [await server.connect(t), await server.connect(t)];
            const loads = clients.map((client, of) => new Load(client, (i) =>
                ({ to, both: true, of, i, ack: true, filler: 'x'.repeat(300) })));
            const acknowledged = () => loads.map((load) => load.acknowledged.size);
            await eventually(patience, () => acknowledged().every((count) => count > 500), 'a load');

            await outage(async ({ isUnready }) => {
                // What the broker had read before it stopped may be confirmed some time later.
                let last;
                let since;
                await eventually(patience, () => {
                    const now = acknowledged().join();
                    if (now !== last) since = Date.now();
                    last = now;
                    return Date.now() - since >= 2000;
                }, 'the end of acknowledgements');
                if (isUnready) {
                    await eventually(patience, async () => !(await isReady()), 'unreadiness');
                    const { body } = await readiness();
                    assert.match(body, /broker rabbit: /);
                    assert.doesNotMatch(body, /broker embedded/);
                }
                const other = await server.connect(t);
                for (let i = 0; i < 20; ++i) assert.equal((await other.fence()).s, 0);
                const { s } = await other.request({ t: 'notif', a: 'create',
                    p: { t: 'embedded:both', m: 'meanwhile', ack: true } });
                assert.equal(s, 0);
                assert.equal(acknowledged().join(), last, 'nothing is acknowledged meanwhile');
            });
            await eventually(start, isReady, 'readiness');
            const then = acknowledged();
            await eventually(start, () =>
                acknowledged().every((count, i) => count > then[i] + 500), 'acknowledgements again');
            for (const load of loads) await within(60_000, load.stop(), 'an answer to every message');

            const witness = await witnessFor(t);
            const found = new Set((await witness.takeAll(`${prefix}.${to}`)).map(({ text }) => {
                const { of, i } = JSON.parse(text);
                return `${of} ${i}`;
            }));
            for (const [of, load] of loads.entries()) {
                assert.equal(load.refused.size, 0, JSON.stringify([...load.refused.values()][0]));
                assert.equal(load.acknowledged.size, load.sent);
                for (const i of load.acknowledged.keys()) assert.ok(found.has(`${of} ${i}`), `${of} ${i}`);
            }
        });
    }

    const floods = {
        'that is away': { begin: () => rabbit.kill(), end: () => rabbit.run() },
        'that has a memory alarm': { begin: () => rabbit.setAlarm(), end: () => rabbit.clearAlarm() },
    };

    for (const [name, { begin, end }] of Object.entries(floods)) {
        test(`${name} lets sockets be read no further, and all arrives when it is well`, async (t) => {
            const to = unique('flood');
            const queue = `${prefix}.${to}`;
            const other = await server.connect(t);
            const floods = [await server.raw(t), await server.raw(t)];
            const first = await server.connect(t);
            assert.equal((await first.answer(JSON.stringify({ id: 1, to, ack: true }))).s, 0);

            await begin();
            const before = await server.memory();
            const batch = JSON.stringify(Array(100).fill({ to, filler: 'x'.repeat(1000) }));
            const taken = await Promise.all(floods.map((raw) =>
                raw.fill(frame(opcode.text, batch), 200 * MiB)));
            for (const bytes of taken) {
                assert.ok(bytes < 64 * MiB, `it took ${Math.round(bytes / MiB)} MiB`);
            }
            const grown = (await server.memory()) - before;
            assert.ok(grown < 64 * MiB, `grown by ${Math.round(grown / MiB)} MiB`);
            assert.equal((await other.fence()).s, 0);

            await end();
            await eventually(start, isReady, 'readiness');
            const witness = await witnessFor(t);
            const frames = taken.reduce((sum, bytes) => sum + Math.floor(bytes / batch.length), 0);
            await eventually(60_000, async () => await witness.depth(queue) >= 1 + frames * 100,
                'all that was taken');
        });
    }
});

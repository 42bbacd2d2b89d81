// RabbitMQs that cannot be used, and queues that are not what a route wants: who sends to them is
// told why, and the other brokers do not notice.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Rabbit, Witness } from './rabbitmq.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';

const unusable = {
    stranger: { what: 'wrong credentials', more: { password: 'wrong' }, reason: /ACCESS_REFUSED/ },
    elsewhere: { what: 'a wrong vhost', more: { vhost: '/elsewhere' }, reason: /vhost.*\/elsewhere/ },
    closed: { what: 'a closed port', more: { hosts: '127.0.0.1:1' }, reason: /127\.0\.0\.1:1/,
        waits: true },
};

describe('an AMQP broker that cannot be used', () => {
    const queue = unique('q');
    let rabbit, witness, server;
    before(async () => {
        rabbit = await Rabbit.start();
        witness = await Witness.connect(rabbit);
        await witness.declareQueue(`${queue}.odd`, { durable: false });
        await witness.declareQueue(`${queue}.bounded`, { maxLength: 5 });
        const targets = [...Object.keys(unusable).map((broker) => [broker, { broker, queue }]),
            ['odd', { broker: 'rabbit', queue: `${queue}.odd` }],
            ['bounded', { broker: 'rabbit', queue: `${queue}.bounded` }],
            ['default', { broker: 'rabbit', exchange: '', routing_key: `${queue}.odd` }],
            ['nowhere', { broker: 'rabbit', exchange: '', routing_key: `${queue}.nowhere` }]];
        server = await Server.configured({
            brokers: [
                rabbit.entry('rabbit'),
                { name: 'embedded', kind: 'memory' },
                ...Object.entries(unusable).map(([name, { more }]) => rabbit.entry(name, more)),
            ],
            routes: targets.flatMap(([value, route]) => [
                { field: 'to', value, ...route },
                { field: 'to', value, broker: 'rabbit', queue: `${queue}.kept` },
                { field: 'to', value, broker: 'embedded', queue: 'kept' },
            ]),
        }, { 'amqp.delivery_timeout': '5s' });
        await twoUp();
        const client = await server.connect({ after: () => {} });
        await client.create('embedded:kept');
        client.terminate();
    });
    after(() => each(() => server?.stop(), () => witness?.close(), () => rabbit?.stop()));

    const twoUp = () => eventually(patience, async () => {
        const { brokers } = await server.health();
        return brokers.filter(({ up }) => up).length === 2;
    }, 'two brokers up');

    /// Sends a message by the routes of `to`: what became of it at the first of them, while both
    /// others have it.
    async function fateOf(t, to) {
        const client = await server.connect(t);
        const { p } = await client.answer(JSON.stringify({ id: 1, to, ack: true }));
        assert.deepEqual((await witness.takeAll(`${queue}.kept`)).length, 1);
        const places = p.results ?? p;
        assert.equal(places[1].topic, `${queue}.kept`);
        assert.equal(places[2].topic, 'kept');
        return p.results ? p.results[0] : p[0];
    }

    for (const [broker, { what, reason, waits }] of Object.entries(unusable)) {
        test(`${what}: a message for it fails with the reason, elsewhere it arrives`, async (t) => {
            const { code, message } = await fateOf(t, broker);
            // A broker that refuses us is not waited for.
            assert.equal(code, waits ? 'delivery_failed' : 'broker_unavailable');
            assert.match(message, reason);
        });
    }

    test('/readyz and /health say which, and why', async () => {
        const response = await server.get('/readyz');
        assert.equal(response.status, 503);
        const text = await response.text();
        const { brokers } = await server.health();
        for (const { name, up, reason } of brokers) {
            const wanted = unusable[name];
            assert.equal(up, !wanted, name);
            assert.equal(text.includes(`broker ${name}: `), Boolean(wanted), text);
            if (wanted) assert.match(reason, wanted.reason);
        }
    });

    for (const [name, what] of [['odd', 'not durable'], ['bounded', 'with a bound']]) {
        test(`a queue that was declared ${what} elsewhere refuses the message, nothing else`, async (t) => {
            const { code, message } = await fateOf(t, name);
            assert.equal(code, 'invalid_topic_config');
            assert.match(message, /PRECONDITION_FAILED/);
            assert.ok(message.includes(`${queue}.${name}`), message);
            assert.equal(await witness.depth(`${queue}.${name}`), 0);
        });
    }

    test('through the exchange without a name such a queue is reached, whatever it is', async (t) => {
        assert.equal((await fateOf(t, 'default')).topic, '');
        assert.equal((await witness.take(`${queue}.odd`)).length, 1);
    });

    test('and one that does not exist is said so', async (t) => {
        const { code, message } = await fateOf(t, 'nowhere');
        assert.equal(code, 'topic_not_found');
        assert.ok(message.includes(`${queue}.nowhere`), message);
    });
});

// A configuration in Athena's form as it stands, on a Kafka and a RabbitMQ, with kafkajs and amqplib
// as the services behind it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as kafka from './kafka.mjs';
import { Rabbit, Witness } from './rabbitmq.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';

describe("Athena's configuration", () => {
    const orders = unique('orders');
    const logins = unique('logins');
    let cluster, rabbit, onKafka, onRabbit, server;
    before(async () => {
        [cluster, rabbit] = await Promise.all([kafka.Cluster.start(), Rabbit.start()]);
        onKafka = await kafka.Witness.connect(cluster.bootstrap);
        onRabbit = await Witness.connect(rabbit);
        await onKafka.createTopic(orders);
        const [host, port] = cluster.bootstrap.split(':');
        server = await Server.configured({
            websocket: { port: 0, hostname: '127.0.0.1' },
            brokers: {
                amqp: [rabbit.athenasEntry('rabbit')],
                kafka: [{ name: 'log', host, port }],
            },
            dispatcher: [
                { field: 'type', value: 'order', route: { broker: 'rabbit', queue: orders } },
                { field: 'type', value: 'order', route: { broker: 'log', queue: orders } },
                { field: 'type', value: 'login', route: { broker: 'rabbit', queue: logins } },
            ],
        }, { 'node.id': 'node-1' });
        await eventually(patience, async () => (await server.get('/readyz')).status === 200, 'readiness');
    });
    after(() => each(() => server?.stop(), () => onKafka?.close(), () => onRabbit?.close(),
        () => rabbit?.stop(), () => cluster?.stop()));

    test('a message that two entries equal is at both brokers, as it came, with who is to be '
        + 'answered', async (t) => {
        const client = await server.connect(t);
        const order = '{"id":"q 1", "type":"order", "ack":true, "note":"\\u00e9 é"}';
        const reply = await client.answer(order);
        assert.equal(reply.s, 0);
        assert.equal(reply.refid, 'q 1');
        assert.deepEqual(reply.p.map(({ topic }) => topic), [orders, orders]);

        const [message] = await onRabbit.takeAll(orders);
        const [record] = await onKafka.read(orders);
        assert.equal(message.text, order);
        assert.equal(record.value.toString(), order);

        const { properties, headers } = message;
        assert.match(headers['client-id'], /^node-1\.[0-9a-f]{8}\.\d+$/);
        assert.equal(headers['node-id'], 'node-1');
        assert.equal(properties.correlationId, 'q 1');
        assert.equal(properties.contentType, 'application/json');
        assert.equal(properties.deliveryMode, 2, 'persistent');
        const named = Object.fromEntries(
            Object.entries(record.headers).map(([name, value]) => [name, value.toString()]));
        assert.equal(named['client-id'], headers['client-id']);
        assert.equal(named['node-id'], 'node-1');
        assert.equal(named['correlation-id'], 'q 1');
        assert.equal(named['content-type'], 'application/json');
    });

    test('services behind both answer who asked, by the queue that the server has registered', async (t) => {
        await onRabbit.declareQueue('athena.instances');
        assert.equal((await onRabbit.take('athena.instances'))[0].text, 'athena.node-1');
        await onRabbit.takeAll(orders);
        const clients = [await server.connect(t), await server.connect(t)];
        for (const [n, client] of clients.entries()) {
            assert.equal((await client.answer(`{"id":${n},"type":"order","ack":true}`)).s, 0);
        }

        const taken = [
            ...(await onRabbit.take(orders, 2)).map(({ properties, headers }) =>
                ({ to: headers['client-id'], at: properties.replyTo, id: properties.correlationId })),
            ...(await onKafka.read(orders)).slice(-2).map(({ headers }) =>
                ({ to: `${headers['client-id']}`, at: `${headers['reply-to']}`, id: `${headers['correlation-id']}` })),
        ];
        for (const [n, { to, at, id }] of taken.entries()) {
            assert.equal(at, 'athena.node-1');
            await onRabbit.publish('', at, JSON.stringify({ to, p: n < 2 ? 'rabbit' : 'log' }),
                { correlationId: id });
        }
        for (const [n, client] of clients.entries()) {
            for (const p of ['rabbit', 'log']) {
                const { id, ...rest } = await client.next(({ t: type }) => type === 'delivery');
                assert.equal(typeof id, 'number');
                assert.deepEqual(rest, { refid: n, t: 'delivery', p });
            }
            await client.fence();
            assert.deepEqual(client.messages.items, []);
        }
    });

    test('a message that one entry equals is there alone', async (t) => {
        const client = await server.connect(t);
        const [end] = await onKafka.ends(orders);
        assert.equal((await client.answer('{"id":1,"type":"login","ack":true}')).s, 0);
        assert.equal((await onRabbit.takeAll(logins)).length, 1);
        assert.equal(await onRabbit.depth(orders), 0);
        assert.deepEqual(await onKafka.ends(orders), [end]);
    });

    test('what is sent without an id arrives and is not answered', async (t) => {
        const client = await server.connect(t);
        client.send('{"type":"login","user":"ada"}');
        const [{ text, properties }] = await onRabbit.take(logins);
        assert.equal(text, '{"type":"login","user":"ada"}');
        assert.equal(properties.correlationId, undefined);
        await client.fence();
        assert.deepEqual(client.messages.items, []);
    });
});

// Services that speak to a broker, called by those who do not: amqplib and kafkajs are the services.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import amqp from 'amqplib';
import kafkajs from 'kafkajs';

import { Cluster, Witness } from './kafka.mjs';
import { Rabbit } from './rabbitmq.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';
import { Worker, send } from './worker.mjs';

/// What every service here does: adds terms, fails when it is told to, and counts up to its answer.
function work({ terms, fails, steps = 0, garbles }) {
    const progress = Array.from({ length: steps }, (_, i) => String(i + 1));
    if (fails) return { progress, answer: JSON.stringify({ error: fails }) };
    if (garbles) return { progress, answer: 'not JSON' };
    return { progress, answer: JSON.stringify({ sum: terms.reduce((a, b) => a + b, 0) }) };
}

class OnRabbit {
    static async serve(rabbit, queue, { isSilent = false } = {}) {
        const connection = await amqp.connect(rabbit.url);
        connection.on('error', () => {});
        const channel = await connection.createChannel();
        await channel.assertQueue(queue, { durable: true });
        const seen = [];
        await channel.consume(queue, ({ content, properties }) => {
            const { replyTo, correlationId, headers } = properties;
            seen.push({ text: content.toString(), properties, headers });
            if (isSilent) return;
            const { progress, answer } = work(JSON.parse(content.toString()));
            for (const each of progress) {
                channel.sendToQueue(replyTo, Buffer.from(each), { correlationId, headers: { progress: '' } });
            }
            channel.sendToQueue(replyTo, Buffer.from(answer), { correlationId });
        }, { noAck: true });
        return { seen, connection, channel, stop: () => connection.close().catch(() => {}) };
    }
}

const post = (server, service, body, query = '') => server.get(`/service/${service}${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
});

const failure = async (response) => `${response.status} ${(await response.json()).code}`;

describe('a service on RabbitMQ', () => {
    const queue = unique('requests');
    let rabbit, service, server;
    before(async () => {
        rabbit = await Rabbit.start();
        service = await OnRabbit.serve(rabbit, queue);
        server = await Server.configured({
            brokers: [rabbit.entry('rabbit', { min_backoff: '20ms', max_backoff: '200ms' })],
            services: { bridges: [{ service: 'sum', broker: 'rabbit', requests: queue }] },
        });
    });
    after(() => each(() => server?.stop(), () => service?.stop(), () => rabbit?.stop()));

    test('answers a caller over HTTP, by the properties of its message', async () => {
        const response = await post(server, 'sum', { terms: [1, 2] }, '?command=add&timeout=20s');
        assert.equal(response.status, 200);
        assert.deepEqual(await response.json(), { sum: 3 });
        const { text, properties, headers } = service.seen.at(-1);
        assert.equal(text, '{"terms":[1,2]}');
        assert.match(properties.correlationId, /^[0-9a-f-]{36}$/);
        assert.equal(properties.contentType, 'application/json');
        assert.equal(headers.service, 'sum');
        assert.equal(headers.command, 'add');
        assert.equal(headers.attempt, '1');
        assert.ok(Number(headers.timeout) > 0 && Number(headers.timeout) <= 20_000);
    });

    test('answers a command over a WebSocket, with progress before', async (t) => {
        const client = await server.connect(t);
        const { s, p } = await send(client, 'sum', { data: { terms: [3, 4], steps: 2 }, progress: true });
        assert.deepEqual([s, p], [0, { sum: 7 }]);
        const words = client.messages.items.filter(({ a }) => a === 'progress').map(({ p: word }) => word);
        assert.deepEqual(words, [1, 2]);
    });

    test('says that it failed, and so do we where it says no JSON', async () => {
        const failed = await post(server, 'sum', { fails: 'no account' });
        assert.equal(failed.status, 502);
        assert.deepEqual(await failed.json(), { error: 'no account' });
        const garbled = await post(server, 'sum', { garbles: true });
        assert.equal(garbled.status, 502);
        assert.equal((await garbled.json()).error.code, 'invalid_payload');
    });

    test('shares its jobs with workers of other kinds', async (t) => {
        const worker = await Worker.join(t, server, 'sum', { credit: 10 });
        const calls = Array.from({ length: 20 }, (_, i) => post(server, 'sum', { terms: [i] }));
        const job = await worker.next();
        worker.reply(job, 'mine');
        await eventually(patience, () => {
            for (const each of worker.waiting.splice(0)) worker.reply(each, 'mine');
            return Promise.race([Promise.all(calls).then(() => true), new Promise((r) => setTimeout(r, 50))]);
        }, 'all answers');
        for (const call of calls) assert.equal((await call).status, 200);
    });

    test('that has no queue is no worker until it has one again', async () => {
        await service.channel.deleteQueue(queue);
        assert.equal(await failure(await post(server, 'sum', { terms: [1] }, '?timeout=1s')),
            '503 service_unavailable');
        await service.stop();
        const called = post(server, 'sum', { terms: [5] });
        service = await OnRabbit.serve(rabbit, queue);
        assert.deepEqual(await (await called).json(), { sum: 5 });
    });

    test('gets the job of a caller that waits while RabbitMQ is killed', async () => {
        await rabbit.kill();
        const called = post(server, 'sum', { terms: [6] });
        await rabbit.run();
        service = await OnRabbit.serve(rabbit, queue);
        assert.deepEqual(await (await called).json(), { sum: 6 });
    });
});

describe('a service on Kafka', () => {
    const requests = unique('requests');
    let cluster, witness, consumer, servers;
    before(async () => {
        cluster = await Cluster.start();
        witness = await Witness.connect(cluster.bootstrap);
        await witness.createTopic(requests, 3);
        await witness.createTopic(`${requests}.replies`, 2);
        const kafka = new kafkajs.Kafka({ brokers: cluster.bootstrap.split(','), logLevel: kafkajs.logLevel.NOTHING });
        consumer = kafka.consumer({ groupId: unique('service'), maxWaitTimeInMs: 50 });
        await consumer.connect();
        await consumer.subscribe({ topics: [requests], fromBeginning: true });
        await consumer.run({
            eachMessage: async ({ message: { value, headers } }) => {
                const { progress, answer } = work(JSON.parse(value));
                const id = { 'correlation-id': headers['correlation-id'] };
                await witness.produce(`${headers['reply-to']}`, [
                    ...progress.map((each) => ({ value: each, headers: { ...id, progress: '' }, partition: 0 })),
                    { value: answer, headers: id, partition: 0 },
                ]);
            },
        });
        const settings = {
            kafka: { bootstrap: { servers: cluster.bootstrap } },
            services: { bridges: [{ service: 'sum', requests }] },
        };
        servers = await Promise.all([Server.configured(settings), Server.configured(settings)]);
    });
    after(() => each(...(servers ?? []).map((server) => () => server.stop()),
        () => consumer?.disconnect(), () => witness?.close(), () => cluster?.stop()));

    test('answers whoever asks, each at the server that was asked', async () => {
        const calls = Array.from({ length: 40 }, (_, i) => post(servers[i % 2], 'sum', { terms: [i, 1] }));
        for (const [i, call] of calls.entries()) {
            const response = await call;
            assert.equal(response.status, 200);
            assert.deepEqual(await response.json(), { sum: i + 1 });
        }
    });

    test('answers a command over a WebSocket, with progress before', async (t) => {
        const client = await servers[0].connect(t);
        const { s, p } = await send(client, 'sum', { data: { terms: [3, 4], steps: 3 }, progress: true });
        assert.deepEqual([s, p], [0, { sum: 7 }]);
        const words = client.messages.items.filter(({ a }) => a === 'progress').map(({ p: word }) => word);
        assert.deepEqual(words, [1, 2, 3]);
    });

    test('says that it failed', async () => {
        const failed = await post(servers[1], 'sum', { fails: 'no account' });
        assert.equal(failed.status, 502);
        assert.deepEqual(await failed.json(), { error: 'no account' });
    });

    test('is not waited for longer than its caller does', async () => {
        await consumer.stop();
        assert.equal(await failure(await post(servers[0], 'sum', { terms: [1] }, '?timeout=1s')), '504 job_expired');
    });
});

describe('a bridge that cannot be', () => {
    const start = (bridge) => Server.configured({ services: { bridges: [bridge] } });

    test('is refused before the server serves, with the reason and the place', async () => {
        for (const [bridge, reason] of [
            [{ service: 'sum', broker: 'none', requests: 'a' }, /services\.bridges\[0\].*no broker is named "none"/],
            [{ service: 'a b', requests: 'a' }, /"a b" is no name of a service/],
            [{ service: 'sum' }, /services\.bridges\[0\].*lacks its requests/],
            [{ service: 'sum', requests: 'a', replies: 'a' }, /bridges\[0\].*each would be its own answer/],
            [{ requests: 'a' }, /services\.bridges\[0\].*lacks the name of its service/],
            [{ service: 'sum', requests: 'a', credit: 0 }, /bridges\[0\]\.credit.*a number from 1 to 1000000/],
            [{ service: 'sum', request: 'a' }, /no such key of a bridge; did you mean "?requests"?/],
        ]) {
            await assert.rejects(start(bridge), reason);
        }
    });
});

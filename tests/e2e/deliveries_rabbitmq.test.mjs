// Services that answer single clients through RabbitMQ, with amqplib as the service.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import amqp from 'amqplib';

import { Rabbit } from './rabbitmq.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { Queue, each, eventually, patience } from './wait.mjs';

const isDelivery = ({ t }) => t === 'delivery';
/// How a proxy lets a client of this user in.
const as = (user) => ({ headers: { 'X-Forwarded-User': user } });

const delivery = (client, ms = patience) => client.next(isDelivery, ms, 'a delivery');

/// What amqplib says of a broker. Nothing of the server is involved.
class Service {
    static async connect(url) {
        const service = new Service();
        service.#connection = await amqp.connect(url);
        service.#connection.on('error', () => {});
        service.#channel = await service.#connection.createConfirmChannel();
        return service;
    }

    #connection;
    #channel;

    close() {
        return this.#connection.close();
    }

    /// Calls `answer(value, properties)` for what comes to `queue`, which is declared.
    async serve(queue, answer) {
        await this.#channel.assertQueue(queue, { durable: true });
        await this.#channel.consume(queue, ({ content, properties }) =>
            answer(content.toString(), properties), { noAck: true });
    }

    /// What comes to `queue`; without a name, to one of its own.
    async listen(queue = '') {
        const found = new Queue();
        const { queue: name } =
            await this.#channel.assertQueue(queue, queue ? { durable: true } : { exclusive: true });
        await this.#channel.consume(name, ({ content, properties }) =>
            found.put({ value: content.toString(), properties }), { noAck: true });
        return { name, next: () => found.take(() => true, patience, `a message in ${name}`) };
    }

    /// Without what a server wants of its own.
    async declare(queue) {
        await this.#channel.assertQueue(queue, { durable: true });
    }

    async delete(queue) {
        await this.#channel.deleteQueue(queue);
    }

    /// Through the default exchange; resolves when the broker has it.
    send(queue, message, properties = {}) {
        return new Promise((resolve, reject) => {
            const value = typeof message === 'string' ? message : JSON.stringify(message);
            this.#channel.sendToQueue(queue, Buffer.from(value), properties,
                (error) => (error ? reject(error) : resolve()));
        });
    }

    /// Whether there is such a queue: it gets a message that is no delivery. To ask the broker for it
    /// would keep it from expiring.
    async exists(queue) {
        let isReturned = false;
        const note = ({ fields }) => (isReturned ||= fields.routingKey === queue);
        this.#channel.on('return', note);
        await this.send(queue, 'is anybody there?', { mandatory: true });
        this.#channel.off('return', note);
        return !isReturned;
    }
}

describe('a service on RabbitMQ', () => {
    const requests = unique('requests');
    let rabbit;
    let service;
    let servers;
    let answerAt;

    /// Those that stay have a heartbeat that a slow machine does not miss.
    async function start({ id = unique('n'), isConsumed = true, heartbeat = '2s' } = {}) {
        const queue = `athena.${id}`;
        const server = await Server.configured({
            producer: { mq_interval: 1 },
            node: { id },
            websocket: { user_header: 'X-Forwarded-User' },
            brokers: [rabbit.entry('rabbit', { min_backoff: '20ms', max_backoff: '200ms' })],
            routes: [{ default: true, queue: requests }],
            deliveries: { heartbeat, expiry: '1s' },
        });
        if (isConsumed) await eventually(patience, () => service.exists(queue), `the queue ${queue}`);
        return Object.assign(server, { id, queue });
    }

    const list = async (server) => {
        const client = await server.connect({ after: () => {} });
        const { p } = await client.request({ t: 'node', a: 'list' });
        client.terminate();
        return p;
    };
    const know = (all) => eventually(patience, async () => {
        const lists = await Promise.all(all.map(list));
        return lists.every((nodes) => all.every(({ id }) => nodes.some(({ node }) => node === id)));
    }, 'servers that know each other');

    /// The answer to every request is what it asked, to who asked.
    async function connectService() {
        service = await Service.connect(rabbit.url);
        await service.serve(requests, (value, properties) => {
            const { correlationId, replyTo, headers } = properties;
            const { text } = JSON.parse(value);
            service.send(answerAt(replyTo, properties), { to: headers['client-id'], p: { echo: text } },
                { correlationId });
        });
    }

    before(async () => {
        rabbit = await Rabbit.start();
        await connectService();
        servers = await Promise.all([start(), start()]);
        await know(servers);
    });
    after(() => each(
        ...(servers ?? []).map((server) => () => server.stop()),
        () => service?.close(),
        () => rabbit?.stop(),
    ));

    async function askFromEverywhere(t) {
        const clients = [];
        for (const server of servers) {
            for (let n = 0; n < 3; ++n) clients.push(await server.connect(t));
        }
        for (const [n, client] of clients.entries()) client.send({ id: `q ${n}`, text: `${n}` });
        for (const [n, client] of clients.entries()) {
            const { id, ...rest } = await delivery(client);
            assert.equal(typeof id, 'number');
            assert.deepEqual(rest, { refid: `q ${n}`, t: 'delivery', p: { echo: `${n}` } });
            assert.equal((await client.reply(`q ${n}`)).p, 1);
        }
        for (const client of clients) await client.fence();
        assert.deepEqual(clients.flatMap((client) => client.messages.items), []);
    }

    for (const [through, choose] of [
        ['the queue it was told', (replyTo) => replyTo],
        ['the first server', () => servers[0].queue],
        ['the second server', () => servers[1].queue],
    ]) {
        test(`reaches only the client that asked, through ${through}`, async (t) => {
            answerAt = choose;
            await askFromEverywhere(t);
        });
    }

    test('reaches all clients of all servers', async (t) => {
        const clients = [await servers[0].connect(t), await servers[1].connect(t)];
        await service.send(servers[0].queue, { to: '*', p: 'all' });
        for (const client of clients) assert.equal((await delivery(client)).p, 'all');
    });

    test('is told who asks, and reaches all connections of a user, at both servers', async (t) => {
        const connect = (user) => Promise.all(servers.map((server) => server.connect(t, as(user))));
        const [ada, bob] = [await connect('ada'), await connect('bob')];
        const asked = new Promise((resolve) => {
            answerAt = (replyTo, properties) => {
                resolve(properties);
                return replyTo;
            };
        });
        bob[1].send({ id: 1, text: 'who?' });
        assert.equal((await delivery(bob[1])).refid, 1);
        await bob[1].reply(1);
        const { headers, userId } = await asked;
        assert.equal(headers.user, 'bob');
        assert.equal(userId, undefined, 'which is for logins of the broker');
        for (const [n, { queue }] of servers.entries()) {
            await service.send(queue, { to: { user: 'ada' }, p: n });
            for (const client of ada) assert.equal((await delivery(client)).p, n);
        }
        await service.send(servers[0].queue, { to: { user: ['ada', 'bob'] }, p: 'both' });
        for (const client of [...ada, ...bob]) assert.equal((await delivery(client)).p, 'both');
        for (const client of [...ada, ...bob]) await client.fence();
        assert.deepEqual([...ada, ...bob].flatMap((client) => client.messages.items), []);
    });

    test('is told of clients that are not there, and of its mistakes', async () => {
        const answers = await service.listen();
        const properties = { replyTo: answers.name, correlationId: 'c 1' };
        const processes = (await list(servers[0])).map(({ process }) => process);
        const clients = [...processes.map((process) => `${process}.999999`), 'nobody'];
        await service.send(servers[0].queue, { to: clients, p: 1 }, properties);
        const missed = [];
        while (missed.length < clients.length) {
            const report = await answers.next();
            assert.equal(report.properties.correlationId, 'c 1');
            const { s, p } = JSON.parse(report.value);
            assert.deepEqual([s, p.code], [1, 'client_not_found']);
            missed.push(...p.clients);
        }
        assert.deepEqual(missed.sort(), clients.sort());

        for (const [message, code] of [
            ['not JSON', 'invalid_payload'],
            [{ to: { user: 7 }, p: 1 }, 'invalid_payload'],
            [{ to: Array.from({ length: 10_001 }, (_, i) => `c${i}`), p: 1 }, 'limit_reached'],
            [{ to: '*', p: 'x'.repeat(1 << 20) }, 'record_too_large'],
        ]) {
            await service.send(servers[0].queue, message, properties);
            assert.equal(JSON.parse((await answers.next()).value).p.code, code);
        }
    });

    test('that names a queue for reports that is not there holds up nobody', async (t) => {
        const client = await servers[0].connect(t);
        const failed = async () => (await servers[0].health()).deliveries.failed;
        const before = await failed();
        await service.send(servers[0].queue, { to: 'nobody', p: 1 }, { replyTo: unique('nowhere') });
        await service.send(servers[0].queue, { to: '*', p: 2 });
        assert.equal((await delivery(client)).p, 2);
        await eventually(patience, async () => await failed() > before, 'the report that failed counted');
    });

    test('finds every server registered, as Athena does', async () => {
        const instances = await service.listen('athena.instances');
        const names = [(await instances.next()).value, (await instances.next()).value];
        assert.deepEqual(names.sort(), servers.map(({ queue }) => queue).sort());
    });

    test('finds the queue of a killed server gone, and its clients reported', async (t) => {
        const doomed = await start({ heartbeat: '200ms' });
        await know([...servers, doomed]);
        const { process } = (await list(doomed)).find(({ self }) => self);
        await doomed.kill();
        await eventually(patience, async () => !(await service.exists(doomed.queue)), 'no queue');
        for (const server of servers) assert.ok(await service.exists(server.queue));
        await eventually(patience,
            async () => !(await list(servers[0])).some(({ node }) => node === doomed.id),
            'its silence noticed');
        const answers = await service.listen();
        await service.send(servers[0].queue, { to: `${process}.1`, p: 1 }, { replyTo: answers.name });
        assert.equal(JSON.parse((await answers.next()).value).p.code, 'client_not_found');
        answerAt = (replyTo) => replyTo;
        await askFromEverywhere(t);
    });

    test('that declared the queue otherwise is told in the log, and it is used once it is gone', async (t) => {
        const id = unique('n');
        const queue = `athena.${id}`;
        await service.declare(queue);
        const server = await start({ id, isConsumed: false });
        t.after(() => server.stop());
        await eventually(patience, () => /cannot consume athena\.\S+ of broker rabbit: .*PRECONDITION_FAILED/
            .test(server.stderr), 'the reason in the log');
        const client = await server.connect(t);
        await service.delete(queue);
        await eventually(patience, () => service.exists(queue), 'its own queue');
        await service.send(queue, { to: '*', p: 'at last' });
        assert.equal((await delivery(client)).p, 'at last');
        assert.equal(server.stderr.match(/cannot consume/g).length, 1);
    });

    test('answers again after the broker was killed and came back', async (t) => {
        const client = await servers[0].connect(t);
        const gone = service.close().catch(() => {});
        await rabbit.restart();
        await gone;
        for (const server of servers) {
            assert.equal((await list(server)).length, servers.length, 'nobody is forgotten meanwhile');
        }
        await connectService();
        answerAt = () => servers[1].queue;
        await eventually(3 * patience, async () => {
            const id = randomUUID();
            client.send({ id, text: id });
            const answer = await client.next(({ t: type, refid }) => type === 'delivery' && refid === id,
                1000, 'a delivery');
            return answer.p.echo === id;
        }, 'an answer through the other server');
    });

    test('is not waited for by a server that ends while the broker is away', async () => {
        const server = await start();
        const gone = service.close().catch(() => {});
        await rabbit.kill();
        await gone;
        try {
            await eventually(patience, async () => !(await server.health()).brokers[0].up,
                'the broker known to be away');
            const begin = Date.now();
            await server.stop({ settle: false });
            assert.ok(Date.now() - begin < 4000, `ended in ${Date.now() - begin} ms`);
        } finally {
            await rabbit.run();
            await connectService();
        }
    });
});

// Services that answer single clients.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import kafkajs from 'kafkajs';

import { Cluster } from './kafka.mjs';
import { assertRefused } from './refusal.mjs';
import { Server, anyBroker, run, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience } from './wait.mjs';

const at = { producer: { mq_interval: 1 }, consumer: { mq_interval: 1 } };

const isDelivery = ({ t }) => t === 'delivery';
const delivery = (client) => client.next(isDelivery, patience, 'a delivery');

/// A server on `bootstrap`, or on its embedded broker, whose messages are routed to `topic`.
/// One that stays has a heartbeat that a slow machine does not miss.
function start(topic, bootstrap, heartbeat = 2000) {
    const id = unique('n');
    return Server.configured({
        ...at,
        ...(bootstrap ? { kafka: { 'bootstrap.servers': bootstrap } } : {}),
        node: { id },
        websocket: { user_header: 'X-Forwarded-User' },
        routes: [{ default: true, topic }],
        deliveries: { enabled: true, heartbeat },
    }).then((server) => Object.assign(server, { id, queue: `athena.${id}` }));
}

/// How a proxy lets a client of this user in; of nobody without a name.
const as = (user) => (user ? { headers: { 'X-Forwarded-User': user } } : {});

async function counts(server) {
    return (await server.health()).deliveries;
}

describe('a service that is a client of the same server', () => {
    const topic = unique('requests');
    let server;
    before(async () => (server = await start(topic, anyBroker['kafka.bootstrap.servers'])));
    after(() => server?.stop());

    /// Calls `answer(headers, value)` for each routed message and sends what it returns.
    async function serve(t, answer) {
        const service = await server.connect(t);
        await service.create(topic);
        await service.subscribe(topic, { consumer_group: unique('g'), meta: true });
        service.onNotification = ({ p, o }) => {
            service.send({ t: 'notif', a: 'create', p: [answer(o.headers, JSON.parse(p))].flat() });
        };
        return service;
    }

    test('answers the client that asked, and no other', async (t) => {
        await serve(t, (headers, { n }) => ({
            t: headers['reply-to'],
            m: { to: headers['client-id'], p: { square: n * n } },
            h: { 'correlation-id': headers['correlation-id'] },
        }));
        const clients = await Promise.all(Array.from({ length: 8 }, () => server.connect(t)));
        for (const [n, client] of clients.entries()) client.send({ id: 7, n });
        for (const [n, client] of clients.entries()) {
            const { id, ...rest } = await delivery(client);
            assert.equal(typeof id, 'number');
            assert.deepEqual(rest, { refid: 7, t: 'delivery', p: { square: n * n } });
            assert.deepEqual(await client.reply(7), { id: 0, refid: 7, s: 0, p: 1 });
        }
        await clients[0].fence();
        assert.deepEqual(clients.flatMap((client) => client.messages.items), []);
    });

    test('tells all clients, and several', async (t) => {
        const ids = [];
        await serve(t, (headers) => {
            ids.push(headers['client-id']);
            return ids.length < 3 ? [] : [
                { t: headers['reply-to'], m: { to: '*', p: 'all' } },
                { t: headers['reply-to'], m: { to: ids.slice(0, 2), p: 'two' } },
            ];
        });
        const clients = [];
        for (let n = 0; n < 3; ++n) {
            const client = await server.connect(t);
            clients.push(client);
            await client.answer(`{"id":${n},"x":1}`);
            if (n < 2) await eventually(patience, () => ids.length > n, 'the message at the service');
        }
        for (const client of clients) assert.equal((await delivery(client)).p, 'all');
        for (const client of clients.slice(0, 2)) assert.equal((await delivery(client)).p, 'two');
    });

    test('answers a user, at all of their connections', async (t) => {
        await serve(t, (headers, { text }) => ({
            t: headers['reply-to'],
            m: { to: { user: headers.user }, p: text },
            h: { 'correlation-id': headers['correlation-id'] },
        }));
        const [ada, another, bob, nobody] = await Promise.all(
            ['ada', 'ada', 'bob', null].map((user) => server.connect(t, as(user))));
        for (const [text, from, all] of [['of ada', ada, [ada, another]], ['of bob', bob, [bob]]]) {
            assert.equal((await from.request({ id: text, text })).p, 1);
            for (const client of all) {
                const { refid, p } = await delivery(client);
                assert.deepEqual([refid, p], [text, text]);
            }
        }
        for (const client of [ada, another, bob, nobody]) {
            await client.fence();
            assert.deepEqual(client.messages.items, []);
        }
    });

    test('is told of a user who is not there', async (t) => {
        const answers = unique('answers');
        const service = await server.connect(t, as('service'));
        await service.create(answers);
        await service.subscribe(answers, { consumer_group: unique('g') });
        await service.publish({
            t: server.queue, m: { to: { user: ['service', 'eve'] }, p: 1 }, h: { 'reply-to': answers },
        });
        const { p } = JSON.parse((await service.notification()).p);
        assert.deepEqual([p.code, p.users], ['client_not_found', ['eve']]);
        assert.equal((await delivery(service)).p, 1);
    });

    test('is told of clients that are not there, and its mistakes are counted', async (t) => {
        const answers = unique('answers');
        const service = await server.connect(t);
        await service.create(answers);
        await service.subscribe(answers, { consumer_group: unique('g'), meta: true });
        const before = await counts(server);
        const gone = `${server.id}.00000000.1`;
        const h = { 'reply-to': answers, 'correlation-id': 'x 1' };
        await service.publish({ t: server.queue, m: { to: gone, p: 1 }, h });
        const { p, o } = await service.notification();
        const report = JSON.parse(p);
        assert.equal(report.s, 1);
        assert.equal(report.p.code, 'client_not_found');
        assert.deepEqual(report.p.clients, [gone]);
        assert.equal(o.headers['correlation-id'], 'x 1');

        await service.publish({ t: server.queue, m: 'not JSON' });
        await service.publish({ t: server.queue, m: { to: { user: 7 }, p: 1 }, h });
        assert.equal(JSON.parse((await service.notification()).p).p.code, 'invalid_payload');
        const now = await counts(server);
        assert.equal(now.unknown - before.unknown, 1);
        assert.equal(now.bad - before.bad, 2);
    });

    test('finds the server registered and listed', async (t) => {
        const client = await server.connect(t);
        const { p } = await client.request({ t: 'node', a: 'list' });
        assert.equal(p[0].node, server.id);
        assert.equal(p[0].queue, server.queue);
        assert.equal(p[0].self, true);
        assert.ok(Math.abs(p[0].since - Date.now()) < 600_000);
        await client.subscribe('athena.instances', { consumer_group: unique('g'), from: 'earliest' });
        await client.next(({ t: type, p: value }) => type === 'notif' && value === server.queue);
    });
});

describe('a server without deliveries', () => {
    const suite = serverFor();

    test('creates nothing for them, lists no nodes and counts none', async (t) => {
        const client = await suite.server.connect(t);
        assertRefused(await client.request({ t: 'node', a: 'list' }), 'not_supported');
        assert.equal(await counts(suite.server), undefined);
        if (anyBroker['kafka.bootstrap.servers']) return;
        assert.deepEqual((await client.request({ t: 'topic', a: 'list' })).p, []);
    });
});

describe('deliveries from a broker that is not there', () => {
    for (const more of [[], ['--check-config']]) {
        test(`stop the start ${more}`, async () => {
            const { code, stderr } = await run(
                ['--deliveries.enabled=true', '--deliveries.broker=nobody', ...more]);
            assert.equal(code, 1);
            assert.match(stderr, /deliveries\.broker: no broker is named "nobody"/);
        });
    }
});

describe('a service on Kafka', () => {
    const topic = unique('requests');
    const group = unique('service');
    let cluster;
    let kafka;
    let producer;
    let consumer;
    let servers;
    let answerAt = (headers) => headers['reply-to'].toString();

    before(async () => {
        cluster = await Cluster.start();
        kafka = new kafkajs.Kafka({
            brokers: cluster.bootstrap.split(','), logLevel: kafkajs.logLevel.NOTHING,
        });
        const admin = kafka.admin();
        await admin.connect();
        await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
        await admin.disconnect();
        servers = await Promise.all([1, 2].map(() => start(topic, cluster.bootstrap)));
        producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
        await producer.connect();
        consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 50 });
        await consumer.connect();
        await consumer.subscribe({ topics: [topic], fromBeginning: true });
        await consumer.run({
            eachMessage: async ({ message: { value, headers } }) => {
                const to = headers['client-id'].toString();
                const p = { echo: JSON.parse(value.toString()).text };
                await producer.send({
                    topic: answerAt(headers),
                    messages: [{
                        value: JSON.stringify({ to, p }),
                        headers: { 'correlation-id': headers['correlation-id'] },
                    }],
                });
            },
        });
    });
    after(async () => {
        await consumer?.disconnect();
        await producer?.disconnect();
        for (const server of servers ?? []) await server.stop();
        await cluster?.stop();
    });

    const knowEachOther = () => eventually(patience, async () => {
        for (const server of servers) {
            const client = await server.connect({ after: () => {} });
            const { p } = await client.request({ t: 'node', a: 'list' });
            client.terminate();
            if (!servers.every(({ id }) => p.some(({ node }) => node === id))) return false;
        }
        return true;
    }, 'servers that know each other');

    for (const [through, choose] of [
        ['the queue it was told', (headers) => headers['reply-to'].toString()],
        ['the first server', () => servers[0].queue],
        ['the second server', () => servers[1].queue],
    ]) {
        test(`reaches only the client that asked, through ${through}`, async (t) => {
            await knowEachOther();
            answerAt = choose;
            const clients = [];
            for (const server of servers) {
                for (let n = 0; n < 3; ++n) clients.push(await server.connect(t));
            }
            for (const [n, client] of clients.entries()) client.send({ id: `q ${n}`, text: `${n}` });
            for (const [n, client] of clients.entries()) {
                const { refid, p } = await client.next(isDelivery, 3 * patience, 'an answer');
                assert.equal(refid, `q ${n}`);
                assert.deepEqual(p, { echo: `${n}` });
                await client.reply(`q ${n}`);
            }
            for (const client of clients) await client.fence();
            assert.deepEqual(clients.flatMap((client) => client.messages.items), []);
        });
    }

    test('reaches all connections of a user, at both servers', async (t) => {
        await knowEachOther();
        const connect = (user) => Promise.all(servers.map((server) => server.connect(t, as(user))));
        const [ada, bob] = [await connect('ada'), await connect('bob')];
        for (const [n, { queue }] of servers.entries()) {
            const value = JSON.stringify({ to: { user: 'ada' }, p: n });
            await producer.send({ topic: queue, messages: [{ value }] });
            for (const client of ada) assert.equal((await delivery(client)).p, n);
        }
        for (const client of [...ada, ...bob]) await client.fence();
        assert.deepEqual([...ada, ...bob].flatMap((client) => client.messages.items), []);
    });

    test('is told by a header of Kafka who asks', async (t) => {
        const asked = new Promise((resolve) => {
            answerAt = (headers) => {
                resolve(headers.user?.toString());
                return headers['reply-to'].toString();
            };
        });
        const client = await servers[1].connect(t, as('Ada Lovelace'));
        client.send({ id: 1, text: 'who?' });
        assert.equal((await delivery(client)).refid, 1);
        assert.equal(await asked, 'Ada Lovelace');
    });

    test('sees a server that starts listed by the others, until it stops', async (t) => {
        await knowEachOther();
        const extra = await start(topic, cluster.bootstrap);
        const client = await servers[0].connect(t);
        const isListed = async () =>
            (await client.request({ t: 'node', a: 'list' })).p.some(({ node }) => node === extra.id);
        await eventually(patience, isListed, 'the new server in the list');
        await extra.stop();
        await eventually(patience, async () => !(await isListed()), 'its end in the list');
    });

    test('is told that the clients of a killed server are gone', async (t) => {
        await knowEachOther();
        const doomed = await start(topic, cluster.bootstrap, 200);
        const client = await servers[0].connect(t);
        const listed = async () => (await client.request({ t: 'node', a: 'list' })).p
            .find(({ node }) => node === doomed.id);
        const { process } = await eventually(patience, listed, 'the new server in the list');
        await doomed.kill();
        await eventually(patience, async () => !(await listed()), 'its silence noticed');

        const answers = unique('answers');
        await client.create(answers);
        await client.subscribe(answers, { consumer_group: unique('g') });
        await producer.send({
            topic: servers[0].queue,
            messages: [{
                value: JSON.stringify({ to: [`${process}.1`], p: 1 }), headers: { 'reply-to': answers },
            }],
        });
        const { p } = JSON.parse((await client.notification(3 * patience)).p);
        assert.deepEqual([p.code, p.clients], ['client_not_found', [`${process}.1`]]);
    });
});

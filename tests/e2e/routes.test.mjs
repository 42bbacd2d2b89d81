// Messages that are none of the protocol's: where the configuration sends them.

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import WebSocket from 'ws';

import { assertRefused } from './refusal.mjs';
import { Server, anyBroker, run } from './server.mjs';
import { unique } from './unique.mjs';

const hosts = anyBroker['kafka.bootstrap.servers'];
const main = hosts ? { kind: 'kafka', hosts } : { kind: 'memory' };

const at = { producer: { mq_interval: 1 }, consumer: { mq_interval: 1 } };

/// A client that gets everything sent to `topic` from now on.
async function witness(t, server, topic) {
    const client = await server.connect(t);
    await client.create(topic);
    await client.subscribe(topic, { consumer_group: unique('g'), meta: true });
    return client;
}

describe("a configuration in Athena's form", () => {
    const names = { orders: unique('orders'), audit: unique('audit'), logins: unique('logins') };
    const [host, port] = (hosts ?? '').split(':');
    const brokers = hosts
        ? { kafka: [{ name: 'first', host, port }, { name: 'second', host, port }] }
        : { memory: [{ name: 'first' }, { name: 'second' }] };
    const dispatcher = [
        { field: 'type', value: 'order', route: { broker: 'first', queue: names.orders } },
        { field: 'type', value: 'order', route: { broker: 'second', queue: names.audit } },
        { field: 'type', value: 'login', route: { broker: 'second', queue: names.logins } },
    ];
    let server;
    before(async () => {
        server = await Server.configured(
            { ...at, websocket: { port: 0, hostname: '127.0.0.1' }, brokers, dispatcher });
    });
    after(() => server.stop());

    test('sends a message to every entry that it equals, at both brokers', async (t) => {
        const orders = await witness(t, server, `first:${names.orders}`);
        const audit = await witness(t, server, `second:${names.audit}`);
        const logins = await witness(t, server, `second:${names.logins}`);
        const client = await server.connect(t);
        const order = '{"type":"order", "items":[1,2], "note":"\\u00e9"}';
        client.send(order);
        assert.equal((await orders.notification()).p, order);
        assert.equal((await audit.notification()).p, order);

        const reply = await client.answer('{"id":1,"type":"login"}');
        assert.deepEqual(reply, { id: 0, refid: 1, s: 0, p: 1 });
        assert.equal((await logins.notification()).p, '{"id":1,"type":"login"}');
        await client.fence();
        assert.deepEqual(orders.messages.items, []);
        assert.deepEqual(client.messages.items, []);
    });

    test('tells with ack where the message is once all have it', async (t) => {
        const client = await server.connect(t);
        const { s, p } = await client.answer('{"id":1,"type":"order","ack":true}');
        assert.equal(s, 0);
        assert.deepEqual(p.map(({ topic }) => topic), [names.orders, names.audit]);
        for (const { offset } of p) assert.ok(offset >= 0);
    });

    test('refuses what equals none', async (t) => {
        const client = await server.connect(t);
        for (const type of ['"orders"', '["order"]', '{"order":1}', '7', 'null']) {
            assertRefused(await client.answer(`{"id":1,"type":${type}}`), 'no_route');
        }
    });
});

describe('routes', () => {
    const prefix = unique('r');
    let server;
    before(async () => {
        server = await Server.configured({
            ...at,
            node: { id: 'node-1' },
            websocket: { decoders: ['/packed=msgpack', '/plain=text', '/64=base64'] },
            brokers: [{ name: 'main', ...main }, { name: 'away', kind: 'kafka', hosts: '127.0.0.1:1',
                producer: { 'message.timeout.ms': 1000 } }],
            routes: [
                { filter: { kind: 'edit', 'user.name': '/^bot-/' }, topic: `${prefix}.edits` },
                { field: 'kind', value: 'to', queue: `${prefix}.user.{to.id}` },
                { field: 'kind', value: 'pack', queue: `${prefix}.packed`, encoder: 'msgpack' },
                { field: 'kind', value: 'lost', queue: `${prefix}.lost`, broker: 'away' },
                { field: 'kind', value: 'lost', queue: `${prefix}.kept` },
                { filter: { text: '/./' }, queue: `${prefix}.text`, encoder: 'text' },
                { default: true, queue: `${prefix}.rest` },
            ],
        });
    });
    after(() => server.stop());

    const cases = [
        [{ kind: 'edit', user: { name: 'bot-7' } }, 'edits'],
        [{ kind: 'edit', user: { name: 'Ada' } }, 'rest'],
        [{ kind: 'to', to: { id: 'ada' } }, 'user.ada'],
        [{ kind: 'to', to: { id: 'ada.x/y' } }, 'user.ada_2Ex_2Fy'],
        [{ kind: 'to', to: {} }, 'rest'],
        [{ t: 'mine', a: 'list', p: [1] }, 'rest'],
    ];
    for (const [message, name] of cases) {
        test(`send ${JSON.stringify(message)} to ${name}`, async (t) => {
            const reader = await witness(t, server, `${prefix}.${name}`);
            const client = await server.connect(t);
            const reply = await client.request({ ...message });
            assert.equal(reply.p, 1);
            assert.deepEqual(JSON.parse((await reader.notification()).p), { ...message, id: reply.refid });
        });
    }

    test('say in headers who is to be answered', async (t) => {
        const reader = await witness(t, server, `${prefix}.rest`);
        const clients = [await server.connect(t), await server.connect(t)];
        const ids = [];
        for (const client of clients) {
            assert.equal((await client.answer('{"id":"q 1","x":1}')).p, 1);
            const { headers } = (await reader.notification()).o;
            assert.equal(headers['node-id'], 'node-1');
            assert.equal(headers['correlation-id'], 'q 1');
            assert.equal(headers['content-type'], 'application/json');
            ids.push(headers['client-id']);
        }
        assert.match(ids[0], /^node-1\.[0-9a-f]{8}\.\d+$/);
        assert.notEqual(ids[0], ids[1]);
    });

    test('encode, as binary where it is', async (t) => {
        const reader = await witness(t, server, `${prefix}.packed`);
        const client = await server.connect(t);
        client.send('{"kind":"pack"}');
        const { p, e } = await reader.notification();
        const bytes = Buffer.from(p, e ?? 'utf8');
        assert.equal(bytes.toString('latin1'), '\x81\xa4kind\xa4pack');
    });

    for (const [path, frame, topic, value] of [
        ['/packed', Buffer.from('\x82\xa2id\x01\xa1x\x02', 'latin1'), 'rest', '{"id":1,"x":2}'],
        ['/64', Buffer.from('{"id":1,"x":2}').toString('base64'), 'rest', '{"id":1,"x":2}'],
        ['/plain', 'just a line', 'text', 'just a line'],
    ]) {
        test(`take the frames of ${path}`, async (t) => {
            const reader = await witness(t, server, `${prefix}.${topic}`);
            const url = new URL(server.url);
            url.pathname = path;
            const socket = new WebSocket(url);
            t.after(() => socket.terminate());
            await new Promise((resolve, reject) => {
                socket.once('open', resolve);
                socket.once('error', reject);
            });
            socket.send(frame);
            assert.equal((await reader.notification()).p, value);
        });
    }

    test('to a broker that is away fail alone, and say so', async (t) => {
        const reader = await witness(t, server, `${prefix}.kept`);
        const client = await server.connect(t);
        const reply = await client.answer('{"id":1,"kind":"lost","ack":true}');
        assertRefused(reply, reply.p.code);
        assert.ok(['delivery_failed', 'broker_unavailable', 'request_timeout'].includes(reply.p.code));
        assert.equal(reply.p.results[1].topic, `${prefix}.kept`);
        assert.equal(JSON.parse((await reader.notification()).p).kind, 'lost');
    });

    test('that many clients send at once all arrive', async (t) => {
        const reader = await witness(t, server, `${prefix}.rest`);
        const clients = await Promise.all(Array.from({ length: 4 }, () => server.connect(t)));
        for (const [c, client] of clients.entries()) {
            for (let n = 0; n < 500; n += 50) {
                client.send(Array.from({ length: 50 }, (_, i) => ({ c, n: n + i })));
            }
        }
        const next = clients.map(() => 0);
        for (let i = 0; i < 2000; ++i) {
            const { c, n } = JSON.parse((await reader.notification()).p);
            assert.equal(n, next[c]++, 'in order');
        }
    });
});

describe('a mistake in the routes', () => {
    for (const [what, settings, ...words] of [
        ['a broker that is not there', { routes: [{ queue: 'q', broker: 'x' }] }, 'routes[0].broker', 'x'],
        ['a bad filter', { routes: [{ queue: 'q', filter: { a: { like: 1 } } }] }, 'routes[0].filter', 'like'],
        ['no target', { dispatcher: [{ field: 'a', value: 1 }] }, 'dispatcher[0]', 'queue'],
        ['an exchange where there is none', { routes: [{ exchange: 'e' }] }, 'routes[0].exchange'],
        ['a name of a client alone', { routes: [{ queue: '{x}' }] }, 'routes[0].queue'],
        ['an unknown key', { routes: [{ queues: 'q' }] }, 'routes[0].queues', 'queue?'],
    ]) {
        for (const check of [true, false]) {
            test(`${what} stops ${check ? 'the check' : 'the start'}`, async (t) => {
                const path = join(tmpdir(), `${unique('bad')}.json`);
                t.after(() => rm(path));
                await writeFile(path, JSON.stringify(settings));
                const { code, stderr } = await run(['-c', path, ...(check ? ['--check-config'] : [])]);
                assert.equal(code, 1);
                for (const word of [path, ...words]) assert.ok(stderr.includes(word), stderr);
            });
        }
    }
});

// Events: who hears what, and what becomes of those who are slow.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { succeeded } from './client.mjs';
import { assertRefused } from './refusal.mjs';
import { Server, hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { Worker } from './worker.mjs';

const threads = { ...hasty, 'websocket.threads': 4 };
const isEvent = ({ t, refid }) => t === 'event' && refid === undefined;
const heard = (client, ms) => client.next(isEvent, ms, 'an event');
const waiting = (client) => client.messages.items.filter(isEvent);
const on = async (client, p) => succeeded(await client.request({ t: 'event', a: 'on', p }));
const off = (client, p) => client.request({ t: 'event', a: 'off', p });
const emit = (client, p) => client.request({ t: 'event', a: 'emit', p });

describe('an event', () => {
    const suite = serverFor(threads);

    test('reaches those who named it, on whatever thread, and nobody else', async (t) => {
        const name = unique('tick');
        const listeners = await Promise.all(Array.from({ length: 8 }, () => suite.server.connect(t)));
        const deaf = await suite.server.connect(t);
        for (const client of listeners) await on(client, { name });
        await on(deaf, { name: `${name}.more` });
        const emitter = await suite.server.connect(t);
        for (const data of [null, 1, 'ä\n"', { a: [1, {}] }]) {
            succeeded(await emit(emitter, { name, data }));
            for (const client of listeners) assert.deepEqual((await heard(client)).p, { name, data });
        }
        await deaf.fence();
        assert.deepEqual(waiting(deaf), []);
    });

    test('has the same bytes for everyone, and an id that nobody sees twice', async (t) => {
        const name = unique('same');
        const clients = await Promise.all([1, 2, 3].map(() => suite.server.connect(t)));
        for (const client of clients) await on(client, { name });
        for (let i = 0; i < 50; ++i) clients[i % 3].send({ t: 'event', a: 'emit', p: { name, data: i } });
        const ids = new Set();
        for (let i = 0; i < 150; ++i) ids.add((await heard(clients[i % 3])).id);
        assert.equal(ids.size, 50);
    });

    for (const [pattern, fits, others] of [
        ['*', ['a', 'b'], ['a.b']],
        ['a.*', ['a.b', 'a.c'], ['a', 'b.c', 'a.b.c']],
        ['a.>', ['a.b', 'a.b.c.d'], ['a', 'b.a']],
        ['*.b.*', ['a.b.c', 'x.b.y'], ['a.b', 'a.c.b', 'a.b.c.d']],
        ['>', ['a', 'a.b.c'], []],
        ['a.b', ['a.b'], ['a', 'a.b.c', 'a.*'.replace('*', 'x')]],
    ]) {
        test(`fits ${pattern}, or does not`, async (t) => {
            const prefix = unique('p');
            const client = await suite.server.connect(t);
            await on(client, { name: `${prefix}.${pattern}` });
            for (const name of [...others, ...fits]) succeeded(await emit(client, { name: `${prefix}.${name}` }));
            for (const name of fits) assert.equal((await heard(client)).p.name, `${prefix}.${name}`);
            await client.fence();
            assert.deepEqual(waiting(client), []);
        });
    }

    test('is of a service where its emitter works for it', async (t) => {
        const service = unique('house');
        const agent = await Worker.join(t, suite.server, service);
        const all = await suite.server.connect(t);
        const some = await suite.server.connect(t);
        await on(all, { service });
        await on(some, { service, name: 'room.*' });
        assertRefused(await emit(all, { service, name: 'room.1' }), 'not_registered');
        succeeded(await emit(agent.client, { name: 'room.1', data: 'of nobody' }));
        succeeded(await emit(agent.client, { service, name: 'door' }));
        succeeded(await emit(agent.client, { service, name: 'room.2', data: 5 }));
        assert.equal((await heard(all)).p.name, 'door');
        assert.deepEqual((await heard(all)).p, { name: 'room.2', service, data: 5 });
        assert.equal((await heard(some)).p.name, 'room.2');
        await some.fence();
        assert.deepEqual([...waiting(all), ...waiting(some)], []);
    });

    test('comes once to one who listens in several ways, and not after off', async (t) => {
        const name = unique('a');
        const client = await suite.server.connect(t);
        for (const wanted of [name, name, `${name}.b`, `${name}.*`, `${name}.>`]) await on(client, { name: wanted });
        succeeded(await emit(client, { name: `${name}.b` }));
        await heard(client);
        for (const wanted of [`${name}.b`, `${name}.*`]) succeeded(await off(client, { name: wanted }));
        assertRefused(await off(client, { name: `${name}.*` }), 'not_subscribed');
        succeeded(await emit(client, { name: `${name}.b` }));
        await heard(client);
        succeeded(await off(client));
        succeeded(await emit(client, { name: `${name}.b` }));
        await client.fence();
        assert.deepEqual(waiting(client), []);
    });

    test('comes in order, however many there are', async (t) => {
        const name = unique('many');
        const clients = await Promise.all([1, 2, 3, 4].map(() => suite.server.connect(t)));
        for (const client of clients) await on(client, { name: `${name}.>` });
        const emitter = await suite.server.connect(t);
        for (let i = 0; i < 20; ++i) {
            emitter.send(Array.from({ length: 100 }, (_, j) => (
                { t: 'event', a: 'emit', p: { name: `${name}.${j % 10 < 5 ? 'a' : 'b'}`, data: 100 * i + j } })));
            await emitter.fence();
        }
        for (const client of clients) {
            for (let i = 0; i < 2000; ++i) assert.equal((await heard(client)).p.data, i);
        }
    });

    test('without an id is answered only if it is refused', async (t) => {
        const client = await suite.server.connect(t);
        client.send({ t: 'event', a: 'emit', p: { name: 'fine' } });
        client.send({ t: 'event', a: 'emit', p: { name: 'not..fine' } });
        assertRefused(await client.reply(null), 'invalid_event');
        await client.fence();
        assert.deepEqual(client.messages.items, []);
    });

    for (const name of ['', '.', 'a.', '.a', 'a..b', 'a\u0000', 'a\n', 'x'.repeat(257), Array(17).fill('a').join('.')]) {
        test(`is not called ${JSON.stringify(name.slice(0, 40))}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await emit(client, { name }), 'invalid_event');
            assertRefused(await client.request({ t: 'event', a: 'on', p: { name } }), 'invalid_event');
        });
    }

    for (const name of ['*', '>', 'a.*', 'a*', 'a.>', '>.a']) {
        test(`is not called ${name}, which is a pattern or nothing`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await emit(client, { name }), 'invalid_event');
        });
    }

    for (const name of ['a*', '*a', '>.a', 'a.>.b', '**', '>>', 'a>']) {
        test(`is not listened to by ${name}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await client.request({ t: 'event', a: 'on', p: { name } }), 'invalid_event');
        });
    }

    test('is listened to in as many ways as configured', async (t) => {
        const server = await Server.start({ ...threads, 'services.max_listens': 2 });
        t.after(() => server.kill());
        const client = await server.connect(t);
        for (const name of ['a', 'b', 'b']) await on(client, { name });
        assertRefused(await client.request({ t: 'event', a: 'on', p: { name: 'c' } }), 'limit_reached');
        succeeded(await off(client, { name: 'a' }));
        await on(client, { name: 'c' });
        await server.stop();
    });

    test('reaches 1,000 listeners', async (t) => {
        const name = unique('crowd');
        const clients = [];
        while (clients.length < 1000) {
            clients.push(...await Promise.all(Array.from({ length: 50 }, () => suite.server.connect(t))));
        }
        await Promise.all(clients.map((client) => on(client, { name })));
        const emitter = await suite.server.connect(t);
        for (let i = 0; i < 5; ++i) succeeded(await emit(emitter, { name, data: i }));
        for (const client of clients) {
            for (let i = 0; i < 5; ++i) assert.equal((await heard(client, 30_000)).p.data, i);
        }
        for (const client of clients) client.terminate();
    });

    test('that a slow listener misses is counted, and nobody else misses it', async (t) => {
        const name = unique('slow');
        const [slow, quick, emitter] = await Promise.all([1, 2, 3].map(() => suite.server.connect(t)));
        await on(slow, { name });
        await on(quick, { name });
        slow.socket._socket.pause();
        const data = 'x'.repeat(50_000);
        const count = 400;
        for (let i = 0; i < count; ++i) {
            succeeded(await emit(emitter, { name, data: `${i} ${data}` }));
            assert.ok((await heard(quick)).p.data.startsWith(`${i} `));
        }
        slow.socket._socket.resume();
        let next = 0;
        let missed = 0;
        while (next < count) {
            const { a, p } = await heard(slow);
            if (a === 'gap') {
                missed += p.count;
                next += p.count;
            } else {
                assert.ok(p.data.startsWith(`${next} `), `${p.data.slice(0, 10)} is not ${next}`);
                ++next;
            }
        }
        assert.ok(missed > 0, 'something was missed');
        assert.equal(next, count, 'all are heard or counted');
        succeeded(await emit(emitter, { name, data: 'again' }));
        assert.equal((await heard(slow)).p.data, 'again');
    });
});

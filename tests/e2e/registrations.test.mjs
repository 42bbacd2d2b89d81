// Workers of services: how they register, and who is told of it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { succeeded } from './client.mjs';
import { assertRefused } from './refusal.mjs';
import { Server, hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience } from './wait.mjs';
import { Worker, send } from './worker.mjs';

const threads = { ...hasty, 'websocket.threads': 4 };

describe('a registration', () => {
    const suite = serverFor(threads);
    const register = (client, p) => client.request({ t: 'service', a: 'register', p });

    test('is for one service once, and ends', async (t) => {
        const service = unique('s');
        const worker = await Worker.join(t, suite.server, service);
        assertRefused(await register(worker.client, { service }), 'already_registered');
        const leave = { t: 'service', a: 'unregister', p: { service } };
        succeeded(await worker.client.request(leave));
        assertRefused(await worker.client.request(leave), 'not_registered');
        succeeded(await register(worker.client, { service }));
    });

    for (const service of ['', '.', '..', 'a b', 'a/b', 'ä', '*', 'x'.repeat(250)]) {
        test(`is refused for the name ${JSON.stringify(service.slice(0, 20))}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await register(client, { service }), 'invalid_service');
            assertRefused(await send(client, service), 'invalid_service');
            const watch = { t: 'service', a: 'watch', p: { service } };
            assertRefused(await client.request(watch), 'invalid_service');
            const on = { t: 'event', a: 'on', p: { service } };
            assertRefused(await client.request(on), 'invalid_service');
        });
    }

    test('is bounded in what it says', async (t) => {
        const client = await suite.server.connect(t);
        assertRefused(await register(client, { service: 'a', about: 'x'.repeat(5000) }), 'limit_reached');
        assertRefused(await register(client, { service: 'a', commands: Array(2000).fill('x') }), 'limit_reached');
        assertRefused(await register(client, { service: 'a', credit: 1001 }), 'invalid_payload');
        assertRefused(await register(client, { service: 'a', credit: 0 }), 'invalid_payload');
    });

    test('is bounded in number', async (t) => {
        const server = await Server.start({
            ...threads, 'services.max_registered': 2, 'services.max_workers': 3 });
        t.after(() => server.kill());
        const client = await server.connect(t);
        for (const service of ['a', 'b']) succeeded(await register(client, { service }));
        assertRefused(await register(client, { service: 'c' }), 'limit_reached');
        const other = await server.connect(t);
        succeeded(await register(other, { service: 'c' }));
        assertRefused(await register(other, { service: 'd' }), 'limit_reached');
        client.terminate();
        await eventually(patience, async () => (await register(other, { service: 'd' })).s === 0, 'room');
    });

    test('is answered in words where it replies to nothing', async (t) => {
        const worker = await Worker.join(t, suite.server, unique('s'));
        for (const id of ['', 'x', '67e55044-10b1-426f-9247-bb680e5fe0c8', 'é'.repeat(100)]) {
            assertRefused(await worker.replied({ id }, 1), 'job_not_found');
            assertRefused(await worker.progress({ id }, 1), 'job_not_found');
        }
        for (const refid of [7, null, {}, undefined]) {
            const reply = await worker.client.request({ refid, t: 'command', a: 'reply' });
            assertRefused(reply, 'invalid_payload');
        }
        for (const s of [2, -1, '0', null, true]) {
            const reply = { refid: 'x', t: 'command', a: 'reply', s };
            assertRefused(await worker.client.request(reply), 'invalid_payload');
        }
    });
});

describe('the connected state', () => {
    const suite = serverFor(threads);

    test('is told to those who watch', async (t) => {
        const service = unique('watched');
        const watcher = await suite.server.connect(t);
        const watch = { t: 'service', a: 'watch', p: { service } };
        const first = await Worker.join(t, suite.server, service, { commands: undefined, credit: 2 });
        const { p } = succeeded(await watcher.request(watch));
        assert.deepEqual(p, [{ service, count: 1, workers: [{ worker: first.name, commands: [], credit: 2 }] }]);

        const about = { version: [1, 2] };
        const second = await Worker.join(t, suite.server, service, { about });
        await Worker.join(t, suite.server, unique('other'));
        const change = () => watcher.next(({ t: type }) => type === 'service');
        const joined = await change();
        assert.deepEqual([joined.a, joined.p],
            ['join', { service, worker: second.name, commands: [], credit: 1, about }]);
        first.client.terminate();
        const left = await change();
        assert.deepEqual([left.a, left.p], ['leave', { service, worker: first.name }]);
        succeeded(await second.client.request({ t: 'service', a: 'unregister' }));
        assert.equal((await change()).p.worker, second.name);

        succeeded(await watcher.request({ ...watch, a: 'unwatch' }));
        assertRefused(await watcher.request({ ...watch, a: 'unwatch' }), 'not_subscribed');
        await Worker.join(t, suite.server, service);
        await watcher.fence();
        assert.deepEqual(watcher.messages.items, []);
    });

    test('of hundreds that come and go ends as the list has it', async (t) => {
        const watcher = await suite.server.connect(t);
        const service = unique('crowd');
        const there = new Set();
        succeeded(await watcher.request({ t: 'service', a: 'watch', p: { service } }));
        const workers = await Promise.all(
            Array.from({ length: 200 }, () => Worker.join(t, suite.server, service)));
        for (const { client } of workers.slice(0, 150)) client.terminate();
        for (let i = 0; i < 350; ++i) {
            const { a, p } = await watcher.next(({ t: type }) => type === 'service');
            if (a === 'join') there.add(p.worker);
            else assert.ok(there.delete(p.worker), 'who leaves was there');
        }
        const { p } = succeeded(await watcher.request({ t: 'service', a: 'list', p: { service } }));
        assert.deepEqual(new Set(p[0].workers.map(({ worker }) => worker)), there);
        assert.equal(p[0].count, 50);
    });

    test('lists services, and what waits for them', async (t) => {
        const service = unique('listed');
        const client = await suite.server.connect(t);
        const list = async () => succeeded(await client.request({ t: 'service', a: 'list', p: { service } })).p;
        assert.deepEqual(await list(), []);
        client.send([1, 2].map((id) => ({ id, t: 'command', a: 'send', p: { service } })));
        const worker = await Worker.join(t, suite.server, service);
        await worker.next();
        const [{ count, queued, working, polls }] = await list();
        assert.deepEqual([count, queued, working, polls], [1, 1, 1, 0]);
        const all = succeeded(await client.request({ t: 'service', a: 'list' })).p;
        assert.ok(all.some((each) => each.service === service));
    });
});

// Commands: a caller and a worker, and what may come between them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { succeeded } from './client.mjs';
import { assertRefused } from './refusal.mjs';
import { Server, hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience } from './wait.mjs';
import { Worker, progress, send } from './worker.mjs';

const threads = { ...hasty, 'websocket.threads': 4 };

async function serverWith(t, options) {
    const server = await Server.start({ ...threads, ...options });
    t.after(() => server.kill());
    return server;
}

describe('a command', () => {
    const suite = serverFor(threads);

    test('is done by a worker, on whatever thread both are', async (t) => {
        const { server } = suite;
        const service = unique('sum');
        const done = [];
        for (let i = 0; i < 6; ++i) {
            const commands = { add: ([a, b]) => (done.push(i), a + b) };
            await Worker.join(t, server, service, { commands, credit: 3 });
        }
        await Promise.all(Array.from({ length: 12 }, async (_, i) => {
            const client = await server.connect(t);
            for (let j = 0; j < 25; ++j) {
                const { s, p } = await send(client, service, { command: 'add', data: [i, j] });
                assert.deepEqual([s, p], [0, i + j]);
            }
        }));
        assert.equal(done.length, 300);
        assert.equal(new Set(done).size, 6, 'every worker has worked');
    });

    test('and its reply pass any JSON through untouched', async (t) => {
        const worker = await Worker.join(t, suite.server, unique('echo'));
        const client = await suite.server.connect(t);
        for (const data of ['null', '0.10', '12345678901234567890', '"\\u00e4 \\ud83d\\ude00"', '[ ]',
            '{"a" : [1,{"b":null}], "a":2}', `"${'x'.repeat(500_000)}"`]) {
            client.send(`{"id":1,"t":"command","a":"send","p":{"service":"${worker.service}","data":${data}}}`);
            const { id } = await worker.next();
            const text = worker.client.frames.at(-1);
            assert.ok(text.includes(`"data":${data},"attempt":1`), text.slice(0, 200));
            worker.client.send(`{"refid":"${id}","t":"command","a":"reply","p":${data}}`);
            succeeded(await client.reply(1));
            assert.ok(client.frames.at(-1).endsWith(`"s":0,"p":${data}}`));
        }
    });

    test('without a worker is refused in time', async (t) => {
        const client = await suite.server.connect(t);
        const begin = Date.now();
        assertRefused(await send(client, unique('nobody'), { timeout: 200 }), 'service_unavailable');
        assert.ok(Date.now() - begin >= 190);
    });

    test('waits for a worker to come', async (t) => {
        const client = await suite.server.connect(t);
        const service = unique('late');
        const reply = send(client, service, { command: 'go' });
        await client.fence();
        await Worker.join(t, suite.server, service, { commands: { go: () => 'here' } });
        assert.equal((await reply).p, 'here');
    });

    test('that fails says how', async (t) => {
        const service = unique('broken');
        const commands = { break: () => { throw new Error('it broke'); } };
        await Worker.join(t, suite.server, service, { commands });
        const client = await suite.server.connect(t);
        const reply = await send(client, service, { command: 'break' });
        assertRefused(reply, 'command_failed');
        assert.equal(reply.p.data, 'it broke');
    });

    test('goes to another worker when its worker is killed', async (t) => {
        const service = unique('killed');
        const first = await Worker.join(t, suite.server, service);
        const client = await suite.server.connect(t);
        const reply = send(client, service, { data: 7 });
        const { id, p } = await first.next();
        assert.equal(p.attempt, 1);
        const second = await Worker.join(t, suite.server, service);
        first.client.terminate();
        const again = await second.next();
        assert.deepEqual([again.id, again.p.data, again.p.attempt], [id, 7, 2]);
        assert.equal((await second.replied(again, 'done')).s, 0);
        assert.equal((await reply).p, 'done');
    });

    test('waits for another worker when its only one is killed', async (t) => {
        const service = unique('killed');
        const worker = await Worker.join(t, suite.server, service);
        const client = await suite.server.connect(t);
        const reply = send(client, service, { timeout: 400 });
        await worker.next();
        worker.client.terminate();
        assertRefused(await reply, 'job_expired');
    });

    test('goes to another worker when its worker unregisters', async (t) => {
        const service = unique('left');
        const first = await Worker.join(t, suite.server, service);
        const client = await suite.server.connect(t);
        const reply = send(client, service);
        const request = await first.next();
        const second = await Worker.join(t, suite.server, service);
        succeeded(await first.client.request({ t: 'service', a: 'unregister', p: { service } }));
        second.reply(await second.next(), 2);
        assert.equal((await reply).p, 2);
        assertRefused(await first.replied(request, 1), 'job_answered');
    });

    test('is answered in time, or not at all', async (t) => {
        const service = unique('slow');
        const worker = await Worker.join(t, suite.server, service);
        const client = await suite.server.connect(t);
        const reply = send(client, service, { timeout: 100 });
        const request = await worker.next();
        assert.ok(request.p.timeout > 0 && request.p.timeout <= 100);
        assertRefused(await reply, 'job_expired');
        assert.deepEqual((await worker.cancelled()).p, { id: request.id, code: 'job_expired' });
        assertRefused(await worker.replied(request, 'too late'), 'job_expired');
        const next = send(client, service);
        worker.reply(await worker.next(), 'in time');
        assert.equal((await next).p, 'in time');
    });

    test('tells of its progress to the caller that asks', async (t) => {
        const service = unique('steps');
        const worker = await Worker.join(t, suite.server, service);
        const client = await suite.server.connect(t);
        client.send({ id: 1, t: 'command', a: 'send', p: { service, progress: true } });
        const request = await worker.next();
        for (const step of [1, 2, 3]) assert.equal((await worker.progress(request, { step })).s, 0);
        worker.reply(request, 'done');
        for (const step of [1, 2, 3]) {
            const { s, p } = await progress(client, 1);
            assert.deepEqual([s, p], [undefined, { step }]);
        }
        const { a, s, p } = await client.reply(1);
        assert.deepEqual([a, s, p], ['send', 0, 'done']);
        assertRefused(await worker.progress(request, 4), 'job_answered');

        const silent = send(client, service);
        const other = await worker.next();
        succeeded(await worker.progress(other, 1));
        worker.reply(other, 2);
        assert.equal((await silent).p, 2);
    });

    test('is cancelled by its caller', async (t) => {
        const service = unique('cancelled');
        const worker = await Worker.join(t, suite.server, service);
        const client = await suite.server.connect(t);
        client.send({ id: 'mine', t: 'command', a: 'send', p: { service } });
        const { id } = await worker.next();
        const cancel = { t: 'command', a: 'cancel', p: { id: 'mine' } };
        succeeded(await client.request(cancel));
        assertRefused(await client.reply('mine'), 'job_cancelled');
        assert.deepEqual((await worker.cancelled()).p, { id, code: 'job_cancelled' });
        assertRefused(await worker.replied({ id }, 1), 'job_cancelled');
        assertRefused(await client.request(cancel), 'job_not_found');
    });

    test('that waits is cancelled, and no worker sees it', async (t) => {
        const service = unique('cancelled');
        const client = await suite.server.connect(t);
        client.send({ id: 5, t: 'command', a: 'send', p: { service } });
        succeeded(await client.request({ t: 'command', a: 'cancel', p: { id: 5 } }));
        assertRefused(await client.reply(5), 'job_cancelled');
        const worker = await Worker.join(t, suite.server, service);
        await worker.client.fence();
        assert.deepEqual(worker.waiting, []);
    });

    test('is cancelled when its caller goes', async (t) => {
        const service = unique('gone');
        const worker = await Worker.join(t, suite.server, service);
        const client = await suite.server.connect(t);
        client.send({ t: 'command', a: 'send', p: { service } });
        await worker.next();
        client.terminate();
        assert.equal((await worker.cancelled()).p.code, 'job_cancelled');
    });

    test('with the key of another is done once', async (t) => {
        const service = unique('once');
        const worker = await Worker.join(t, suite.server, service, { credit: 5 });
        const [one, two] = [await suite.server.connect(t), await suite.server.connect(t)];
        const both = [send(one, service, { data: 1, key: 'k' }), send(two, service, { data: 1, key: 'k' })];
        const request = await worker.next();
        assertRefused(await send(one, service, { data: 2, key: 'k' }), 'key_reused');
        worker.reply(request, 'once');
        for (const reply of both) assert.equal((await reply).p, 'once');
        assert.equal((await send(two, service, { data: 1, key: 'k' })).p, 'once');
        assert.deepEqual(worker.waiting, []);
    });

    test('comes to a worker as its credit allows', async (t) => {
        const service = unique('credit');
        const worker = await Worker.join(t, suite.server, service, { credit: 3 });
        const client = await suite.server.connect(t);
        const replies = Array.from({ length: 10 }, (_, data) => send(client, service, { data }));
        for (let i = 0; i < 10; ++i) {
            await eventually(patience, () => worker.waiting.length === Math.min(3, 10 - i), 'its credit');
            const request = await worker.next();
            assert.equal(request.p.data, i, 'in order');
            worker.reply(request, i);
        }
        assert.deepEqual((await Promise.all(replies)).map(({ p }) => p), [...Array(10).keys()]);
    });

    test('of one who sends many does not keep others waiting', async (t) => {
        const service = unique('fair');
        const [greedy, modest] = [await suite.server.connect(t), await suite.server.connect(t)];
        greedy.send(Array.from({ length: 100 }, () => (
            { t: 'command', a: 'send', p: { service, data: 'greedy' } })));
        await greedy.fence();
        const reply = send(modest, service, { data: 'modest' });
        await modest.fence();
        const worker = await Worker.join(t, suite.server, service, { credit: 3 });
        const first = [await worker.next(), await worker.next(), await worker.next()];
        assert.ok(first.some(({ p }) => p.data === 'modest'));
        for (const request of first) worker.reply(request, 0);
        succeeded(await reply);
    });

    test('of a caller that does not read holds up nobody', async (t) => {
        const service = unique('unread');
        const large = 'x'.repeat(100_000);
        await Worker.join(t, suite.server, service, { credit: 10, commands: { get: () => large } });
        const slow = await suite.server.connect(t);
        slow.socket._socket.pause();
        slow.send(Array.from({ length: 200 }, (_, id) => (
            { id, t: 'command', a: 'send', p: { service, command: 'get' } })));
        const client = await suite.server.connect(t);
        for (let i = 0; i < 20; ++i) {
            assert.equal((await send(client, service, { command: 'get' })).p.length, large.length);
        }
        slow.socket._socket.resume();
        for (let id = 0; id < 200; ++id) {
            const { s, p } = await slow.reply(id);
            assert.ok(s === 0 || p.code === 'too_many_requests', JSON.stringify(p).slice(0, 200));
        }
    });

    test('reaches a worker over HTTP', async (t) => {
        const { server } = suite;
        const service = unique('http');
        const client = await server.connect(t);
        const p = { service, command: 'add', data: [1, 2], progress: true };
        client.send({ id: 1, t: 'command', a: 'send', p });
        const job = await (await server.get(`/service/${service}/jobs`)).json();
        assert.deepEqual(job.originalRequest, [1, 2]);
        assert.equal(job.command, 'add');
        const headers = { 'content-type': 'application/json' };
        const post = (path, body) => server.get(path, { method: 'POST', headers, body });
        assert.equal((await post(`/jobs/${job.id}/progress`, '"soon"')).status, 200);
        assert.equal((await progress(client, 1)).p, 'soon');
        assert.equal((await post(`/jobs/${job.id}`, '3')).status, 200);
        assert.equal((await client.reply(1)).p, 3);

        const failing = send(client, service);
        const { id } = await (await server.get(`/service/${service}/jobs`)).json();
        await post(`/jobs/${id}`, '{"error":"no"}');
        assertRefused(await failing, 'command_failed');
    });

    test('is what a job posted over HTTP becomes', async (t) => {
        const { server } = suite;
        const service = unique('http');
        const commands = { add: ([a, b]) => a + b, fail: () => { throw new Error('no'); } };
        await Worker.join(t, server, service, { commands });
        const headers = { 'content-type': 'application/json' };
        const post = (command) => server.get(`/service/${service}?command=${command}`,
            { method: 'POST', headers, body: '[1,2]' });
        const added = await post('add');
        assert.equal(added.status, 200);
        assert.equal(await added.text(), '3');
        const failed = await post('fail');
        assert.equal(failed.status, 502);
        assert.match(await failed.text(), /no/);
    });
});

describe('the bounds of commands', () => {
    test('of a queue, and of what is open', async (t) => {
        const server = await serverWith(t, { 'services.max_queued': 2, 'services.max_jobs': 3 });
        const client = await server.connect(t);
        client.send([1, 2].map((id) => ({ id, t: 'command', a: 'send', p: { service: 'a' } })));
        assertRefused(await send(client, 'a'), 'queue_full');
        client.send({ id: 3, t: 'command', a: 'send', p: { service: 'b' } });
        assertRefused(await send(client, 'b'), 'limit_reached');
        await Worker.join(t, server, 'a', { commands: { '': () => 1 } });
        for (const id of [1, 2]) succeeded(await client.reply(id));
        assert.equal((await send(client, 'a')).p, 1);
    });

    test('of one connection', async (t) => {
        const server = await serverWith(t, { 'requests.max_in_flight': 3 });
        const client = await server.connect(t);
        client.send([1, 2, 3].map((id) => ({ id, t: 'command', a: 'send', p: { service: 'a' } })));
        assertRefused(await send(client, 'a'), 'too_many_requests');
        succeeded(await client.request({ t: 'command', a: 'cancel', p: { id: 2 } }));
        client.send({ id: 4, t: 'command', a: 'send', p: { service: 'a' } });
        await Worker.join(t, server, 'a', { commands: { '': () => 1 } });
        for (const id of [1, 3, 4]) succeeded(await client.reply(id));
    });

    test('of a lease, which progress begins anew', async (t) => {
        const server = await serverWith(t, { 'services.lease': '2s', 'services.attempts': 1 });
        const [worker, silent] = [await Worker.join(t, server, 'a'), await Worker.join(t, server, 'b')];
        const client = await server.connect(t);
        const reply = send(client, 'a');
        const request = await worker.next();
        let lost;
        const loss = send(client, 'b').then((refusal) => (lost = refusal));
        await silent.next();
        // When the lease that began later is over the first would be, too.
        await eventually(patience, async () => {
            succeeded(await worker.progress(request, 'on'));
            return lost;
        }, 'the end of a lease');
        assertRefused(await loss, 'job_abandoned');
        assert.equal((await worker.replied(request, 'done')).s, 0);
        assert.equal((await reply).p, 'done');
    });

    test('of attempts, each as long as the lease', async (t) => {
        const server = await serverWith(t, { 'services.lease': '300ms', 'services.attempts': 2 });
        const worker = await Worker.join(t, server, 'a');
        const lost = send(await server.connect(t), 'a');
        assert.equal((await worker.next()).p.attempt, 1);
        assert.equal((await worker.next()).p.attempt, 2);
        assertRefused(await lost, 'job_abandoned');
    });

    test('of what a worker leaves unread', async (t) => {
        const server = await serverWith(t, { 'services.max_unread_command_bytes': '1MiB' });
        const worker = await Worker.join(t, server, 'a', { credit: 1000 });
        worker.client.socket._socket.pause();
        const client = await server.connect(t);
        const data = 'x'.repeat(100_000);
        for (let id = 0; id < 300; ++id) client.send({ id, t: 'command', a: 'send', p: { service: 'a', data } });
        const list = { t: 'service', a: 'list', p: { service: 'a' } };
        const observer = await server.connect(t);
        await eventually(patience, async () => (await observer.request(list)).p[0]?.count === 0, 'its end');
        worker.client.socket._socket.resume();
        assert.equal((await worker.client.closed()).code, 4001);
        await Worker.join(t, server, 'a', { credit: 10, commands: { '': () => 1 } });
        for (let id = 0; id < 300; ++id) succeeded(await client.reply(id));
    });
});

describe('a server that stops', () => {
    test('finishes the commands that are under way, and takes no more', async (t) => {
        const server = await serverWith(t, {});
        const worker = await Worker.join(t, server, 'a');
        const idle = await Worker.join(t, server, 'b');
        const client = await server.connect(t);
        const reply = send(client, 'a');
        const request = await worker.next();
        server.signal('SIGTERM');
        assert.equal((await idle.client.closed()).code, 1001);
        assertRefused(await send(client, 'b'), 'draining');
        worker.reply(request, 'the last');
        assert.equal((await reply).p, 'the last');
        assert.equal((await client.closed()).code, 1001);
        assert.equal((await worker.client.closed()).code, 1001);
        assert.equal((await server.exited).code, 0);
    });

    test('keeps workers for the commands that wait for one', async (t) => {
        const server = await serverWith(t, {});
        const worker = await Worker.join(t, server, 'a');
        const idle = await Worker.join(t, server, 'b');
        const client = await server.connect(t);
        const replies = [1, 2, 3].map((data) => send(client, 'a', { data }));
        let request = await worker.next();
        await eventually(patience, async () => {
            const [a] = (await (await server.get('/service')).json()).filter(({ name }) => name === 'a');
            return a.queued === 2;
        }, 'two that wait');
        server.signal('SIGTERM');
        await eventually(patience, async () => (await server.get('/readyz')).status === 503, 'draining');
        for (const n of [1, 2, 3]) {
            worker.reply(request, n);
            if (n < 3) request = await worker.next();
        }
        assert.deepEqual((await Promise.all(replies)).map(({ p }) => p), [1, 2, 3]);
        assert.equal((await worker.client.closed()).code, 1001);
        assert.equal((await idle.client.closed()).code, 1001);
        assert.equal((await server.exited).code, 0);
    });

    test('does not wait for ever', async (t) => {
        const server = await serverWith(t, { 'shutdown.timeout': '1s' });
        const worker = await Worker.join(t, server, 'a');
        const client = await server.connect(t);
        client.send({ t: 'command', a: 'send', p: { service: 'a' } });
        await worker.next();
        server.signal('SIGTERM');
        assert.equal((await client.closed()).code, 1001);
        assert.equal((await server.exited).code, 0);
    });
});

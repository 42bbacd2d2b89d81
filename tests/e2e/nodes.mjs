// Services of two servers, by whichever broker is between them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { succeeded } from './client.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';
import { Worker, send } from './worker.mjs';

/// `backend()` resolves to `{ settings, stop }`: what names a broker "between".
export function nodeTests(title, backend) {
    describe(title, () => {
        const topics = unique('nodes');
        const servers = [];
        let broker, a, b;

        /// Heartbeats that a slow machine does not miss, unless a test waits for silence.
        async function start(heartbeat = 500) {
            const services = { backend: 'between', topics, heartbeat };
            const server = await Server.configured({ ...broker.settings, services });
            servers.push(server);
            return server;
        }

        before(async () => {
            broker = await backend();
            [a, b] = await Promise.all([start(), start()]);
        });
        after(() => each(
            ...servers.map((server) => () => server.gone || server.stop({ settle: false })),
            () => broker?.stop(),
        ));

        const post = (server, path, body) => server.get(path, {
            method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
        });
        const kill = async (server) => {
            server.gone = true;
            await server.kill();
        };

        /// Resolves when `server` shows so many workers of a service.
        const seen = (server, name, count) => eventually(2 * patience, async () => {
            const all = await (await server.get('/service')).json();
            return (all.find((each) => each.name === name)?.workers ?? 0) === count;
        }, `${count} workers of ${name}`);

        test('a call over HTTP is answered by a WebSocket worker of the other', async (t) => {
            const service = unique('s');
            await Worker.join(t, b, service, { commands: { '': ({ terms: [x, y] }) => ({ sum: x + y }) } });
            const response = await post(a, `/service/${service}`, { terms: [1, 2] });
            assert.equal(response.status, 200);
            assert.deepEqual(await response.json(), { sum: 3 });
        });

        test('a command over a WebSocket is answered by an HTTP worker of the other', async (t) => {
            const service = unique('s');
            const client = await a.connect(t);
            const reply = send(client, service, { data: { n: 7 } });
            const job = await (await b.get(`/service/${service}/jobs`)).json();
            assert.deepEqual(job.originalRequest, { n: 7 });
            assert.equal((await post(b, `/jobs/${job.id}`, { n: 49 })).status, 200);
            assert.deepEqual(succeeded(await reply).p, { n: 49 });
        });

        test('many calls, both ways at once, are each answered once', async (t) => {
            const [one, two] = [unique('s'), unique('s')];
            const commands = { '': (n) => n + 1 };
            await Worker.join(t, a, one, { commands, credit: 10 });
            await Worker.join(t, b, two, { commands, credit: 10 });
            const clients = await Promise.all([a.connect(t), b.connect(t)]);
            const calls = Array.from({ length: 400 }, async (_, n) => {
                const [client, service] = n % 2 ? [clients[0], two] : [clients[1], one];
                return succeeded(await send(client, service, { data: n })).p;
            });
            assert.deepEqual(await Promise.all(calls), Array.from({ length: 400 }, (_, n) => n + 1));
        });

        test('who registers and leaves is listed and watched on both', async (t) => {
            const service = unique('s');
            const watcher = await a.connect(t);
            const watch = { t: 'service', a: 'watch', p: { service } };
            assert.deepEqual(succeeded(await watcher.request(watch)).p, []);
            const worker = await Worker.join(t, b, service, { about: { version: 2 }, credit: 3 });
            const change = (a) => watcher.next((message) => message.a === a, patience, `a ${a}`);
            assert.deepEqual((await change('join')).p, {
                service, worker: worker.name, commands: [], about: { version: 2 }, credit: 3,
            });
            const list = { t: 'service', a: 'list', p: { service } };
            const [listed] = succeeded(await watcher.request(list)).p;
            assert.deepEqual([listed.count, listed.workers[0].worker], [1, worker.name]);
            worker.client.terminate();
            assert.deepEqual((await change('leave')).p, { service, worker: worker.name });
        });

        test('events are heard on both, by service and by wildcard', async (t) => {
            const service = unique('s');
            const listener = await a.connect(t);
            succeeded(await listener.request({ t: 'event', a: 'on', p: { service, name: 'heat.*' } }));
            const worker = await Worker.join(t, b, service);
            for (let n = 0; n < 5; ++n) {
                const p = { service, name: `heat.${n}`, data: { n } };
                succeeded(await worker.client.request({ t: 'event', a: 'emit', p }));
                succeeded(await worker.client.request({ t: 'event', a: 'emit', p: { name: 'heat.x' } }));
            }
            for (let n = 0; n < 5; ++n) {
                const { p } = await listener.next(({ t }) => t === 'event', patience, 'an event');
                assert.deepEqual(p, { service, name: `heat.${n}`, data: { n } });
            }
        });

        test('a worker that dies mid-job leaves it to one of the other server', async (t) => {
            const service = unique('s');
            const first = await Worker.join(t, b, service);
            const client = await a.connect(t);
            const reply = send(client, service);
            await first.next();
            const second = await Worker.join(t, a, service);
            first.client.terminate();
            const again = await second.next();
            assert.equal(again.p.attempt, 2);
            second.reply(again, 'done');
            assert.equal(succeeded(await reply).p, 'done');
        });

        test('a server that is killed mid-job leaves it to others, while its caller waits', async (t) => {
            const service = unique('s');
            const victim = await start();
            const first = await Worker.join(t, victim, service);
            const response = post(a, `/service/${service}`, {});
            await first.next(2 * patience);
            const second = await Worker.join(t, b, service);
            await seen(a, service, 2);
            await kill(victim);
            const again = await second.next(2 * patience);
            assert.equal(again.p.attempt, 2);
            second.reply(again, { by: 'the other' });
            assert.deepEqual(await (await response).json(), { by: 'the other' });
            await seen(a, service, 1);
        });

        test('a caller that leaves cancels the job at the other', async (t) => {
            const service = unique('s');
            const worker = await Worker.join(t, b, service);
            const client = await a.connect(t);
            send(client, service).catch(() => {});
            const request = await worker.next();
            client.terminate();
            assert.deepEqual((await worker.cancelled()).p, { id: request.id, code: 'job_cancelled' });
        });

        test('a server that stops says so, and its workers are gone at once', async (t) => {
            const service = unique('s');
            const leaver = await start(60_000);
            await Worker.join(t, leaver, service);
            await seen(a, service, 1);
            leaver.gone = true;
            await leaver.stop({ settle: false });
            await seen(a, service, 0);
        });
    });
}

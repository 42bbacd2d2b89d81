// Services of two servers, by whichever broker is between them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { succeeded } from './client.mjs';
import { Server } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';
import { Worker, send } from './worker.mjs';

/// `backend()` resolves to `{ settings, kill, run, stop }`: what names a broker "between", and how
/// that dies, comes back and ends.
export function nodeTests(title, backend) {
    describe(title, () => {
        const topics = unique('nodes');
        const servers = [];
        let broker, a, b;

        /// Heartbeats that a slow machine does not miss, unless a test waits for silence.
        async function start(heartbeat = 500, more = {}) {
            const services = { backend: 'between', topics, heartbeat, ...more.services };
            const server = await Server.configured({ ...broker.settings, ...more, services });
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

        test('an HTTP worker answers a job of the other and takes its next in one request', async () => {
            const service = unique('s');
            const calls = Array.from({ length: 20 }, async (_, n) => {
                const response = await post(a, `/service/${service}`, { n });
                assert.deepEqual([response.status, await response.json()], [200, { n: n * n }]);
            });
            let response = await b.get(`/service/${service}/jobs`);
            for (let i = 0; i < calls.length; ++i) {
                assert.equal(response.status, 200);
                const { id, originalRequest: { n }, attempt } = await response.json();
                assert.equal(attempt, 1);
                const last = i + 1 === calls.length;
                response = await post(b, `/jobs/${id}?next=${service}&timeout=${last ? '1ms' : '10s'}`, { n: n * n });
            }
            assert.equal(response.status, 204);
            await Promise.all(calls);
        });

        test('an HTTP worker answers at any server, and a caller asks at any', async (t) => {
            const service = unique('s');
            for (const [giver, other] of [[a, b], [b, a]]) {
                const accepted = await a.get(`/service/${service}`, {
                    method: 'POST', headers: { 'Content-Type': 'application/json', Prefer: 'respond-async' }, body: '1',
                });
                const { id } = await accepted.json();
                const job = await (await giver.get(`/service/${service}/jobs`)).json();
                assert.equal(job.id, id);
                const shown = await (await b.get(`/jobs/${id}`)).json();
                assert.deepEqual([shown.service, shown.state, shown.attempts], [service, 'working', 1]);
                assert.equal((await post(other, `/jobs/${id}`, { n: 2 })).status, 200);
                const again = await post(other, `/jobs/${id}`, { n: 3 });
                assert.deepEqual([again.status, (await again.json()).code], [409, 'job_answered']);
                for (const server of [a, b]) {
                    const ended = await (await server.get(`/jobs/${id}`)).json();
                    assert.deepEqual([ended.state, ended.response], ['done', { n: 2 }]);
                }
            }
            const client = await a.connect(t);
            const reply = send(client, service);
            const { id } = await (await b.get(`/service/${service}/jobs`)).json();
            assert.equal((await b.get(`/jobs/${id}`, { method: 'DELETE' })).status, 204);
            assert.equal((await reply).p.code, 'job_cancelled');
            // 503 until it knows all the others.
            await eventually(patience, async () => {
                const nobody = await b.get('/jobs/67e55044-10b1-426f-9247-bb680e5fe0c8');
                return nobody.status === 404 && (await nobody.json()).code === 'job_not_found';
            }, 'job_not_found');
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

        test('while the broker is away each serves its own; when it is back all is as before', async (t) => {
            const [both, far] = [unique('both'), unique('far')];
            const at = async (server, name, who) => {
                const worker = await Worker.join(t, server, name, { commands: { '': () => who }, credit: 10 });
                return worker;
            };
            await at(a, both, 'a');
            await at(b, both, 'b');
            await at(b, far, 'b');
            const listener = await a.connect(t);
            succeeded(await listener.request({ t: 'event', a: 'on', p: { name: far } }));
            await seen(a, both, 2);
            await seen(a, far, 1);

            await broker.kill();
            await seen(a, both, 1);
            await seen(b, both, 1);
            assert.equal(await (await post(a, `/service/${both}`, {})).json(), 'a');
            assert.equal(await (await post(b, `/service/${both}`, {})).json(), 'b');
            await eventually(4 * patience, async () => (await a.get('/readyz')).status === 503, '503');
            const waits = post(a, `/service/${far}?timeout=120s`, {});
            const alone = await post(a, `/service/${far}?timeout=100ms`, {});
            assert.deepEqual([alone.status, (await alone.json()).code], [503, 'service_unavailable']);

            await broker.run();
            assert.equal(await (await waits).json(), 'b');
            await seen(a, both, 2);
            await seen(b, both, 2);
            const emitter = await b.connect(t);
            let heard = false;
            listener.next(({ t, p }) => t === 'event' && p.name === far, 4 * patience, 'an event')
                .then(() => { heard = true; }, () => {});
            await eventually(4 * patience, async () => {
                await emitter.request({ t: 'event', a: 'emit', p: { name: far, data: 1 } });
                return heard;
            }, 'an event of the other server');
            const job = await a.get(`/service/${both}`, {
                method: 'POST', headers: { 'Content-Type': 'application/json', Prefer: 'respond-async' }, body: '{}',
            });
            const { id } = await job.json();
            assert.equal((await b.get(`/jobs/${id}`)).status, 200);
        });

        test('what servers say to each other is hidden from clients', async (t) => {
            const client = await a.connect(t);
            const refused = (reply) => assert.equal(reply.p.code, 'not_authorized');
            const topic = `${topics}.state`;
            refused(await client.request({ t: 'topic', a: 'subscribe', p: { t: [topic] } }));
            refused(await client.request({ t: 'topic', a: 'create', p: [topic] }));
            refused(await client.request({ t: 'notif', a: 'send', p: { t: topic, m: '1', ack: true } }));
            const listed = succeeded(await client.request({ t: 'topic', a: 'list' })).p;
            assert.deepEqual(listed.filter((each) => each.topic.startsWith(topics)), []);
        });

        test('a job that the broker finds too large fails alone', async (t) => {
            const service = unique('s');
            const wide = await start(500, {
                services: { max_record_bytes: 4 << 20 }, http: { max_body_bytes: 4 << 20 },
            });
            const worker = await Worker.join(t, b, service, { credit: 2 });
            await seen(wide, service, 1);
            const small = post(wide, `/service/${service}`, 1);
            const request = await worker.next();
            const large = await post(wide, `/service/${service}`, 'x'.repeat(2 << 20));
            assert.deepEqual([large.status, (await large.json()).error.code], [502, 'record_too_large']);
            worker.reply(request, 2);
            assert.equal(await (await small).json(), 2);
            assert.equal(request.p.attempt ?? 1, 1);
            assert.equal(worker.waiting.length, 0);
        });

        test('polling workers at both use no attempt of a job', async () => {
            const service = unique('s');
            let isOver = false;
            const attempts = [];
            const work = async (server) => {
                while (!isOver) {
                    const polled = await server.get(`/service/${service}/jobs?timeout=500ms`);
                    if (polled.status !== 200) continue;
                    const { id, attempt } = await polled.json();
                    attempts.push(attempt ?? 1);
                    assert.equal((await post(server, `/jobs/${id}`, 1)).status, 200);
                }
            };
            const workers = [work(a), work(b)];
            await Promise.all(Array.from({ length: 8 }, async (_, caller) => {
                for (let i = 0; i < 25; ++i) {
                    const response = await post(caller % 2 ? a : b, `/service/${service}`, {});
                    assert.equal(response.status, 200);
                }
            }));
            isOver = true;
            await Promise.all(workers);
            assert.deepEqual(attempts, Array(200).fill(1));
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

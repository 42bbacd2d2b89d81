// Services over HTTP: what protocol/services.md says, from fetch, curl and connections of bytes.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';

import Ajv from 'ajv/dist/2020.js';

import { Callers, Exchange } from './exchange.mjs';
import { Server, root, serverFor } from './server.mjs';
import { Services, failure } from './services.mjs';
import { unique } from './unique.mjs';
import { eventually, patience, within } from './wait.mjs';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const curl = promisify(execFile);

describe('services', () => {
    const suite = serverFor();
    const services = () => new Services(suite.server);

    test('a caller gets what a worker answers, byte for byte', async () => {
        const name = unique('echo');
        const body = ' {"b": 1.50, "a": [ "\\u00e4", null ]} ';
        const called = services().call(name, body);
        const response = await suite.server.get(`/service/${name}/jobs`);
        const text = await response.text();
        assert.ok(text.includes(`"originalRequest":${body},`), text);
        const job = JSON.parse(text);
        assert.match(job.id, uuid);
        assert.deepEqual(job.originalRequest, JSON.parse(body));
        assert.ok(job.lease > 0 && job.lease <= 30_000);

        const answered = await services().answer(job.id, '{ "sum":3.0 }');
        assert.equal(answered.status, 200);
        assert.equal(await answered.text(), '');
        const reply = await called;
        assert.equal(reply.status, 200);
        assert.equal(reply.headers.get('content-type'), 'application/json');
        assert.equal(await reply.text(), '{ "sum":3.0 }');
    });

    test('curl does what the documentation says', async () => {
        const name = unique('curl');
        const url = suite.server.http;
        const called = curl('curl', ['-sS', '--json', '{"terms": [1, 2]}', `${url}service/${name}`]);
        const { stdout: job } = await curl('curl', ['-sS', `${url}service/${name}/jobs`]);
        const { stdout: answered } = await curl('curl',
            ['-sS', '-w', '%{http_code}', '--json', '{"sum": 3}', `${url}jobs/${JSON.parse(job).id}`]);
        assert.equal(answered, '200');
        assert.equal((await called).stdout, '{"sum": 3}');
    });

    test('curl sends a large body when it is told to', async () => {
        const name = unique('large');
        const body = JSON.stringify('.'.repeat(900_000));
        const called = curl('curl', ['-sS', '-v', '-H', 'Expect: 100-continue', '-H',
            'Content-Type: application/json', '--expect100-timeout', '60', '--data-binary', '@-',
            `${suite.server.http}service/${name}`], { encoding: 'utf8' });
        called.child.stdin.end(body);
        const job = await services().take(name);
        assert.equal(job.originalRequest.length, 900_000);
        await services().answer(job.id, 1);
        const { stdout, stderr } = await called;
        assert.equal(stdout, '1');
        assert.match(stderr, /< HTTP\/1\.1 100 Continue/);
    });

    test('a body in chunks is a body', async (t) => {
        const name = unique('chunks');
        const caller = await Exchange.open(suite.server.http);
        t.after(() => caller.close());
        caller.socket.write(`POST /service/${name} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n` +
            'Transfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n');
        const job = await services().take(name);
        assert.deepEqual(job.originalRequest, [1, 2]);
        await services().answer(job.id, 2);
        assert.equal((await caller.reply()).body, '2');
    });

    test('requests that are sent ahead are answered in order', async (t) => {
        const name = unique('ahead');
        const caller = await Exchange.open(suite.server.http);
        t.after(() => caller.close());
        for (let i = 0; i < 20; ++i) caller.send('POST', `/service/${name}`, i);
        for (let i = 0; i < 20; ++i) {
            const job = await services().take(name);
            assert.equal(job.originalRequest, i);
            await services().answer(job.id, i * i);
            assert.equal((await caller.reply()).body, String(i * i));
        }
    });

    test('a worker answers a job and takes the next in one request', async () => {
        const name = unique('next');
        const calls = Array.from({ length: 100 }, async (_, i) => {
            assert.deepEqual(await (await services().call(name, i)).json(), i * i);
        });
        let left = calls.length;
        const work = async () => {
            while (left > 0) {
                let response = await suite.server.get(`/service/${name}/jobs?timeout=100ms`);
                while (response.status === 200) {
                    const { id, originalRequest: n } = await response.json();
                    left -= 1;
                    response = await services().post(`/jobs/${id}?next=${name}&timeout=100ms`, n * n);
                }
                assert.equal(response.status, 204);
            }
        };
        const workers = [work(), work(), work()];
        await Promise.all(calls);
        await Promise.all(workers);
        await services().until(name);
    });

    test('a worker that waits for the next job keeps nothing of its last answer', async (t) => {
        const name = unique('kept');
        const workers = await Promise.all(Array.from({ length: 60 }, () => Exchange.open(suite.server.http)));
        t.after(() => workers.forEach((worker) => worker.close()));
        const answer = JSON.stringify('x'.repeat(1_000_000));
        const before = await suite.server.memory();
        for (const worker of workers) {
            const called = services().call(name, 1);
            const { id } = await services().take(name);
            worker.send('POST', `/jobs/${id}?next=${name}-next&timeout=1m`, answer);
            assert.equal((await (await called).text()).length, answer.length);
        }
        await services().until(`${name}-next`, ({ polls }) => polls === workers.length);
        const grown = (await suite.server.memory()) - before;
        assert.ok(grown < 30 << 20, `${grown >> 20} MB more`);
    });

    test('HEAD takes nothing', async () => {
        const name = unique('head');
        const head = () => suite.server.get(`/service/${name}/jobs`, { method: 'HEAD' });
        assert.equal((await head()).status, 204);
        const called = services().call(name, 1);
        await services().until(name, ({ queued }) => queued === 1);
        assert.equal((await head()).status, 200);
        const job = await services().take(name);
        await services().answer(job.id, 1);
        await called;
        assert.equal((await suite.server.get(`/jobs/${job.id}`, { method: 'HEAD' })).status, 200);
    });

    test('a caller that leaves cancels its job, and a worker that leaves gets none', async () => {
        const name = unique('left');
        const gone = new AbortController();
        const called = services().call(name, 1, { signal: gone.signal });
        const job = await services().take(name);
        gone.abort();
        await assert.rejects(called);
        await services().until(name);
        assert.equal(await failure(await services().answer(job.id, 2)), '409 job_cancelled');

        const left = new AbortController();
        const poll = suite.server.get(`/service/${name}/jobs`, { signal: left.signal });
        await services().until(name, ({ polls }) => polls === 1);
        left.abort();
        await assert.rejects(poll);
        await services().until(name);
        const second = services().call(name, 2);
        const { id } = await services().take(name);
        await services().answer(id, 3);
        assert.equal(await (await second).text(), '3');
    });

    test('the same key gets the first answer, whoever asks and however often', async () => {
        const name = unique('key');
        const headers = { 'Idempotency-Key': 'payment-17' };
        const gone = new AbortController();
        const lost = services().call(name, { amount: 1 }, { headers, signal: gone.signal });
        const job = await services().take(name);
        gone.abort();
        await assert.rejects(lost);
        const again = services().call(name, { amount: 1 }, { headers });
        await services().answer(job.id, { paid: 1 });
        assert.deepEqual(await (await again).json(), { paid: 1 });
        const third = await services().call(name, { amount: 1 }, { headers });
        assert.deepEqual(await third.json(), { paid: 1 });
        assert.equal(await failure(await services().call(name, { amount: 2 }, { headers })),
            '409 key_reused');
        assert.equal(await services().state(name), undefined);
    });

    test('who asks for it is answered later', async () => {
        const name = unique('later');
        const headers = { Prefer: 'respond-async' };
        const accepted = await services().call(name, [1], { headers });
        assert.equal(accepted.status, 202);
        const location = accepted.headers.get('location');
        const { id } = await accepted.json();
        assert.equal(location, `/jobs/${id}`);
        const state = async () => (await suite.server.get(location)).json();
        assert.equal((await state()).state, 'queued');
        assert.equal((await services().take(name)).id, id);
        assert.equal((await state()).state, 'working');
        await services().answer(id, { error: 'no' });
        assert.deepEqual(await state(),
            { id, service: name, state: 'failed', attempts: 1, response: { error: 'no' } });
    });

    test('what is wrong with a request is said, and the connection goes on', async (t) => {
        const name = unique('wrong');
        const client = await Exchange.open(suite.server.http);
        t.after(() => client.close());
        const cases = [
            ['400 malformed_message', 'POST', `/service/${name}`, '{"a":'],
            ['400 malformed_message', 'POST', `/service/${name}`, ''],
            ['400 malformed_message', 'POST', `/service/${name}`, '[1] [2]'],
            ['400 malformed_message', 'POST', `/service/${name}`, '['.repeat(100_000)],
            ['400 invalid_service', 'POST', '/service/..', '1'],
            ['400 bad_request', 'POST', `/service/${name}?timeout=1y`, '1'],
            ['400 bad_request', 'GET', `/service/${name}/jobs?n=-1`],
            ['404 job_not_found', 'POST', '/jobs/6', '1'],
            ['404 job_not_found', 'GET', '/jobs/67e55044-10b1-426f-9247-bb680e5fe0c8'],
            ['404 not_found', 'GET', '/services'],
            ['405 method_not_allowed', 'PUT', `/service/${name}`, '1'],
            ['415 unsupported_media_type', 'POST', `/service/${name}`, '1', { 'Content-Type': 'text/plain' }],
        ];
        for (const [expected, ...request] of cases) {
            const { status, body } = await client.ask(...request);
            assert.equal(`${status} ${JSON.parse(body).code}`, expected);
        }
        assert.equal(await services().state(name), undefined);
    });

    test('a body beyond the bound is refused before it is read', async (t) => {
        const client = await Exchange.open(suite.server.http);
        t.after(() => client.close());
        client.socket.write('POST /service/huge HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n' +
            `Content-Length: ${1 << 30}\r\n\r\n"`);
        const { status, body } = await client.reply();
        assert.equal(`${status} ${JSON.parse(body).code}`, '413 body_too_large');
        await eventually(patience, () => client.ended, 'the end of the connection');
    });

    test('callers take turns, whatever one of them has queued', async () => {
        const name = unique('turns');
        const url = suite.server.http;
        const mine = Array.from({ length: 5 }, (_, i) => services().call(name, i));
        await services().until(name, ({ queued }) => queued === 5);
        const other = curl('curl',
            ['-sS', '--interface', '127.0.0.2', '--json', '"other"', `${url}service/${name}`]);
        await services().until(name, ({ queued }) => queued === 6);
        const jobs = await services().take(name, '?n=6');
        assert.equal(jobs[1].originalRequest, 'other');
        for (const { id } of jobs) await services().answer(id, 1);
        await Promise.all([...mine, other]);
    });
});

describe('services that nobody serves, or not well', () => {
    test('a caller is told that no worker came, and that none answered in time', async (t) => {
        const server = await Server.start({ 'services.timeout': '200ms' });
        t.after(() => server.stop());
        const services = new Services(server);
        assert.equal(await failure(await services.call('a', 1)), '503 service_unavailable');
        const taken = services.take('a');
        await services.until('a', ({ polls }) => polls === 1);
        const begun = services.call('a', 1, { query: '?timeout=400ms' });
        const job = await taken;
        assert.ok(job.lease <= 400);
        assert.equal(await failure(await begun), '504 job_expired');
        assert.equal(await failure(await services.answer(job.id, 1)), '409 job_expired');
    });

    test('the job of a worker that is killed goes to another', async (t) => {
        const server = await Server.start({ 'services.lease': '500ms' });
        t.after(() => server.stop());
        const services = new Services(server);
        const worker = (script) => spawn(process.execPath, ['--input-type=module', '-e', `
            const job = await (await fetch('${server.http}service/a/jobs')).json();
            ${script}`], { stdio: ['ignore', 'pipe', 'inherit'] });
        const doomed = worker("console.log(job.id); await new Promise((go) => setTimeout(go, 60_000));");
        const called = services.call('a', 1);
        const [id] = await within(patience, new Promise((resolve) =>
            doomed.stdout.once('data', (data) => resolve(String(data).split('\n')))), 'the job');
        doomed.kill('SIGKILL');
        const heir = worker(`console.log(job.attempt); await fetch('${server.http}jobs/' + job.id, {
            method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '"by the other"' });`);
        const attempt = await within(patience, new Promise((resolve) =>
            heir.stdout.once('data', (data) => resolve(Number(data)))), 'the second attempt');
        assert.equal(attempt, 2);
        assert.equal(await (await called).json(), 'by the other');
        assert.equal(await failure(await services.answer(id, 1)), '409 job_answered');
    });

    test('after services.attempts workers the caller is told', async (t) => {
        const server = await Server.start({ 'services.lease': '50ms', 'services.attempts': 2 });
        t.after(() => server.stop());
        const services = new Services(server);
        const called = services.call('a', 1);
        assert.equal((await services.take('a')).attempt, 1);
        assert.equal((await services.take('a')).attempt, 2);
        assert.equal(await failure(await called), '504 job_abandoned');
    });

    test('a full queue refuses calls until a job is taken', async (t) => {
        const server = await Server.start({ 'services.max_queued': 3 });
        t.after(() => server.stop());
        const services = new Services(server);
        const called = [0, 1, 2].map((i) => services.call('a', i));
        await services.until('a', ({ queued }) => queued === 3);
        const refused = await services.call('a', 3);
        assert.equal(refused.headers.get('retry-after'), '1');
        assert.equal(await failure(refused), '429 queue_full');
        assert.equal(await failure(await services.call('b', 3, { query: '?timeout=50ms' })),
            '503 service_unavailable');
        const { id } = await services.take('a');
        called.push(services.call('a', 3));
        await services.answer(id, 1);
        for (const job of await services.take('a', '?n=3')) await services.answer(job.id, 1);
        for (const response of await Promise.all(called)) assert.equal(response.status, 200);
    });

    test('pages call from where they are let in, and others take no job', async (t) => {
        const server = await Server.start({ 'http.origins': 'https://example.com' });
        t.after(() => server.stop());
        const services = new Services(server);
        const called = services.call('a', 1);
        await services.until('a', ({ queued }) => queued === 1);
        const from = (path, ...headers) => curl('curl', ['-sS', '-i', `${server.http}${path}`,
            ...headers.flatMap((header) => ['-H', header])]);
        const elsewhere = 'Origin: https://evil.example';
        for (const path of ['service/a/jobs', 'service']) {
            const { stdout } = await from(path, elsewhere);
            assert.match(stdout, /^HTTP\/1.1 403 Forbidden\r\n/);
            assert.match(stdout, /"code":"origin_not_allowed"/);
        }
        assert.match((await from('service/a/jobs', 'Sec-Fetch-Site: cross-site')).stdout, / 403 /);
        assert.match((await from('healthz', elsewhere)).stdout, / 200 OK/);

        const { stdout } = await from('service/a/jobs', 'Origin: https://example.com');
        assert.match(stdout, /^HTTP\/1.1 200 OK\r\n/);
        assert.match(stdout, /\r\nAccess-Control-Allow-Origin: https:\/\/example.com\r\n/);
        await services.answer(JSON.parse(stdout.split('\r\n\r\n')[1]).id, 2);
        assert.equal(await (await called).json(), 2);
    });

    test('a caller that does not read its answer holds nobody up, and is given up', async (t) => {
        const server = await Server.start({ 'http.reply_timeout': '1s', 'http.max_body_bytes': '32MiB' });
        t.after(() => server.stop());
        const services = new Services(server);
        const count = 5;
        const big = JSON.stringify('.'.repeat(20_000_000));
        for (let i = 0; i < count; ++i) {
            const caller = await Exchange.open(server.http);
            t.after(() => caller.close());
            caller.socket.pause();
            caller.send('POST', '/service/a', i);
        }
        await services.until('a', ({ queued }) => queued === count);
        const open = await server.descriptors();
        for (let i = 0; i < count; ++i) {
            const { id } = await services.take('a');
            assert.equal((await services.answer(id, big)).status, 200);
        }
        const called = services.call('b', 1);
        await services.answer((await services.take('b')).id, 2);
        assert.equal(await (await called).text(), '2');
        await eventually(patience, async () => (await server.descriptors()) <= open - count + 2,
            'the end of connections that take nothing');
    });

    test('half a request is told that it took too long', async (t) => {
        const server = await Server.start({ 'http.idle_timeout': '200ms' });
        t.after(() => server.stop());
        const client = await Exchange.open(server.http);
        t.after(() => client.close());
        client.socket.write('POST /service/a HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n[1,');
        assert.equal((await client.reply()).status, 408);
    });

    test('a server that stops lets what is under way be answered, and refuses the rest', async () => {
        const server = await Server.start();
        const services = new Services(server);
        const called = services.call('a', 1);
        const { id } = await services.take('a');
        server.signal('SIGTERM');
        await eventually(patience, async () => (await server.get('/readyz')).status === 503, 'draining');
        assert.equal(await failure(await services.call('a', 2)), '503 draining');
        assert.equal((await services.answer(id, 3)).status, 200);
        assert.equal(await (await called).text(), '3');
        assert.equal((await within(patience, server.exited, 'the end')).code, 0);
    });

    test('a server that stops tells those that wait longer than it does', async () => {
        const server = await Server.start({ 'shutdown.timeout': '1s' });
        const services = new Services(server);
        const called = services.call('a', 1);
        const poll = server.get('/service/b/jobs');
        await services.until('a', ({ queued }) => queued === 1);
        await services.until('b', ({ polls }) => polls === 1);
        server.signal('SIGTERM');
        assert.equal(await failure(await called), '503 draining');
        assert.equal((await poll).status, 204);
        assert.equal((await within(patience, server.exited, 'the end')).code, 0);
    });
});

describe('ten thousand workers', () => {
    test('wait at once, each gets a job, and each is noticed to leave', async (t) => {
        const count = 10_000;
        const server = await Server.start({ 'services.poll_timeout': '10m', 'http.idle_timeout': '10m' });
        t.after(() => server.stop());
        const services = new Services(server);
        const idle = await server.memory();

        const workers = [];
        for (let i = 0; i < count; i += 200) {
            workers.push(...await Promise.all(Array.from({ length: 200 }, () => Exchange.open(server.http))));
        }
        t.after(() => workers.forEach((worker) => worker.close()));
        for (const worker of workers) worker.send('GET', '/service/crowd/jobs');
        await services.until('crowd', ({ polls }) => polls === count, 60_000);
        const bytes = ((await server.memory()) - idle) / count;
        assert.ok(bytes < 32_768, `${bytes} bytes of memory for each worker`);

        const served = workers.map(async (worker) => {
            const { status, body } = await worker.reply(180_000);
            assert.equal(status, 200);
            const { id, originalRequest } = JSON.parse(body);
            worker.send('POST', `/jobs/${id}`, { twice: 2 * originalRequest });
            assert.equal((await worker.reply(60_000)).status, 200);
        });
        const callers = new Callers(server.http, 100);
        t.after(() => callers.close());
        const before = await server.cpu();
        const answers = await Promise.all(Array.from({ length: count }, async (_, i) => {
            const { status, body } = await callers.call('/service/crowd', i);
            assert.equal(status, 200);
            assert.equal(JSON.parse(body).twice, 2 * i);
        }));
        assert.equal(answers.length, count);
        await Promise.all(served);
        // Of processor time: how long it takes by the clock is up to the rest of the machine.
        const each = ((await server.cpu()) - before) / count;
        assert.ok(each < 0.5, `${each} ms of processor time for each job`);

        for (const worker of workers) worker.send('GET', '/service/crowd/jobs');
        await services.until('crowd', ({ polls }) => polls === count, 60_000);
        for (const worker of workers) worker.close();
        await services.until('crowd', undefined, 60_000);
    });
});

describe('the examples of services', () => {
    const folder = `${root}protocol/examples/services/`;
    const schemas = new Ajv({ strict: true });
    const schema = (name) =>
        schemas.compile(JSON.parse(readFileSync(`${root}protocol/schema/${name}.json`, 'utf8')));
    const [isJob, isState] = [schema('service_job'), schema('service_job_state')];

    for (const file of readdirSync(folder)) {
        test(`${file} is as it stands`, async (t) => {
            const server = await Server.start();
            t.after(() => server.stop());
            const clients = new Map();
            let id;
            for (const step of JSON.parse(readFileSync(folder + file, 'utf8'))) {
                if (!clients.has(step.by)) clients.set(step.by, await Exchange.open(server.http));
                const client = clients.get(step.by);
                t.after(() => client.close());
                if (step.send) {
                    const [method, path] = step.send.replace('{id}', id).split(' ');
                    client.send(method, path, step.body, step.headers);
                    continue;
                }
                const { status, body } = await client.reply();
                assert.equal(status, step.status);
                if (step.reply === undefined) {
                    assert.equal(body, '');
                    continue;
                }
                const reply = JSON.parse(body);
                const one = Array.isArray(reply) ? reply[0] : reply;
                if (one.id) ({ id } = one);
                if (one.originalRequest !== undefined) assert.ok(isJob(one), body);
                if (one.state) assert.ok(isState(one), body);
                const shown = JSON.stringify(step.reply).replaceAll(/"(id|message)":"…"/g,
                    (_, name) => `"${name}":${JSON.stringify(one[name])}`);
                assert.equal(body, shown);
            }
        });
    }
});

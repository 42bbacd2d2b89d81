// How the server is started, and how it refuses to.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Server, flags, run } from './server.mjs';
import { within } from './wait.mjs';

/// A server that ends with the test `t`, whatever becomes of it.
async function started(t, options, more) {
    const server = await Server.start(options, more);
    t.after(() => server.kill());
    return server;
}

const free = { 'websocket.port': 0, 'http.port': 0 };

describe('the command', () => {
    let folder;
    before(async () => (folder = await mkdtemp(join(tmpdir(), 'kafka-ws-config-'))));
    after(async () => rm(folder, { recursive: true }));

    async function file(text, name = 'config.yaml') {
        const path = join(folder, name);
        await writeFile(path, text);
        return path;
    }

    /// The one line that says why the server does not start.
    async function refusal(args, env) {
        const { code, stdout, stderr } = await run(args, { env });
        assert.equal(code, 1, stderr);
        assert.equal(stdout, '');
        assert.match(stderr, /^[^\n]+\n$/, 'one line');
        return stderr.trim();
    }

    test('--version prints the version', async () => {
        const { code, stdout } = await run(['--version']);
        assert.equal(code, 0);
        assert.match(stdout, /^kafka-ws \d+\.\d+\.\d+\n$/);
    });

    test('--help names every setting, and the embedded broker', async () => {
        const { code, stdout } = await run(['--help']);
        assert.equal(code, 0);
        for (const word of ['--websocket.port', '--http.port', '--producer.mq_limit',
            '--consumer.mq_interval', '--check-config', '--print-config', 'kafka.bootstrap.servers',
            'embedded']) {
            assert.ok(stdout.includes(word), word);
        }
    });

    test('--print-config prints a file that it takes', async () => {
        const { code, stdout } = await run(['--print-config']);
        assert.equal(code, 0);
        assert.match(stdout, /^ *#/m, 'comments');
        const path = await file(stdout, 'printed.yaml');
        assert.equal((await run(['-c', path, '--check-config'])).code, 0);
    });

    test('--check-config says nothing bad about a good file', async () => {
        const path = await file('websocket: {port: 0}\nkafka:\n  bootstrap.servers: 127.0.0.1:1\n');
        assert.equal((await run(['-c', path, '--check-config'])).code, 0);
    });

    test('JSON is a configuration as well', async (t) => {
        const path = await file('{"websocket": {"port": 0, "path": "/json"}, "http": {"port": 0}}',
            'config.json');
        const server = await started(t, {}, { args: ['-c', path] });
        assert.match(server.url, /\/json$/);
        await server.stop();
    });

    test('environment stands over the file, and flags over both', async (t) => {
        const path = await file('websocket: {path: /file}\nconsumer: {mq_limit: 7}\n', 'over.yaml');
        const start = (options, env) => started(t, options, { args: ['-c', path], env });
        for (const [options, env, expected] of [
            [{}, {}, '/file'],
            [{}, { KAFKA_WS_WEBSOCKET_PATH: '/environment' }, '/environment'],
            [{ 'websocket.path': '/flag' }, { KAFKA_WS_WEBSOCKET_PATH: '/environment' }, '/flag'],
        ]) {
            const server = await start(options, env);
            assert.ok(server.url.endsWith(expected), server.url);
            await server.stop();
        }
    });

    for (const [what, text, ...words] of [
        ['an unknown key', 'websocket:\n  port: 0\n  prot: 1\n', ':3:', 'websocket.prot'],
        ['an unknown group', 'http: {port: 0}\nwebsockets: {}\n', ':2:', 'websockets'],
        ['a value that is no number', 'websocket:\n  port: many\n', ':2:', 'websocket.port', '65535'],
        ['a number out of range', 'http: {port: 65536}\n', ':1:', 'http.port', '65535'],
        ['a list for a value', 'websocket:\n  port: [1]\n', ':2:', 'websocket.port'],
        ['no YAML', 'websocket: {port: 0\nhttp: }\n', ':'],
        ['an unknown property of librdkafka', 'kafka:\n  bootstrap.servers: 127.0.0.1:1\n  no.such: 1\n',
            ':3:', 'no.such'],
        ['a bad property of librdkafka',
            'kafka:\n  bootstrap.servers: 127.0.0.1:1\n  producer:\n    acks: some\n', ':4:', 'acks'],
        ['a key twice', 'websocket: {port: 0}\nwebsocket: {path: /}\n', ':2:'],
    ]) {
        for (const check of [true, false]) {
            test(`a file with ${what} stops ${check ? 'the check' : 'the start'}`, async () => {
                const path = await file(text, 'bad.yaml');
                const line = await refusal(['-c', path, ...(check ? ['--check-config'] : [])]);
                for (const word of [path, ...words]) assert.ok(line.includes(word), `${word}: ${line}`);
            });
        }
    }

    test('a file that is not there stops the start', async () => {
        assert.match(await refusal(['-c', '/no/such/file']), /\/no\/such\/file/);
    });

    test('an unknown flag stops the start', async () => {
        assert.match(await refusal(['--websocket.prot', '1']), /websocket\.prot.*websocket\.port/);
    });

    test('a flag out of range stops the start', async () => {
        assert.match(await refusal(['--websocket.port', '70000']), /websocket\.port.*65535/);
    });

    test('an unknown variable stops the start', async () => {
        const line = await refusal(['--check-config'], { KAFKA_WS_WEBSOCKET_PROT: '1' });
        assert.match(line, /KAFKA_WS_WEBSOCKET_PROT/);
    });

    test('stdout has the one line, logs go to stderr', async (t) => {
        const server = await started(t);
        await server.stop();
        assert.match(server.stdout,
            /^ready websocket=ws:\/\/127\.0\.0\.1:\d+\/ http=http:\/\/127\.0\.0\.1:\d+\/\n$/);
        assert.match(server.stderr, /embedded/, 'says which broker it uses');
    });

    for (const key of ['websocket.port', 'http.port']) {
        test(`${key} in use stops the start`, async () => {
            const taken = net.createServer();
            await new Promise((resolve) => taken.listen(0, '127.0.0.1', resolve));
            const { port } = taken.address();
            const { code, stdout, stderr } = await run(
                flags({ ...free, [key]: port }));
            taken.close();
            assert.equal(code, 1);
            assert.equal(stdout, '', 'it was never ready');
            assert.ok(stderr.includes(String(port)), stderr);
        });

        test(`${key} of another server stops the start`, async (t) => {
            const first = await started(t);
            const port = new URL(key === 'http.port' ? first.http : first.url).port;
            const { code, stdout, stderr } = await run(
                flags({ ...free, [key]: port }));
            assert.equal(code, 1);
            assert.equal(stdout, '', 'it was never ready');
            assert.ok(stderr.includes(port), stderr);
            await first.stop();
        });
    }

    for (const address of ['127.0.0.1', '0.0.0.0']) {
        test(`one port for both, HTTP at ${address}, stops the start`, async (t) => {
            const first = await started(t);
            const port = new URL(first.url).port;
            await first.stop();
            const { code, stdout, stderr } = await run(flags({ 'websocket.port': port,
                'http.port': port, 'http.address': address }));
            assert.equal(code, 1);
            assert.equal(stdout, '', 'it was never ready');
            assert.ok(stderr.includes(port), stderr);
        });
    }

    test('an address that is not this machine stops the start', async () => {
        const { code, stderr } = await run(['--websocket.port', '0', '--http.port', '0',
            '--websocket.address', '192.0.2.1']);
        assert.equal(code, 1);
        assert.match(stderr, /192\.0\.2\.1/);
    });

    test('serves on loopback alone unless told otherwise', async (t) => {
        const server = await started(t);
        const socket = net.connect({ port: server.port, host: '127.0.0.2' });
        const outcome = new Promise((resolve) => {
            socket.once('connect', () => resolve('connected'));
            socket.once('error', () => resolve('refused'));
        });
        assert.equal(await within(5000, outcome, 'an answer'), 'refused');
        socket.destroy();
        await server.stop();
    });
});

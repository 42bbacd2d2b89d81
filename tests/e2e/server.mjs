// The built server as a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Client } from './client.mjs';
import { Raw } from './raw.mjs';
import { eventually, patience, within } from './wait.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const binary = process.env.KAFKA_WS_BINARY ?? `${root}build/kafka-ws`;

/// The flags of suites that run on any broker: the embedded one, or the Kafka that the environment
/// names.
export const anyBroker = process.env.KAFKA_BOOTSTRAP
    ? { 'kafka.bootstrap.servers': process.env.KAFKA_BOOTSTRAP }
    : {};

/// For suites about something else than batching, which would otherwise wait for it.
export const hasty = { ...anyBroker, 'producer.mq_interval': 1, 'consumer.mq_interval': 1 };

const sanitizer = /(Address|Thread|Leak|Memory|UndefinedBehavior)Sanitizer|runtime error:/;
const readyLine = /^ready websocket=(ws:\S+) http=(http:\S+)$/;

/// The environment without what would configure the server behind a test's back.
function environment(extra) {
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('KAFKA_WS_'));
    const all = { ...Object.fromEntries(kept), ...extra };
    // What AddressSanitizer keeps of freed memory would count as the server's.
    if (all.ASAN_OPTIONS) all.ASAN_OPTIONS += ':quarantine_size_mb=4';
    return all;
}

/// { 'websocket.port': 0 } as --websocket.port 0.
export function flags(options) {
    return Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
}

/// Runs the server until it ends by itself, and returns how.
export async function run(args, { env = {}, ms = patience } = {}) {
    const child = spawn(binary, args, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    try {
        const [code, signal] = await within(ms, once(child, 'close'), `the end of ${args.join(' ')}`);
        return { code, signal, stdout, stderr };
    } finally {
        child.kill('SIGKILL');
    }
}

export class Server {
    #child;
    #exited;
    #clients = [];
    #bridges = 0;
    stdout = '';
    stderr = '';

    /// Starts a server on free ports, which may have so many `files` open; resolves when it serves.
    static async start(options = {}, { args = [], env = {}, files } = {}) {
        const server = new Server();
        const all = { 'websocket.port': 0, 'http.port': 0, ...options };
        await server.#spawn([...args, ...flags(all)], env, files);
        return server;
    }

    /// With a file of `settings`: an object, or a text as it stands.
    static async configured(settings, options = {}) {
        const folder = await mkdtemp(join(tmpdir(), 'kafka-ws-'));
        const path = join(folder, 'config.yaml');
        const text = typeof settings === 'string' ? settings : JSON.stringify(settings);
        await writeFile(path, text);
        try {
            const server = await Server.start(options, { args: ['-c', path] });
            server.#bridges = settings.services?.bridges?.length ?? 0;
            return server;
        } finally {
            await rm(folder, { recursive: true });
        }
    }

    async #spawn(args, env, files) {
        const [command, ...before] = files
            ? ['/bin/sh', '-c', `ulimit -n ${files} && exec "$0" "$@"`, binary] : [binary];
        this.#child = spawn(command, [...before, ...args], {
            env: environment(env),
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        this.#exited = new Promise((resolve) => {
            this.#child.once('close', (code, signal) => resolve({ code, signal }));
            this.#child.once('error', (error) => resolve({ code: null, signal: error.message }));
        });
        this.#child.stderr.on('data', (data) => {
            this.stderr += data;
            if (process.env.E2E_LOG) process.stderr.write(data);
        });
        const ready = new Promise((resolve) => {
            this.#child.stdout.on('data', (data) => {
                this.stdout += data;
                if (this.stdout.includes('\n')) resolve();
            });
        });
        const died = this.#exited.then(({ code, signal }) => {
            throw new Error(`${binary} ended before it was ready: ${code ?? signal}\n${this.stderr}`);
        });
        died.catch(() => {});
        try {
            await within(patience, Promise.race([ready, died]), 'the line "ready"');
        } catch (error) {
            this.#child.kill('SIGKILL');
            throw error;
        }
        const line = this.stdout.split('\n')[0];
        const match = readyLine.exec(line);
        if (!match) {
            this.#child.kill('SIGKILL');
            throw new Error(`not the promised line: ${line}`);
        }
        [, this.url, this.http] = match;
        this.port = Number(new URL(this.url).port);
    }

    get pid() {
        return this.#child.pid;
    }

    /// Resolves to { code, signal } when the process has ended.
    get exited() {
        return this.#exited;
    }

    /// A client that ends with the test `t`, or with the server.
    async connect(t, options) {
        const client = await Client.connect(this.url, options);
        this.#clients.push(client);
        t.after(() => client.terminate());
        return client;
    }

    /// A connection of bytes, with `handshake` a WebSocket already, that ends in the same way.
    async raw(t, { handshake = true, ...options } = {}) {
        const raw = await (handshake ? Raw.open : Raw.connect)(this.port, options);
        this.#clients.push(raw);
        t.after(() => raw.terminate());
        return raw;
    }

    async get(path, options) {
        return fetch(new URL(path, this.http), options);
    }

    async health() {
        return (await this.get('/health')).json();
    }

    /// Resolves when no connection is open and nothing of one is left; deliveries and each bridge keep
    /// a consumer and a producer of their own.
    async settled(ms = patience) {
        let last;
        const check = async () => {
            last = await this.health();
            const open = last.brokers
                .map(({ producers, consumers, orphans }) => producers + consumers + orphans)
                .reduce((sum, count) => sum + count, 0);
            if (last.connections + last.lingering > 0) return false;
            return open <= (last.deliveries ? 2 : 0) + 2 * this.#bridges;
        };
        await eventually(ms, check, 'a server without connections, producers, consumers and orphans')
            .catch((error) => {
                throw new Error(`${error.message}; /health said ${JSON.stringify(last)}`);
            });
    }

    /// The resident memory in bytes.
    async memory() {
        const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
        return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) * 1024;
    }

    /// The processor time that it has used, in ms.
    async cpu() {
        const stat = await readFile(`/proc/${this.pid}/stat`, 'utf8');
        const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
        return 10 * (Number(user) + Number(system));  // USER_HZ is 100 everywhere.
    }

    /// How many files and sockets it has open.
    async descriptors() {
        return (await readdir(`/proc/${this.pid}/fd`)).length;
    }

    signal(name) {
        this.#child.kill(name);
    }

    /// Ends the server as its operator would, once its clients are gone; throws if it had crashed,
    /// left something behind, or does not end with 0 in time.
    async stop({ settle = true, ms = patience } = {}) {
        try {
            for (const client of this.#clients) client.terminate();
            if (settle) await this.settled();
            this.signal('SIGTERM');
            const { code, signal } = await within(ms, this.#exited, 'the end after SIGTERM');
            if (code !== 0) throw new Error(`the server ended with ${code ?? signal}`);
            this.checkLog();
        } catch (error) {
            error.message += `\n--- log of the server, its end ---\n${this.stderr.slice(-4000)}`;
            throw error;
        } finally {
            await this.kill();
        }
    }

    /// Ends the server at once.
    async kill() {
        this.#child.kill('SIGKILL');
        await within(patience, this.#exited, 'the end after SIGKILL');
    }

    checkLog() {
        const line = this.stderr.split('\n').find((candidate) => sanitizer.test(candidate));
        if (line) throw new Error(`a sanitizer reported: ${line}`);
    }
}

/// A server for the tests of the suite that calls this within `describe`: `server` of what is
/// returned, while they run.
export function serverFor(options = anyBroker) {
    const suite = {};
    before(async () => (suite.server = await Server.start(options)));
    after(() => suite.server?.stop());
    return suite;
}

// Every example of the protocol's documentation, byte for byte.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { Server, root } from './server.mjs';
import { succeeded } from './client.mjs';
import { Worker, progress as progressOf } from './worker.mjs';

const folder = `${root}protocol/examples/`;
const examples = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, JSON.parse(readFileSync(folder + name, 'utf8'))]);

const compact = (value) => JSON.stringify(value);

/// The text without `keys` of the payload, which must be there.
function without(keys, text) {
    const message = JSON.parse(text);
    for (const key of keys) {
        assert.ok(key in message.p, `"${key}" in ${text}`);
        delete message.p[key];
    }
    return compact(message);
}

const isUnasked = (message) => !('refid' in message);

/// `expected` with the server's own words for "…".
function worded(expected, actual) {
    if (expected === '…') {
        assert.equal(typeof actual, 'string');
        assert.match(actual, /\w{2,}/);
        return actual;
    }
    if (Array.isArray(expected)) return expected.map((each, i) => worded(each, actual?.[i]));
    if (expected === null || typeof expected !== 'object') return expected;
    return Object.fromEntries(
        Object.entries(expected).map(([key, value]) => [key, worded(value, actual?.[key])]));
}

/// With the server's own words for "…", and with the frame's own ids.
function filled(expected, text) {
    const actual = JSON.parse(text);
    const withId = (message, own) => (
        typeof message.id === 'number' && isUnasked(message) ? { ...message, id: own?.id } : message);
    const withIds = Array.isArray(expected)
        ? expected.map((message, i) => withId(message, actual[i])) : withId(expected, actual);
    return compact(worded(withIds, actual));
}

/// Makes the next reply on `client` the `count`-th, counted from 0, when `done` have come.
async function advance(client, done, count) {
    const ids = Array.from({ length: count - done }, (_, i) => `filler ${i}`);
    for (let i = 0; i < ids.length; i += 100) {
        const some = ids.slice(i, i + 100);
        client.send(some.map((id) => ({ id, t: 'health' })));
        for (const id of some) await client.reply(id);
    }
}

/// What came unasked: frames that are arrays as one array, each message as it came, or the first of
/// those that are not.
function unasked(frames, expected) {
    const all = frames.filter((text) => [JSON.parse(text)].flat().every(isUnasked));
    if (!Array.isArray(expected)) return all.find((text) => text.startsWith('{'));
    return `[${all.map((text) => text.slice(1, -1)).join(',')}]`;
}

/// A worker of the service that `request` is for, which says `words` to the command that comes.
async function answer(t, server, { p: { service } }, words) {
    const worker = await Worker.join(t, server, service);
    return worker.next().then(({ id: refid }) => {
        for (const { a, ...rest } of words) worker.client.send({ refid, t: 'command', a, ...rest });
    });
}

async function play(t, example) {
    const { config, before = [], awaited = 0, request, worker, progress = [], reply, frame, received, beside = [] } =
        example;
    const server = config ? await Server.configured(config) : await Server.start();
    t.after(() => server.stop());
    const client = await server.connect(t);
    const witness = received && (await server.connect(t));
    if (received) await witness.subscribe(received.topic, { consumer_group: 'witness' });

    for (const message of before) {
        client.send(message);
        succeeded(await client.reply(message.id));
    }
    await client.notifications(awaited);
    if (reply) await advance(client, before.length, reply.id - progress.length);
    const answered = worker && answer(t, server, request, worker);

    client.frames.length = 0;
    client.send(request);
    for (const word of progress) {
        await progressOf(client, request.id);
        assert.equal(client.frames.shift(), filled(word, compact(word)));
    }
    await answered;
    if (reply) {
        await client.reply(request.id ?? null);
        const text = client.frames.find((each) => 'refid' in JSON.parse(each));
        assert.equal(without(beside, text), filled(reply, text));
        if (beside.length === 0) assert.equal(text, filled(reply, text));
    }
    if (frame) {
        for (const _ of [frame].flat()) await client.next(isUnasked);
        const text = unasked(client.frames, frame);
        for (const { id } of [JSON.parse(text)].flat()) assert.equal(typeof id, typeof [frame].flat()[0].id);
        assert.equal(text, filled(frame, text));
    }
    if (received) {
        const got = await witness.notifications(received.values.length);
        assert.deepEqual(got.map(({ p }) => p), received.values);
    }
    if (reply === null) {
        await client.fence();
        const others = client.messages.items.filter((message) => !isUnasked(message));
        assert.deepEqual(others, [], 'no reply');
    }
    // What it has not replied to would keep the server from ending.
    client.terminate();
}

describe('the documented examples', () => {
    for (const [name, example] of examples) {
        if (example.request) test(name, (t) => play(t, example));
    }

    test('stand all in files', () => {
        const text = ['README', 'services'].map((name) => (
            readFileSync(`${root}protocol/${name}.md`, 'utf8'))).join('\n');
        const blocks = [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block]) => block);
        const lines = blocks.flatMap((block) => block.trim().split('\n'));
        // What is not a message is of HTTP, and has tests of its own.
        const shown = lines.filter((line) => /^\[?\{"(id|refid|t|type)":/.test(line) && !/^\{"id":"[^"]*","(orig|serv)/.test(line));
        const kept = new Set(examples.flatMap(([, { request, progress = [], reply, frame }]) => (
            [request, ...progress, reply, frame].map(compact))));
        assert.ok(shown.length >= 50, 'the documents have their examples');
        assert.deepEqual(shown.filter((line) => !kept.has(line)), []);
    });
});

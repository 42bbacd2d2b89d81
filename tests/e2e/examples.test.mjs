// Every example of the protocol's documentation, byte for byte.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { Server, root } from './server.mjs';
import { isNotification, succeeded } from './client.mjs';

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

/// With the server's own words for "…", and with the frame's own ids.
function filled(expected, text) {
    const actual = JSON.parse(text);
    if (Array.isArray(expected)) {
        return compact(expected.map((message, i) => ({ ...message, id: actual[i]?.id })));
    }
    if (expected.p?.message !== '…') return compact(expected);
    assert.match(actual.p.message, /\w{2,}/);
    return compact({ ...expected, p: { ...expected.p, message: actual.p.message } });
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

/// The frames of notifications as one array, each message as it came.
function joined(frames) {
    const notifications = frames.filter((text) => JSON.parse(text).every?.(isNotification));
    return `[${notifications.map((text) => text.slice(1, -1)).join(',')}]`;
}

async function play(t, example) {
    const { config, before = [], awaited = 0, request, reply, frame, received, beside = [] } = example;
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
    if (reply) await advance(client, before.length, reply.id);

    client.frames.length = 0;
    client.send(request);
    if (reply) {
        await client.reply(request.id ?? null);
        const [text] = client.frames;
        assert.equal(without(beside, text), filled(reply, text));
        if (beside.length === 0) assert.equal(text, filled(reply, text));
    }
    if (frame) {
        await client.notifications(frame.length);
        const text = joined(client.frames);
        for (const { id } of JSON.parse(text)) assert.equal(typeof id, 'number');
        assert.equal(text, filled(frame, text));
    }
    if (received) {
        const got = await witness.notifications(received.values.length);
        assert.deepEqual(got.map(({ p }) => p), received.values);
    }
    if (reply === null) {
        await client.fence();
        const others = client.messages.items.filter((message) => !isNotification(message));
        assert.deepEqual(others, [], 'no reply');
    }
}

describe('the documented examples', () => {
    for (const [name, example] of examples) {
        if (example.request) test(name, (t) => play(t, example));
    }

    test('stand all in files', () => {
        const text = readFileSync(`${root}protocol/README.md`, 'utf8');
        const blocks = [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block]) => block);
        const shown = blocks.flatMap((block) => block.trim().split('\n'));
        const kept = new Set(
            examples.flatMap(([, { request, reply, frame }]) => [request, reply, frame].map(compact)),
        );
        assert.ok(shown.length >= 12, 'the document has its examples');
        assert.deepEqual(shown.filter((line) => !kept.has(line)), []);
    });
});

// mq_limit and mq_interval, towards the broker and towards the client. What must wait waits for an
// hour here, so that what arrives did not come by the clock.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Server, anyBroker } from './server.mjs';
import { unique } from './unique.mjs';

const hour = 3_600_000;

async function started(t, options) {
    const server = await Server.start({ ...anyBroker, ...options });
    t.after(() => server.stop());
    const client = await server.connect(t);
    const topic = unique('batch');
    await client.create(topic);
    return { server, client, topic };
}

/// How many notifications each frame had.
function sizes(client) {
    return client.frames.map((text) => JSON.parse(text))
        .filter((frame) => Array.isArray(frame) && frame[0].t === 'notif')
        .map((frame) => frame.length);
}

const record = (topic, m) => ({ t: 'notif', a: 'create', p: { t: topic, m } });
const acknowledged = (topic, id) => ({ id, t: 'notif', a: 'create', p: { t: topic, m: 'x', ack: true } });

describe('towards the broker', () => {
    test('sends leave at the limit, not before', async (t) => {
        const { client, topic } = await started(t, {
            'producer.mq_limit': 3, 'producer.mq_interval': hour });
        client.send(acknowledged(topic, 1));
        client.send(acknowledged(topic, 2));
        await client.fence();
        assert.deepEqual(client.messages.items, []);
        client.send(acknowledged(topic, 3));
        for (const id of [1, 2, 3]) assert.equal((await client.reply(id)).s, 0);
    });

    test('sends leave when the oldest has waited the interval', async (t) => {
        const { client, topic } = await started(t, {
            'producer.mq_limit': 1000, 'producer.mq_interval': 300 });
        const since = performance.now();
        client.send(acknowledged(topic, 1));
        assert.equal((await client.reply(1)).s, 0);
        assert.ok(performance.now() - since >= 290, 'not before the interval');
    });

    test('sends leave at once without an interval', async (t) => {
        const { client, topic } = await started(t, {
            'producer.mq_limit': 1000, 'producer.mq_interval': 'null' });
        await client.publish({ t: topic, m: 'x' });
    });

    test('what waits is sent when the connection closes', async (t) => {
        const { server, client, topic } = await started(t, {
            'producer.mq_limit': 1000, 'producer.mq_interval': hour });
        const witness = await server.connect(t);
        await witness.subscribe(topic, { consumer_group: unique('g') });
        for (let i = 0; i < 5; ++i) client.send(record(topic, i));
        await client.fence();
        client.terminate();
        assert.equal((await witness.notifications(5)).length, 5);
    });
});

describe('towards the client', () => {
    test('notifications leave at the limit, not before', async (t) => {
        const { client, topic } = await started(t, {
            'consumer.mq_limit': 1000, 'consumer.mq_interval': hour, 'producer.mq_interval': 'null' });
        await client.subscribe(topic, { mq_limit: 3 });
        client.frames.length = 0;
        await client.publish({ t: topic, m: '1' });
        await client.publish({ t: topic, m: '2' });
        await client.fence();
        assert.deepEqual(sizes(client), []);
        await client.publish({ t: topic, m: '3' });
        await client.notifications(3);
        assert.deepEqual(sizes(client), [3]);
    });

    test('notifications leave at the configured limit', async (t) => {
        const { client, topic } = await started(t, {
            'consumer.mq_limit': 2, 'consumer.mq_interval': hour, 'producer.mq_interval': 'null' });
        await client.subscribe(topic);
        client.frames.length = 0;
        for (let i = 0; i < 6; ++i) await client.publish({ t: topic, m: '1' });
        await client.notifications(6);
        assert.deepEqual(sizes(client), [2, 2, 2]);
    });

    test('notifications leave when the oldest has waited the interval', async (t) => {
        const { client, topic } = await started(t, {
            'consumer.mq_interval': hour, 'producer.mq_interval': 'null' });
        await client.subscribe(topic, { mq_interval: 300 });
        const since = performance.now();
        await client.publish({ t: topic, m: '1' });
        await client.notification();
        assert.ok(performance.now() - since >= 290, 'not before the interval');
    });

    test('notifications leave at once without an interval', async (t) => {
        const { client, topic } = await started(t, {
            'consumer.mq_interval': hour, 'producer.mq_interval': 'null' });
        await client.subscribe(topic, { mq_interval: null });
        await client.publish({ t: topic, m: '1' });
        await client.notification();
    });

    test('the configured interval may be null', async (t) => {
        const { client, topic } = await started(t, {
            'consumer.mq_interval': 'null', 'producer.mq_interval': 'null' });
        await client.subscribe(topic);
        await client.publish({ t: topic, m: '1' });
        await client.notification();
    });

    test('a limit of one makes every notification a frame', async (t) => {
        const { client, topic } = await started(t, { 'producer.mq_interval': 20 });
        await client.subscribe(topic, { mq_limit: 1 });
        for (let i = 0; i < 50; ++i) client.send(record(topic, i));
        await client.notifications(50);
        assert.deepEqual(sizes(client), Array(50).fill(1));
    });

    test('a frame closes at its size', async (t) => {
        const { client, topic } = await started(t, { 'consumer.max_frame_bytes': 4096 });
        await client.subscribe(topic);
        client.frames.length = 0;
        const value = 'x'.repeat(500);
        for (let i = 0; i < 100; ++i) client.send(record(topic, value));
        await client.notifications(100);
        const frames = client.frames.filter((text) => text.includes('"t":"notif"'));
        assert.ok(frames.length >= 100 * 500 / 4096, `${frames.length} frames`);
        for (const text of frames) assert.ok(text.length <= 4096 + 600, `${text.length} bytes`);
        assert.ok(frames.length < 100, 'several share a frame');
    });

    test('one notification larger than a frame leaves by itself', async (t) => {
        const { client, topic } = await started(t, { 'consumer.max_frame_bytes': 4096 });
        await client.subscribe(topic);
        await client.publish({ t: topic, m: 'x'.repeat(100_000) });
        assert.equal((await client.notification()).p.length, 100_000);
    });
});

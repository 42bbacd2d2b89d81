// Credit, pauses and acknowledgements.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isNotification } from './client.mjs';
import { inMode, modes } from './modes.mjs';
import { assertRefused } from './refusal.mjs';
import { Server, hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience } from './wait.mjs';

const values = (notifications) => notifications.map(({ p }) => p);
const waiting = (client) => client.messages.items.filter(isNotification);
const texts = (from, to) => Array.from({ length: to - from }, (_, i) => String(from + i));
const pull = (client, p) => client.request({ t: 'notif', a: 'pull', p });
const ack = (client, p) => client.request({ t: 'notif', a: 'ack', p });

async function publish(client, topic, from, to) {
    for (const m of texts(from, to)) await client.publish({ t: topic, m });
}

/// When this returns, what was published before has come to subscriptions that are pushed.
async function witnessed(t, server, topic, count) {
    const witness = await server.connect(t);
    await witness.subscribe(topic, inMode('group', { from: 'earliest' }));
    await witness.notifications(count);
}

for (const mode of modes) {
    describe(`a ${mode} subscription`, () => {
        const suite = serverFor(hasty);

        test('that is pulled sends what was asked for and no more', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await client.newTopic();
            await client.subscribe(topic, inMode(mode, { flow: 'pull', from: 'earliest' }));
            await publish(client, topic, 0, 10);
            await witnessed(t, suite.server, topic, 10);
            assert.deepEqual(waiting(client), []);
            assert.equal((await pull(client, { n: 3 })).s, 0);
            assert.deepEqual(values(await client.notifications(3)), texts(0, 3));
            await pull(client, { n: 2 });
            await pull(client, { n: 2 });
            assert.deepEqual(values(await client.notifications(4)), texts(3, 7));
            await client.fence();
            assert.deepEqual(waiting(client), []);
            await pull(client, { n: 1000 });
            await publish(client, topic, 10, 12);
            assert.deepEqual(values(await client.notifications(5)), texts(7, 12));
        });

        test('that is pushed is not pulled, and credit has an end', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await client.newTopic();
            assertRefused(await pull(client, { n: 1 }), 'not_subscribed');
            await client.subscribe(topic, inMode(mode));
            assertRefused(await pull(client, { n: 1 }), 'invalid_payload');
            await client.subscribe(topic, inMode(mode, { flow: 'pull' }));
            assert.equal((await pull(client, { n: 1_000_000 })).s, 0);
            assertRefused(await pull(client, { n: 1 }), 'limit_reached');
            assertRefused(await pull(client, { n: 0 }), 'invalid_payload');
        });

        test('that is paused goes on where it stopped', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await client.newTopic();
            await client.subscribe(topic, inMode(mode, { sub: 'x' }));
            await publish(client, topic, 0, 2);
            assert.deepEqual(values(await client.notifications(2)), texts(0, 2));
            const request = (a, p) => client.request({ t: 'topic', a, p });
            assert.equal((await request('pause', { sub: 'x' })).s, 0);
            await publish(client, topic, 2, 6);
            await witnessed(t, suite.server, topic, 6);
            assert.deepEqual(waiting(client), []);
            assert.equal((await request('resume', { sub: 'x' })).s, 0);
            assert.deepEqual(values(await client.notifications(4)), texts(2, 6));
            assertRefused(await request('pause'), 'not_subscribed');
            assertRefused(await request('resume', { sub: 'y' }), 'not_subscribed');
        });
    });
}

describe('a client that acknowledges', () => {
    const suite = serverFor(hasty);

    async function member(t, topic, options) {
        const client = await suite.server.connect(t);
        await client.subscribe(topic, { ack: 'client', meta: true, from: 'earliest', ...options });
        return client;
    }

    test('gets no more than may wait for it', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await client.newTopic();
        await publish(client, topic, 0, 6);
        await client.subscribe(topic, inMode('group',
            { ack: 'client', max_unacked: 2, meta: true, from: 'earliest' }));
        const got = await client.notifications(2);
        await witnessed(t, suite.server, topic, 6);
        assert.deepEqual(waiting(client), []);
        assert.equal((await ack(client, got.map(({ o }) => o))).s, 0);
        assert.deepEqual(values(await client.notifications(2)), texts(2, 4));
    });

    test('is told of what it cannot acknowledge, and of nothing else without an id', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await client.newTopic();
        await publish(client, topic, 0, 2);
        const position = (offset) => ({ topic, partition: 0, offset });
        assertRefused(await ack(client, position(0)), 'not_subscribed');
        await client.subscribe(topic, inMode('group', { from: 'earliest' }));
        assertRefused(await ack(client, position(0)), 'invalid_payload');
        await client.notifications(2);
        await client.subscribe(topic, inMode('group', { ack: 'client', max_unacked: 1, from: 'earliest' }));
        await client.notification();
        assertRefused(await ack(client, position(7)), 'offset_out_of_range');
        const replies = client.messages.items.length;
        client.send({ t: 'notif', a: 'ack', p: position(0) });
        await client.notification();
        assert.equal(client.messages.items.length, replies);
        client.send({ t: 'notif', a: 'ack', p: position(0) });
        assertRefused(await client.reply(null), 'offset_out_of_range');
    });

    for (const how of ['is cut off', 'unsubscribes', 'is closed']) {
        test(`leaves everything from its first unacknowledged record to the next one when it ${how}`, async (t) => {
            const sender = await suite.server.connect(t);
            const topic = await sender.newTopic();
            const consumer_group = unique('g');
            const first = await member(t, topic, { consumer_group });
            await publish(sender, topic, 0, 10);
            const got = await first.notifications(10);
            await ack(first, [0, 1, 2, 4, 9].map((i) => got[i].o));
            if (how === 'is cut off') first.terminate();
            else if (how === 'is closed') await first.close();
            else await first.unsubscribe();
            const second = await member(t, topic, { consumer_group });
            assert.deepEqual(values(await second.notifications(7)), texts(3, 10));
        });
    }

    test('loses nothing unacknowledged while members come and go', async (t) => {
        const sender = await suite.server.connect(t);
        const topic = await sender.newTopic(4);
        const consumer_group = unique('g');
        const done = new Set();
        let repeated = 0;
        let sent = 0;
        const send = (count) => {
            for (const end = sent + count; sent < end; ++sent) {
                sender.send({ t: 'notif', a: 'create', p: { t: topic, m: String(sent), partition: sent % 4 } });
            }
        };
        // Each acknowledges out of order, and what it acknowledged is done.
        const work = (client) => (client.onNotification = ({ p, o }) => {
            if (Number(p) % 29 === client.skips) return;
            if (done.has(p)) ++repeated;
            done.add(p);
            client.send({ t: 'notif', a: 'ack', p: o });
        });
        for (let round = 0; round < 5; ++round) {
            const client = await suite.server.connect(t);
            client.skips = round;
            work(client);
            await client.subscribe(topic, { consumer_group, ack: 'client', meta: true, max_unacked: 200, from: 'earliest' });
            const before = done.size;
            send(400);
            await eventually(patience, () => done.size > before + 40, 'some work');
            if (round % 2) await client.close();
            else client.terminate();
        }
        const last = await suite.server.connect(t);
        last.skips = -1;
        work(last);
        await last.subscribe(topic, { consumer_group, ack: 'client', meta: true });
        await eventually(3 * patience, () => done.size === sent, `all ${sent}, with ${repeated} repeated`);
    });

    test('has as many unacknowledged records as configured, if it does not say', async (t) => {
        const server = await Server.start({ ...hasty, 'consumer.max_unacked': 3 });
        t.after(() => server.kill());
        const client = await server.connect(t);
        const topic = await client.newTopic();
        await publish(client, topic, 0, 5);
        await client.subscribe(topic, inMode('group', { ack: 'client', from: 'earliest' }));
        await client.notifications(3);
        await witnessed(t, server, topic, 5);
        assert.deepEqual(waiting(client), []);
        await server.stop();
    });
});

// Several subscriptions on one connection.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isNotification } from './client.mjs';
import { inMode } from './modes.mjs';
import { assertRefused } from './refusal.mjs';
import { Server, hasty, serverFor } from './server.mjs';
import { eventually, patience } from './wait.mjs';

const waiting = (client) => client.messages.items.filter(isNotification);
const unsubscribe = (client, p) => client.request({ t: 'topic', a: 'unsubscribe', p });

describe('a connection', () => {
    const suite = serverFor(hasty);

    test('has subscriptions of different names, modes and options', async (t) => {
        const client = await suite.server.connect(t);
        const [a, b] = [await client.newTopic(), await client.newTopic()];
        await client.subscribe([a, b], inMode('group'));
        const reply = await client.subscribe(a, inMode('broadcast', { sub: 'all', filter: { n: 1 } }));
        assert.equal(reply.sub, 'all');
        assert.deepEqual(reply.o, [{ topic: a, partition: 0, offset: 0 }]);
        await client.subscribe(b, inMode('group', { sub: 'pulled "b"', flow: 'pull', meta: true }));
        for (const [topic, n] of [[a, 1], [a, 2], [b, 3]]) await client.publish({ t: topic, m: { n } });

        const got = (await client.notifications(4)).map(({ sub = '', p }) => `${sub} ${p}`);
        assert.deepEqual(got.sort(), [' {"n":1}', ' {"n":2}', ' {"n":3}', 'all {"n":1}']);
        await client.request({ t: 'notif', a: 'pull', p: { n: 5, sub: 'pulled "b"' } });
        const { sub, o } = await client.notification();
        assert.deepEqual([sub, o.topic], ['pulled "b"', b]);

        const { p } = await client.fence();
        const mine = p.consumers.filter(({ topics }) => topics.includes(a));
        assert.deepEqual(mine.map(({ topics }) => topics.sort()), [[a, b].sort()]);
    });

    test('replaces the subscription of a name, and no other', async (t) => {
        const client = await suite.server.connect(t);
        const [a, b, c] = [await client.newTopic(), await client.newTopic(), await client.newTopic()];
        await client.subscribe(a, inMode('broadcast', { sub: 'x' }));
        await client.subscribe(b, inMode('group', { sub: 'y' }));
        await client.subscribe(c, inMode('group', { sub: 'x' }));
        for (const topic of [a, b, c]) await client.publish({ t: topic, m: topic });
        const got = (await client.notifications(2)).map(({ sub, p }) => [sub, p]);
        assert.deepEqual(got.sort(), [['x', c], ['y', b]]);
        await client.fence();
        assert.deepEqual(waiting(client), []);
    });

    test('gives up subscriptions by name', async (t) => {
        const client = await suite.server.connect(t);
        const [a, b] = [await client.newTopic(), await client.newTopic()];
        await client.subscribe(a, inMode('group', { sub: 'x' }));
        await client.subscribe(b, inMode('broadcast', { sub: 'y' }));
        await client.subscribe(b, inMode('group'));
        assertRefused(await unsubscribe(client, { sub: ['x', 'z'] }), 'not_subscribed');
        assert.equal((await unsubscribe(client, { sub: ['x', 'y'] })).s, 0);
        assertRefused(await unsubscribe(client, { sub: 'x' }), 'not_subscribed');
        await client.publish({ t: a, m: 'late' });
        await client.publish({ t: b, m: 'in time' });
        const { sub, p } = await client.notification();
        assert.deepEqual([sub, p], [undefined, 'in time']);
        await client.fence();
        assert.deepEqual(waiting(client), []);
    });

    test('gives up a topic wherever it is subscribed, and the rest goes on without a loss', async (t) => {
        const client = await suite.server.connect(t);
        const [a, b] = [await client.newTopic(), await client.newTopic()];
        await client.subscribe([a, b], inMode('group', { sub: 'x' }));
        await client.subscribe([a, b], inMode('broadcast', { sub: 'y' }));
        const sender = await suite.server.connect(t);
        let sent = 0;
        const stop = setInterval(() => sender.send(
            { t: 'notif', a: 'create', p: { t: b, m: String(sent++) } }), 1);
        t.after(() => clearInterval(stop));
        const { s, p } = await unsubscribe(client, { t: [a] });
        assert.equal(s, 0, JSON.stringify(p));
        clearInterval(stop);
        await client.publish({ t: a, m: 'late' });
        await eventually(patience, () => waiting(client).length >= 2 * sent, `${sent} records, twice`);
        for (const name of ['x', 'y']) {
            const got = waiting(client).filter(({ sub }) => sub === name).map(({ p }) => Number(p));
            assert.deepEqual([...new Set(got)], [...Array(sent).keys()], name);
        }
    });

    test('without a name gives up everything', async (t) => {
        const client = await suite.server.connect(t);
        const topic = await client.newTopic();
        await client.subscribe(topic, inMode('group'));
        await client.subscribe(topic, inMode('broadcast', { sub: 'x' }));
        assert.equal((await unsubscribe(client)).s, 0);
        await client.publish({ t: topic, m: 'late' });
        const { p } = await client.fence();
        assert.deepEqual(p.consumers.filter(({ topics }) => topics.includes(topic)), []);
        assert.deepEqual(waiting(client), []);
    });

    test('has as many subscriptions as configured', async (t) => {
        const server = await Server.start({ ...hasty, 'consumer.max_subscriptions': 2 });
        t.after(() => server.kill());
        const client = await server.connect(t);
        const topic = await client.newTopic();
        await client.subscribe(topic, inMode('broadcast'));
        await client.subscribe(topic, inMode('broadcast', { sub: 'x' }));
        const third = { t: 'topic', a: 'subscribe', p: { t: [topic], ...inMode('broadcast', { sub: 'y' }) } };
        assertRefused(await client.request(third), 'limit_reached');
        await client.subscribe(topic, inMode('broadcast', { sub: 'x' }));
        await unsubscribe(client, { sub: 'x' });
        assert.equal((await client.request(third)).s, 0);
        await server.stop();
    });
});

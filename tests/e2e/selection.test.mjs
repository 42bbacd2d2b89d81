// Filters and keys: which records a subscription gets.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isNotification } from './client.mjs';
import { inMode, modes } from './modes.mjs';
import { assertRefused } from './refusal.mjs';
import { hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';

const values = (notifications) => notifications.map(({ p }) => p);
const change = (client, p) => client.request({ t: 'notif', a: 'filter', p });

for (const mode of modes) {
    describe(`a ${mode} subscription`, () => {
        const suite = serverFor(hasty);

        const records = [
            { m: { currency: 'EUR', bid: 1.08, tags: ['fx', 'major'] }, k: 'EUR' },
            { m: { currency: 'USD', bid: 1, desk: { name: 'green-1' } }, k: 'USD', h: { from: 'a' } },
            { m: { currency: 'JPY', bid: 160, desk: { name: 'blue-7' } }, k: 'JPY', h: { from: 'b' } },
            { m: 'not JSON', k: 'EUR' },
            { m: { bid: null } },
        ];
        const filters = {
            '{"currency":"EUR"}': [0],
            '{"desk.name":"/^(green|blue).*/"}': [1, 2],
            '{"bid":{"gt":1,"lte":160}}': [0, 2],
            '{"currency":["USD","JPY"],"bid":{"lt":2}}': [1],
            '{"tags":"fx"}': [0],
            '{"bid":null}': [4],
            '{"currency":{"exists":true},"not":{"currency":"EUR"}}': [1, 2],
            '{"any":[{"currency":"EUR"},{"desk.name":{"prefix":"blue"}}]}': [0, 2],
            '{"$key":"EUR"}': [0, 3],
            '{"$headers.from":["b"]}': [2],
            '{"$partition":0,"currency":"USD"}': [1],
            '{}': [0, 1, 2, 3, 4],
        };
        for (const [filter, wanted] of Object.entries(filters)) {
            test(`gets what matches ${filter}`, async (t) => {
                const client = await suite.server.connect(t);
                const topic = await client.newTopic();
                await client.subscribe(topic, inMode(mode, { filter: JSON.parse(filter) }));
                for (const record of records) await client.publish({ t: topic, ...record });
                const text = (m) => (typeof m === 'string' ? m : JSON.stringify(m));
                const got = values(await client.notifications(wanted.length));
                assert.deepEqual(got, wanted.map((i) => text(records[i].m)));
                await client.fence();
                assert.deepEqual(client.messages.items.filter(isNotification), []);
            });
        }

        test('asks for JSON in vain, which is counted', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await client.newTopic();
            await client.subscribe(topic, inMode(mode, { filter: { n: 1 } }));
            const before = (await suite.server.health()).not_json;
            for (const m of ['text', '{"n":', { n: 2 }, { n: 1 }]) await client.publish({ t: topic, m });
            await client.notification();
            assert.equal((await suite.server.health()).not_json - before, 2);
        });

        test('gets records with its keys, which also have to match its filter', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await client.newTopic();
            await client.subscribe(topic, inMode(mode, { keys: ['EUR', 'USD'], filter: { bid: { gte: 1 } } }));
            for (const record of records) await client.publish({ t: topic, ...record });
            assert.deepEqual((await client.notifications(2)).map(({ p }) => JSON.parse(p).currency),
                ['EUR', 'USD']);
        });

        test('finds its keys among many', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await client.newTopic();
            const keys = Array.from({ length: 5000 }, (_, i) => `key-${i * 2}`);
            await client.subscribe(topic, inMode(mode, { keys }));
            for (let i = 0; i < 100; ++i) await client.publish({ t: topic, k: `key-${i}`, m: String(i) });
            const wanted = Array.from({ length: 50 }, (_, i) => String(i * 2));
            assert.deepEqual(values(await client.notifications(50)), wanted);
        });

        test('can change its filter and its keys while it runs', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await client.newTopic();
            await client.subscribe(topic, inMode(mode, { filter: { n: 1 }, keys: ['k'], sub: 'x', meta: true }));
            const publish = (m, k) => client.publish({ t: topic, m, k });
            await publish({ n: 1, id: 'a' }, 'k');
            assert.match((await client.notification()).p, /"a"/);

            assert.equal((await change(client, { sub: 'x', filter: { n: 2 } })).s, 0);
            for (const [n, k] of [[1, 'k'], [2, 'other'], [2, 'k']]) await publish({ n }, k);
            assert.equal((await client.notification()).p, '{"n":2}');

            assert.equal((await change(client, { sub: 'x', filter: null, keys: null })).s, 0);
            await publish('anything', 'any key');
            assert.equal((await client.notification()).p, 'anything');
        });

        test('keeps its filter when a new one is refused', async (t) => {
            const client = await suite.server.connect(t);
            const topic = await client.newTopic();
            await client.subscribe(topic, inMode(mode, { filter: { n: 1 } }));
            const reply = await change(client, { filter: { n: { gt: true } } });
            assertRefused(reply, 'invalid_filter');
            assert.match(reply.p.message, /^filter\["n"\]\.gt /);
            assertRefused(await change(client, { filter: null, sub: 'x' }), 'not_subscribed');
            await client.publish({ t: topic, m: { n: 2 } });
            await client.publish({ t: topic, m: { n: 1 } });
            assert.equal((await client.notification()).p, '{"n":1}');
        });
    });
}

describe('a group with a filter', () => {
    const suite = serverFor(hasty);

    test('has handled what its member did not want', async (t) => {
        const sender = await suite.server.connect(t);
        const topic = await sender.newTopic();
        const consumer_group = unique('g');
        const first = await suite.server.connect(t);
        await first.subscribe(topic, { consumer_group, filter: { n: 1 } });
        for (const n of [2, 1, 2, 2, 1]) await sender.publish({ t: topic, m: { n } });
        await first.notifications(2);
        await first.unsubscribe();
        const second = await suite.server.connect(t);
        await second.subscribe(topic, { consumer_group });
        await sender.publish({ t: topic, m: 'next' });
        assert.equal((await second.notification()).p, 'next');
    });
});

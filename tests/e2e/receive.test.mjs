// notif, from the server.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isNotification } from './client.mjs';
import { hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';

async function subscriber(t, server, options = {}) {
    const client = await server.connect(t);
    const topic = unique('receive');
    await client.create(topic);
    await client.subscribe(topic, { consumer_group: unique('g'), ...options });
    client.frames.length = 0;
    return { client, topic };
}

/// The frame that holds the first notification, as text.
function frameOf(client) {
    return client.frames.find((text) => text.startsWith('[') && text.includes('"t":"notif"'));
}

describe('a notification', () => {
    const suite = serverFor(hasty);

    test('is part of an array, also when alone', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        client.send({ t: 'notif', a: 'create', p: { t: topic, m: 'alone' } });
        const { id } = await client.notification();
        assert.equal(frameOf(client), `[{"id":${id},"t":"notif","p":"alone"}]`);
    });

    test('has a number that no other of its connection has', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        for (let i = 0; i < 200; ++i) client.send({ t: 'notif', a: 'create', p: { t: topic, m: i } });
        const got = await client.notifications(200);
        for (const { id } of got) assert.ok(Number.isSafeInteger(id));
        assert.equal(new Set(got.map(({ id }) => id)).size, 200);
    });

    test('carries where it was with meta', async (t) => {
        const { client, topic } = await subscriber(t, suite.server, { meta: true });
        const ts = 1_700_000_000_123;
        await client.publish({ t: topic, m: 'x', k: 'key', h: { a: 'b' }, ts });
        const { id } = await client.notification();
        assert.equal(frameOf(client), `[{"id":${id},"t":"notif","p":"x","o":{"topic":"${topic}",` +
            `"partition":0,"offset":0,"timestamp":${ts},"key":"key","headers":{"a":"b"}}}]`);
    });

    test('has a null key and no headers where there are none', async (t) => {
        const { client, topic } = await subscriber(t, suite.server, { meta: true });
        await client.publish({ t: topic, m: 'x' });
        const { o } = await client.notification();
        assert.equal(o.key, null);
        assert.deepEqual(o.headers, {});
        await client.publish({ t: topic, m: 'x', k: '' });
        assert.equal((await client.notification()).o.key, '');
    });

    test('has no meta unless it was asked for', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        await client.publish({ t: topic, m: 'x', k: 'key' });
        assert.deepEqual(Object.keys(await client.notification()), ['id', 't', 'p']);
    });

    for (const json of ['{"bid":1.08}', '[1,2]', '"text"', '1.50', '-1e400', 'true', 'null',
        '12345678901234567890', '{"a":{"b":[{}]}}', '"\\u0041\\ud83d\\ude00"']) {
        test(`is JSON with decode where the value is: ${json}`, async (t) => {
            const { client, topic } = await subscriber(t, suite.server, { decode: 'json' });
            await client.publish({ t: topic, m: json });
            const { id } = await client.notification();
            assert.equal(frameOf(client), `[{"id":${id},"t":"notif","p":${json}}]`);
        });
    }

    for (const text of ['', ' ', 'hello', '{"a":', '{a:1}', '1 2', '[1,]', '01', 'NaN', '"open',
        '{"a":1}x', 'nul', '"\u0001"', "{'a':1}", '\ufeff1', `${'['.repeat(5000)}`, '"\\x41"',
        '"\\u12"', '+1', '.5', '1.', '1e', '-', '[1 2]', '{"a" 1}', '{"a":1,}', '{1:2}', 'tru',
        '}', ']', '[}', '"a\nb"', `${'['.repeat(5000)}${']'.repeat(5000)}`]) {
        test(`is a string with decode where the value is not: ${JSON.stringify(text.slice(0, 20))}`,
            async (t) => {
                const { client, topic } = await subscriber(t, suite.server, { decode: 'json' });
                await client.publish({ t: topic, m: text });
                const { p } = await client.notification();
                if (text.endsWith(']]')) assert.ok(p === text || Array.isArray(p));
                else assert.equal(p, text);
            });
    }

    test('may be JSON with white space around with decode', async (t) => {
        const { client, topic } = await subscriber(t, suite.server, { decode: 'json' });
        await client.publish({ t: topic, m: ' \r\n\t{ "a" : [ 1 , 2 ] }\n' });
        assert.deepEqual((await client.notification()).p, { a: [1, 2] });
    });

    test('of bytes is base64 with decode as well', async (t) => {
        const { client, topic } = await subscriber(t, suite.server, { decode: 'json' });
        await client.publish({ t: topic, m: '/w==', e: 'base64' });
        const { p, e } = await client.notification();
        assert.deepEqual([p, e], ['/w==', 'base64']);
    });

    const broken = { 'a lone byte': 'ff', 'an overlong slash': 'c0af', 'a surrogate': 'eda080',
        'beyond Unicode': 'f4908080', 'half a character': 'e282', 'a lone continuation': '80',
        'text and half a character': '6162e2' };
    for (const [what, hex] of Object.entries(broken)) {
        test(`is base64 where the value is not UTF-8: ${what}`, async (t) => {
            const { client, topic } = await subscriber(t, suite.server);
            const m = Buffer.from(hex, 'hex').toString('base64');
            await client.publish({ t: topic, m, e: 'base64' });
            const { p, e } = await client.notification();
            assert.deepEqual([p, e], [m, 'base64']);
        });
    }

    test('waits for no reply, and no reply waits for it', async (t) => {
        const { client, topic } = await subscriber(t, suite.server);
        client.send([
            { t: 'notif', a: 'create', p: { t: topic, m: 'x' } },
            { id: 1, t: 'health' },
        ]);
        assert.equal((await client.reply(1)).s, 0);
        assert.ok(isNotification(await client.notification()));
    });
});

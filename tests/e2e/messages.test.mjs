// The messages themselves: ids, types, arrays of them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { assertRefused } from './refusal.mjs';
import { Server, anyBroker, serverFor } from './server.mjs';

const health = (id) => ({ id, t: 'health' });

describe('messages', () => {
    const suite = serverFor();

    // An id is compared as text: JSON.parse would forget how it was written.
    const ids = ['0', '7', '-1', '-0', '1.0', '1.50', '1e3', '1E+3', '12345678901234567890123',
        '0.1234567890123456789', '""', '"a"', '"1"', '"\\u0041"', '"\\"\\\\\\/\\n"', '"ü€😀"',
        '"\\ud83d\\ude00"', '"{}"', `"${'x'.repeat(256)}"`];
    for (const id of ids) {
        test(`an id is echoed as it was written: ${id.slice(0, 30)}`, async (t) => {
            const client = await suite.server.connect(t);
            await client.answer(`{"id":${id},"t":"health"}`);
            assert.ok(client.frames[0].startsWith(`{"id":0,"refid":${id},"t":"health","s":0,`),
                client.frames[0].slice(0, 200));
        });
    }

    for (const id of ['true', '[1]', '{"a":1}', `"${'x'.repeat(257)}"`]) {
        test(`an id is a number or a short string, not ${id.slice(0, 20)}`, async (t) => {
            const client = await suite.server.connect(t);
            const reply = await client.answer(`{"id":${id},"t":"health"}`);
            assertRefused(reply, 'malformed_message');
            assert.equal(reply.refid, null);
        });
    }

    test('a request without an id is answered with refid null', async (t) => {
        const client = await suite.server.connect(t);
        for (const message of ['{"t":"health"}', '{"id":null,"t":"health"}']) {
            const reply = await client.answer(message);
            assert.equal(reply.s, 0);
            assert.equal(reply.refid, null);
        }
    });

    test('replies are counted from 0 on each connection', async (t) => {
        const clients = [await suite.server.connect(t), await suite.server.connect(t)];
        for (const client of clients) {
            for (const expected of [0, 1, 2]) assert.equal((await client.fence()).id, expected);
        }
    });

    test('the keys of a message may come in any order', async (t) => {
        const client = await suite.server.connect(t);
        const reply = await client.answer('{"p":["a"],"a":"create","t":"topic","id":"late"}');
        assert.equal(reply.s, 0);
        assert.equal(reply.refid, 'late');
    });

    test('white space between the parts of a message means nothing', async (t) => {
        const client = await suite.server.connect(t);
        const reply = await client.answer('\r\n\t { "id" : 1 ,\n"t"\t: "health" } \n');
        assert.equal(reply.s, 0);
        assert.equal(reply.refid, 1);
    });

    test('an unknown key of a message is ignored', async (t) => {
        const client = await suite.server.connect(t);
        const reply = await client.answer('{"id":1,"x":{"y":[1,{}]},"t":"health","trace":"z"}');
        assert.equal(reply.s, 0);
    });

    test('a message without a type is answered without one', async (t) => {
        const client = await suite.server.connect(t);
        const reply = await client.answer('{"id":1,"a":"create"}');
        assertRefused(reply, 'unknown_type');
        assert.equal(reply.refid, 1);
        assert.ok(!('t' in reply));
    });

    for (const type of ['"topics"', '"Topic"', '""', '1', 'null', '["topic"]', '{}', '"topic "']) {
        test(`a type that is unknown is refused: ${type}`, async (t) => {
            const client = await suite.server.connect(t);
            const reply = await client.answer(`{"id":1,"t":${type}}`);
            assertRefused(reply, 'unknown_type');
            assert.ok(!('t' in reply));
        });
    }

    for (const action of ['"remove"', '"Create"', '""', '"list "', '7', '["list"]']) {
        test(`an action that is unknown is refused: ${action}`, async (t) => {
            const client = await suite.server.connect(t);
            const reply = await client.answer(`{"id":1,"t":"topic","a":${action}}`);
            assertRefused(reply, 'unknown_action');
            assert.equal(reply.refid, 1);
            assert.equal(reply.t, 'topic');
        });
    }

    for (const type of ['topic', 'notif']) {
        test(`${type} needs an action`, async (t) => {
            const client = await suite.server.connect(t);
            const reply = await client.request({ t: type, p: [] });
            assertRefused(reply, 'unknown_action');
            assert.equal(reply.t, type);
            assert.ok(!('a' in reply));
        });
    }

    test('an array of messages is answered message by message', async (t) => {
        const client = await suite.server.connect(t);
        client.send([health(1), { id: 2, t: 'topic', a: 'fly' }, health('3')]);
        assert.equal((await client.reply(1)).s, 0);
        assertRefused(await client.reply(2), 'unknown_action');
        assert.equal((await client.reply('3')).s, 0);
    });

    test('replies that become due together come in one array', async (t) => {
        const client = await suite.server.connect(t);
        client.send([1, 2, 3].map((id) => ({ id, t: 'topic', a: 'fly' })));
        await client.reply(3);
        assert.equal(client.frames.length, 1);
        assert.deepEqual(JSON.parse(client.frames[0]).map(({ refid }) => refid), [1, 2, 3]);
    });

    test('a single reply comes without an array', async (t) => {
        const client = await suite.server.connect(t);
        await client.fence();
        assert.match(client.frames[0], /^\{/);
    });

    test('an array of one message is a message', async (t) => {
        const client = await suite.server.connect(t);
        const reply = await client.answer('[{"id":1,"t":"health"}]');
        assert.equal(reply.s, 0);
    });

    test('an empty array is no message', async (t) => {
        const client = await suite.server.connect(t);
        assertRefused(await client.answer('[]'), 'malformed_message');
        assert.equal((await client.fence()).s, 0);
    });

    test('requests beyond the limit are refused while the others wait', async (t) => {
        const server = await Server.start({ ...anyBroker, 'requests.max_in_flight': 2 });
        t.after(() => server.stop());
        const client = await server.connect(t);
        client.send([1, 2, 3].map((id) => ({ id, t: 'topic', a: 'list' })));
        assert.equal((await client.reply(1)).s, 0);
        assert.equal((await client.reply(2)).s, 0);
        assertRefused(await client.reply(3), 'too_many_requests');
        assert.equal((await client.request({ t: 'topic', a: 'list' })).s, 0);
    });
});

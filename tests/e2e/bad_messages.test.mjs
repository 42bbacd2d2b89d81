// Text that is not what the protocol wants. Each time the answer is a documented code, the
// connection goes on, and so do the others.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { assertRefused, codes } from './refusal.mjs';
import { hasty, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { patience } from './wait.mjs';

describe('a bad message', () => {
    const suite = serverFor(hasty);

    /// Sends `text`, expects `expected`, and that the connection still serves.
    function refused(name, text, ...expected) {
        test(name, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await client.answer(text), ...expected);
            assert.equal((await client.fence()).s, 0);
        });
    }

    for (const text of ['', ' ', 'hello', '{', '}', '[', ']', '{"t"', '{"t":', '{"t":"health"',
        '{"t":"health",}', '{t:"health"}', "{'t':'health'}", '{"t":"health"}}', '{"t":"health"}{',
        '{"t":"health"} x', '{"t" "health"}', '{"t":"health" "a":1}', '{"t":"hea', '{"t":"\\x"}',
        '{"t":"a\nb"}', '{"t":"a\u0000b"}', '\u0000', '{"t":"health","x":01}',
        '{"t":"health","x":+1}', '{"t":"health","x":.5}', '{"t":"health","x":1.}',
        '{"t":"health","x":NaN}', '{"t":"health","x":tru}', '{"t":"health","x":"\\u12"}',
        '{"t":"health","x":[1,]}', '{"t":"health","x":[1 2]}', '{"t":"health","x":{"a"}}',
        '{"t":"health","x":"\\ud800\\u12"}', '{"id":1-2,"t":"health"}', '{"id":--1,"t":"health"}',
        '/* */{"t":"health"}', '{"t":"health"}// ']) {
        refused(`that is not JSON: ${JSON.stringify(text)}`, text, 'malformed_message');
    }

    for (const text of ['7', '"health"', 'null', 'true', '-1.5e3']) {
        refused(`that is not an object: ${text}`, text, 'malformed_message');
    }

    for (const text of ['[7]', '["a"]', '[null]', '[[]]', '[[{"t":"health"}]]', '[true]']) {
        refused(`in an array that is not an object: ${text}`, text, 'malformed_message');
    }

    test('does not stop the others of its array', async (t) => {
        const client = await suite.server.connect(t);
        client.send('[{"id":1,"t":"health"},17,{"id":2,"t":"health"}]');
        assert.equal((await client.reply(1)).s, 0);
        assert.equal((await client.reply(2)).s, 0);
        assertRefused(await client.reply(null), 'malformed_message');
    });

    for (const rest of ['{"id":2 "t":"health"}]', 'x]', ',]', '{"id":2,"t":"health"]', '17]', '{"id":2,"t":]',
        '{"id":2,"t":"health"}]]']) {
        test(`after good ones is answered once when the array breaks: ${rest}`, async (t) => {
            const client = await suite.server.connect(t);
            client.send(`[{"id":1,"t":"health"},${rest}`);
            assert.equal((await client.reply(1)).s, 0);
            const broken = await client.next(({ s }) => s === 1);
            assertRefused(broken, 'malformed_message');
            await client.fence();
            const others = client.messages.items.filter(({ s }) => s === 1);
            assert.deepEqual(others, [], 'once');
        });
    }

    for (const frame of ['[{"id":1,"t":"health"}', '[{"id":1,"t":"health"},{"id":2,"t":',
        '[{"id":1,"t":"health"},{"id":2,"t":"health"}}', '[{"id":1,"t":"health"},17',
        '[{"id":1,"t":"health"}]x']) {
        test(`is an array that does not end, as a whole: ${frame}`, async (t) => {
            const client = await suite.server.connect(t);
            assertRefused(await client.answer(frame), 'malformed_message');
            await client.fence();
            assert.deepEqual(client.messages.items, []);
        });
    }

    test('is answered with its id where that can be read', async (t) => {
        const client = await suite.server.connect(t);
        client.send('{"id":"mine","t":"health","p":{"a":1,"a":2}}');
        const reply = await client.next(({ s }) => s === 1);
        assert.ok(['mine', null].includes(reply.refid));
        assertRefused(await client.request({ id: 'mine too', t: 'health', p: 7 }), 'invalid_payload');
    });

    for (const text of ['{"id":1,"id":2,"t":"health"}', '{"t":"health","t":"health"}',
        '{"t":"health","t":"topic"}', '{"t":"topic","a":"list","a":"list"}',
        '{"t":"topic","a":"list","p":{},"p":{}}', '{"t":"health","\\u0074":"topic"}']) {
        refused(`with a key twice: ${text}`, text, 'malformed_message');
    }

    for (const p of ['{"t":["a"],"t":["b"]}', '{"t":["a"],"consumer_group":"a","consumer_group":"b"}']) {
        refused(`with a key of its payload twice: ${p}`,
            `{"id":1,"t":"topic","a":"subscribe","p":${p}}`, 'malformed_message', 'invalid_payload');
    }
    for (const p of ['{"t":"a","m":"1","m":"2"}', '{"t":"a","t":"b","m":"2"}',
        '{"t":"a","m":"1","ack":true,"ack":true}']) {
        refused(`with a key of its record twice: ${p}`,
            `{"id":1,"t":"notif","a":"create","p":${p}}`, 'malformed_message', 'invalid_payload');
    }

    for (const [what, text] of Object.entries({
        objects: '{"a":'.repeat(70) + '1' + '}'.repeat(70),
        arrays: '['.repeat(70) + ']'.repeat(70),
        'arrays without end': '['.repeat(100_000),
        'objects without end': '{"a":'.repeat(100_000),
        'arrays of objects': '[{"a":'.repeat(50_000) + '1' + '}]'.repeat(50_000),
    })) {
        refused(`that is nested too deeply: ${what}`, text, 'malformed_message');
        refused(`with an unknown key that is nested too deeply: ${what}`,
            `{"id":1,"t":"health","x":${text}}`, 'malformed_message');
        refused(`with data of a command that is nested too deeply: ${what}`,
            `{"id":1,"t":"command","a":"send","p":{"service":"deep","data":${text}}}`, 'malformed_message');
        refused(`with data of an event that is nested too deeply: ${what}`,
            `{"id":1,"t":"event","a":"emit","p":{"name":"deep","data":${text}}}`, 'malformed_message');
        refused(`with a value that is nested too deeply: ${what}`,
            `{"id":1,"t":"notif","a":"create","p":{"t":"deep","m":${text},"ack":true}}`,
            'malformed_message');
    }

    test('is not one that is nested as deeply as allowed', async (t) => {
        const client = await suite.server.connect(t);
        const deep = '['.repeat(60) + ']'.repeat(60);
        assert.equal((await client.answer(`{"id":1,"t":"health","x":${deep}}`)).s, 0);
    });

    // A lone surrogate is a JSON string, but no text: UTF-8 cannot hold it.
    for (const [where, text] of Object.entries({
        'its id': '{"id":"\\ud800","t":"health"}',
        'its type': '{"id":1,"t":"\\ud800"}',
        'its action': '{"id":1,"t":"topic","a":"\\udc00"}',
        'a topic': '{"id":1,"t":"topic","a":"create","p":["\\ud800"]}',
        'a topic of a record': '{"id":1,"t":"notif","a":"create","p":{"t":"\\ud800","m":"x"}}',
        'a value': '{"id":1,"t":"notif","a":"create","p":{"t":"a","m":"x\\ud800y"}}',
        'a value, reversed': '{"id":1,"t":"notif","a":"create","p":{"t":"a","m":"\\udc00\\ud800"}}',
        'a key': '{"id":1,"t":"notif","a":"create","p":{"t":"a","m":"x","k":"\\udfff"}}',
        'a header': '{"id":1,"t":"notif","a":"create","p":{"t":"a","m":"x","h":{"a":"\\udbff"}}}',
        "a header's name": '{"id":1,"t":"notif","a":"create","p":{"t":"a","m":"x","h":{"\\ud800":"a"}}}',
        'a service': '{"id":1,"t":"command","a":"send","p":{"service":"\\ud800"}}',
        "a command's data": '{"id":1,"t":"command","a":"send","p":{"service":"a","data":["\\udc00"],"timeout":1}}',
        'the refid of a reply': '{"id":1,"refid":"\\ud800","t":"command","a":"reply"}',
        "an event's name": '{"id":1,"t":"event","a":"emit","p":{"name":"\\ud800"}}',
        'a group': '{"id":1,"t":"topic","a":"subscribe","p":{"t":["a"],"consumer_group":"\\ud800"}}',
    })) {
        test(`with a lone surrogate in ${where} is refused in UTF-8`, async (t) => {
            const client = await suite.server.connect(t);
            const reply = await client.answer(text);
            assert.equal(reply.s, 1, JSON.stringify(reply));
            assert.ok(codes.has(reply.p.code));
            assert.equal((await client.fence()).s, 0);
        });
    }

    test('with a lone surrogate in a value that is JSON is its text', async (t) => {
        const client = await suite.server.connect(t);
        const topic = unique('surrogate');
        await client.create(topic);
        await client.subscribe(topic, { consumer_group: unique('g') });
        const text = `{"id":1,"t":"notif","a":"create","p":{"t":"${topic}","m":["\\ud800"],"ack":true}}`;
        const reply = await client.answer(text);
        if (reply.s === 1) assertRefused(reply, 'malformed_message', 'invalid_payload');
        else assert.equal((await client.notification()).p, '["\\ud800"]');
    });

    const requests = [['topic', 'create'], ['topic', 'list'], ['topic', 'subscribe'],
        ['topic', 'unsubscribe'], ['topic', 'pause'], ['topic', 'resume'], ['notif', 'create'],
        ['notif', 'send'], ['notif', 'pull'], ['notif', 'ack'], ['notif', 'filter'],
        ['health', undefined], ['service', 'register'], ['service', 'unregister'], ['service', 'list'],
        ['service', 'watch'], ['service', 'unwatch'], ['command', 'send'], ['command', 'cancel'],
        ['command', 'reply'], ['command', 'progress'], ['event', 'emit'], ['event', 'on'], ['event', 'off']];
    for (const [type, action] of requests) {
        for (const p of [7, 'text', true, -0.5, 1e300, [[[]]], { no: 'such key' }]) {
            test(`to ${type} ${action ?? ''} with p of ${JSON.stringify(p)}`, async (t) => {
                const client = await suite.server.connect(t);
                const reply = await client.request({ t: type, a: action, p });
                assertRefused(reply, 'invalid_payload');
                assert.equal(reply.t, type);
                assert.equal(reply.a, action);
            });
        }
    }

    test('of 10,000 messages is answered 10,000 times', async (t) => {
        const client = await suite.server.connect(t);
        const other = await suite.server.connect(t);
        client.send(Array.from({ length: 10_000 }, (_, id) => ({ id, t: 'health' })));
        assert.equal((await other.fence()).s, 0);
        const seen = new Set();
        for (let i = 0; i < 10_000; ++i) {
            const { refid, s, p } = await client.next(() => true, 30_000, `reply ${i}`);
            assert.ok(s === 0 || p.code === 'too_many_requests', JSON.stringify(p));
            seen.add(refid);
        }
        assert.equal(seen.size, 10_000);
    });

    test('of 10,000 things that are no messages is answered', async (t) => {
        const client = await suite.server.connect(t);
        client.send(`[${Array(10_000).fill('1').join(',')}]`);
        for (let i = 0; i < 10_000; ++i) {
            const reply = await client.next(() => true, patience, `answer ${i}`);
            assertRefused(reply, 'malformed_message');
        }
        assert.equal((await client.fence()).s, 0);
    });

    test('of 10,000 sends in an array arrives in order', async (t) => {
        const client = await suite.server.connect(t);
        const topic = unique('many');
        await client.create(topic);
        await client.subscribe(topic, { consumer_group: unique('g') });
        client.send(Array.from({ length: 10_000 }, (_, i) =>
            ({ t: 'notif', a: 'create', p: { t: topic, m: i } })));
        const got = await client.notifications(10_000, 30_000);
        assert.deepEqual(got.map(({ p }) => Number(p)), Array.from({ length: 10_000 }, (_, i) => i));
    });

    test('with a value too large is refused, and one without length is not', async (t) => {
        const client = await suite.server.connect(t);
        const topic = unique('size');
        await client.create(topic);
        await client.subscribe(topic, { consumer_group: unique('g') });
        const reply = await client.request(
            { t: 'notif', a: 'create', p: { t: topic, m: 'x'.repeat(1_000_001) } });
        assertRefused(reply, 'record_too_large');
        await client.publish({ t: topic, m: '' });
        assert.equal((await client.notification()).p, '');
    });

    test('in a binary frame is refused, whatever it holds', async (t) => {
        const client = await suite.server.connect(t);
        for (const data of ['{"id":1,"t":"health"}', '', '\xff\xfe', 'x'.repeat(100_000)]) {
            client.socket.send(Buffer.from(data, 'latin1'), { binary: true });
            const reply = await client.next(({ refid }) => refid === null);
            assertRefused(reply, 'binary_not_supported');
        }
        assert.equal((await client.fence()).s, 0);
    });

    test('larger than a frame may be ends only its own connection', async (t) => {
        const client = await suite.server.connect(t);
        const other = await suite.server.connect(t);
        client.send('x'.repeat((1 << 20) + 1));
        const { code } = await client.closed();
        assert.equal(code, 1009);
        assert.equal((await other.fence()).s, 0);
    });

    test('is not one that is as large as a frame may be', async (t) => {
        const client = await suite.server.connect(t);
        const text = '{"id":1,"t":"health"';
        assert.equal((await client.answer(`${text}${' '.repeat((1 << 20) - text.length - 1)}}`)).s, 0);
    });
});

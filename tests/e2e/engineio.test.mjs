// Engine.IO, revisions 4 and 3, against the echo program. The cases are those of the protocol's
// published conformance suites, in our words, and what those leave out.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';

import { Echo } from './echo.mjs';
import { Engine, payload } from './engine.mjs';
import { eventually, patience, within } from './wait.mjs';

const threads = 2;
const calm = { interval: 25_000, timeout: 20_000 }; // ms
const hasty = { interval: 500, timeout: 1000 };
const maxPayload = 1_000_000;

const start = ({ interval, timeout }) => Echo.start('socketio-echo', [0, threads, interval, timeout]);

for (const revision of [4, 3]) {
    const packets = (...list) => payload(revision, ...list);

    describe(`Engine.IO, revision ${revision}`, () => {
        let echo;
        let engine;
        before(async () => {
            echo = await start(calm);
            engine = new Engine(echo.url, revision);
        });
        after(async () => echo?.stop());

        /// A WebSocket that ends with the test.
        function socket(t, ...args) {
            const frames = engine.socket(...args);
            t.after(() => frames.close());
            return frames;
        }

        async function open(t) {
            const frames = socket(t);
            await frames.next();
            return frames;
        }

        /// A session and a WebSocket that has taken over from its requests.
        async function upgraded(t) {
            const { sid } = await engine.open();
            const frames = socket(t, sid);
            await frames.send('2probe');
            assert.equal(await frames.next(), '3probe');
            await frames.send('5');
            await eventually(patience, async () => (await engine.poll(sid)).status === 400, 'the upgrade');
            return { sid, frames };
        }

        async function isOver(sid) {
            const { status, text } = await engine.poll(sid);
            assert.equal(status, 400);
            assert.equal(JSON.parse(text).code, 1);
        }

        describe('handshake', () => {
            test('by polling', async () => {
                const { sid, ...rest } = await engine.open();
                assert.match(sid, /^[\w-]{20,}$/);
                assert.deepEqual(rest, {
                    upgrades: ['websocket'], pingInterval: calm.interval, pingTimeout: calm.timeout, maxPayload,
                });
            });

            test('over a WebSocket', async (t) => {
                const text = await socket(t).next();
                assert.equal(text[0], '0');
                const { sid, ...rest } = JSON.parse(text.slice(1));
                assert.match(sid, /^[\w-]{20,}$/);
                assert.deepEqual(rest, {
                    upgrades: [], pingInterval: calm.interval, pingTimeout: calm.timeout, maxPayload,
                });
            });

            for (const EIO of [undefined, 'abc', '2', '5']) {
                const query = EIO ? { EIO } : {};
                test(`of revision ${EIO} is refused`, async (t) => {
                    const { status, text } = await engine.request({ ...query, transport: 'polling' });
                    assert.equal(status, 400);
                    assert.equal(JSON.parse(text).code, 5);
                    const frames = socket(t, null, { ...query, transport: 'websocket' });
                    assert.equal(await frames.code(), 1006);
                });
            }

            for (const transport of [undefined, 'abc']) {
                const query = { EIO: revision, ...(transport && { transport }) };
                test(`over the transport ${transport} is refused`, async (t) => {
                    const { status, text } = await engine.request(query);
                    assert.equal(status, 400);
                    assert.equal(JSON.parse(text).code, 0);
                    assert.equal(await socket(t, null, query).code(), 1006);
                });
            }

            for (const method of ['POST', 'PUT', 'DELETE']) {
                test(`by ${method} is refused`, async () => {
                    const { status, text } = await engine.request(engine.query(), { method });
                    assert.equal(status, 400);
                    assert.equal(JSON.parse(text).code, 2);
                });
            }

            test('by a script tag is refused', async () => {
                assert.equal((await engine.request(engine.query(null, { j: 0 }))).status, 400);
            });

            test('of a session that is not there is refused', async (t) => {
                const { sid } = await engine.open();
                const other = sid.split('').reverse().join('');
                const { status, text } = await engine.poll(other);
                assert.equal(status, 400);
                assert.equal(JSON.parse(text).code, 1);
                assert.notEqual(await socket(t, other).code(), 1000);
            });
        });

        describe('messages', () => {
            test('one comes back by polling', async () => {
                const { sid } = await engine.open();
                const posted = await engine.post(sid, packets('4hello'));
                assert.equal(posted.status, 200);
                assert.equal(posted.text, 'ok');
                const polled = await engine.poll(sid);
                assert.equal(polled.status, 200);
                assert.equal(polled.text, packets('4hello'));
                assert.equal(polled.headers.get('content-type'), 'text/plain; charset=UTF-8');
            });

            test('several come back in order', async () => {
                const { sid } = await engine.open();
                await engine.post(sid, packets('4one', '4two', '4three'));
                assert.equal((await engine.poll(sid)).text, packets('4one', '4two', '4three'));
            });

            test('text and bytes come back, in base64', async () => {
                const { sid } = await engine.open({ b64: 1 });
                const both = packets('4hello', revision === 4 ? 'bAQIDBA==' : 'b4AQIDBA==');
                assert.equal((await engine.post(sid, both)).text, 'ok');
                assert.equal((await engine.poll(sid)).text, both);
            });

            if (revision === 3) {
                test('bytes come back as bytes to who takes them', async () => {
                    const { sid } = await engine.open();
                    const both = Buffer.from([0, 6, 255, ...Buffer.from('4hello'), 1, 5, 255, 4, 1, 2, 3, 4]);
                    assert.equal((await engine.post(sid, packets('4hello', 'b4AQIDBA=='))).text, 'ok');
                    assert.deepEqual((await engine.poll(sid)).bytes, both);
                    const type = { 'Content-Type': 'application/octet-stream' };
                    assert.equal((await engine.post(sid, both, type)).text, 'ok');
                    assert.deepEqual((await engine.poll(sid)).bytes, both);
                });
            } else {
                test('text beyond ASCII comes back', async () => {
                    const { sid } = await engine.open();
                    assert.equal((await engine.post(sid, '4é€🦘')).text, 'ok');
                    assert.equal((await engine.poll(sid)).text, '4é€🦘');
                });
            }

            test('text comes back over a WebSocket', async (t) => {
                const frames = await open(t);
                await frames.send('4hello');
                assert.equal(await frames.next(), '4hello');
            });

            test('bytes come back over a WebSocket', async (t) => {
                const bytes = Buffer.from(revision === 4 ? [1, 2, 3, 4] : [4, 1, 2, 3, 4]);
                const frames = await open(t);
                await frames.send(bytes);
                assert.deepEqual(await frames.next(), bytes);
            });

            test('a malformed payload ends the session', async () => {
                const { sid } = await engine.open();
                assert.equal((await engine.post(sid, 'abc')).status, 400);
                assert.equal((await engine.poll(sid)).status, 400);
            });

            test('a malformed frame ends the session', async (t) => {
                const frames = await open(t);
                await frames.send('abc');
                assert.equal(await frames.code(), 1008);
            });

            test('two polls at once end the session', async () => {
                const { sid } = await engine.open();
                const polls = await Promise.all([engine.poll(sid), engine.poll(sid, { t: 'again' })]);
                polls.sort((a, b) => a.status - b.status);
                assert.deepEqual(polls.map(({ status }) => status), [200, 400]);
                assert.equal(polls[0].text, packets('1'));
                assert.equal((await engine.poll(sid)).status, 400);
            });

            test('a poll that is given up ends the session', async () => {
                const { sid } = await engine.open();
                const { host, pathname, search, port } = engine.address(engine.query(sid));
                const client = connect(Number(port), '127.0.0.1');
                client.end(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
                client.resume();
                await within(patience, once(client, 'close'), 'the end of the connection');
                await eventually(
                    patience, async () => (await engine.post(sid, packets('4hello'))).status === 400, 'its end');
                await isOver(sid);
            });

            test('a body over the limit is refused', async () => {
                const { sid } = await engine.open();
                const most = await engine.post(sid, packets('4' + 'x'.repeat(maxPayload - 10)));
                assert.equal(most.status, 200);
                assert.equal((await engine.poll(sid)).text.length, packets('4' + 'x'.repeat(maxPayload - 10)).length);
                const more = await engine.post(sid, packets('4' + 'x'.repeat(maxPayload)));
                assert.equal(more.status, 413);
            });

            test('a body without a length is refused', async () => {
                const { sid } = await engine.open();
                const body = new ReadableStream({
                    start(controller) {
                        controller.enqueue(Buffer.from(packets('4hello')));
                        controller.close();
                    },
                });
                const reply = await engine.request(engine.query(sid), { method: 'POST', body, duplex: 'half' });
                assert.equal(reply.status, 411);
            });

            test('a frame over the limit closes the WebSocket', async (t) => {
                const frames = await open(t);
                await frames.send('4' + 'x'.repeat(maxPayload - 1));
                assert.equal((await frames.next()).length, maxPayload);
                await frames.send('4' + 'x'.repeat(maxPayload));
                assert.equal(await frames.code(), 1009);
            });
        });

        describe('heartbeat', () => {
            const { interval, timeout } = hasty;
            const early = 10; // ms: clocks differ
            let usual;
            let quick;
            before(async () => {
                quick = await start(hasty);
                [usual, engine] = [engine, new Engine(quick.url, revision)];
            });
            after(async () => {
                engine = usual;
                await quick?.stop();
            });

            test('keeps a session that polls', async () => {
                const { sid } = await engine.open();
                const began = performance.now();
                for (let i = 0; i < 3; ++i) {
                    if (revision === 3) assert.equal((await engine.post(sid, packets('2'))).text, 'ok');
                    const { text } = await engine.poll(sid);
                    assert.equal(text, packets(revision === 4 ? '2' : '3'));
                    if (revision === 4) assert.equal((await engine.post(sid, packets('3'))).text, 'ok');
                }
                if (revision === 4) assert.ok(performance.now() - began >= 3 * interval - early);
            });

            test('keeps a WebSocket', async (t) => {
                const frames = await open(t);
                for (let i = 0; i < 3; ++i) {
                    if (revision === 3) await frames.send('2');
                    assert.equal(await frames.next(), revision === 4 ? '2' : '3');
                    if (revision === 4) await frames.send('3');
                }
            });

            test('a client by polling that has no part in it is lost', async () => {
                const { sid } = await engine.open();
                const began = performance.now();
                const said = [];
                for (;;) {
                    const { status, text } = await engine.poll(sid);
                    if (status === 400) break;
                    said.push(text);
                }
                assert.deepEqual(said, revision === 4 ? [packets('2'), packets('1')] : [packets('1')]);
                assert.ok(performance.now() - began >= interval + timeout - early);
            });

            test('a WebSocket that has no part in it is closed', async (t) => {
                const began = performance.now();
                const frames = await open(t);
                assert.equal(await frames.code(), 4000);
                assert.ok(performance.now() - began >= interval + timeout - early);
            });

            test('in the wrong direction ends the session', async () => {
                const { sid } = await engine.open();
                const wrong = packets(revision === 4 ? '2' : '3');
                assert.equal((await engine.post(sid, wrong)).status, 400);
                assert.equal((await engine.poll(sid)).status, 400);
            });
        });

        describe('close', () => {
            test('by a client that polls', async () => {
                // The POST may overtake the poll, which then finds the session gone: once more.
                await eventually(patience, async () => {
                    const { sid } = await engine.open();
                    const [poll, post] = await Promise.all([engine.poll(sid), engine.post(sid, packets('1'))]);
                    assert.equal(post.text, 'ok');
                    await isOver(sid);
                    return poll.text === packets('6');
                }, 'a poll that ends because of the POST');
            });

            test('by a client with a WebSocket', async (t) => {
                const frames = await open(t);
                await frames.send('1');
                assert.equal(await frames.code(), 1000);
            });
        });

        describe('upgrade', () => {
            test('ends the polls and goes on over the WebSocket', async (t) => {
                const { sid } = await engine.open();
                const frames = socket(t, sid);
                await frames.send('2probe');
                assert.equal(await frames.next(), '3probe');
                const { status, text } = await engine.poll(sid);
                assert.equal(status, 200);
                assert.equal(text, packets('6'));
                await frames.send('5', '4hello');
                assert.equal(await frames.next(), '4hello');
            });

            test('loses nothing that was sent before it', async (t) => {
                const { sid } = await engine.open();
                const frames = socket(t, sid);
                await frames.send('2probe');
                assert.equal(await frames.next(), '3probe');
                assert.equal((await engine.post(sid, packets('4one', '4two'))).text, 'ok');
                await frames.send('5');
                assert.equal(await frames.next(), '4one');
                assert.equal(await frames.next(), '4two');
            });

            test('refuses requests after it', async (t) => {
                const { sid, frames } = await upgraded(t);
                assert.equal((await engine.poll(sid)).status, 400);
                assert.equal((await engine.post(sid, packets('4no'))).status, 400);
                await frames.send('4hello');
                assert.equal(await frames.next(), '4hello');
            });

            test('closes another WebSocket after it', async (t) => {
                const { sid, frames } = await upgraded(t);
                assert.equal(await socket(t, sid).code(), 1008);
                await frames.send('4hello');
                assert.equal(await frames.next(), '4hello');
            });

            test('that fails leaves the session to its polls', async (t) => {
                const { sid } = await engine.open();
                const frames = socket(t, sid);
                await frames.send('2something');
                assert.equal(await frames.code(), 1008);
                await engine.post(sid, packets('4hello'));
                assert.equal((await engine.poll(sid)).text, packets('4hello'));
            });
        });

        describe('pages of another origin', () => {
            const headers = { Origin: 'https://example.com' };

            test('may read the replies', async () => {
                for (const query of [engine.query(), engine.query('none')]) {
                    const { headers: replied } = await engine.request(query, { headers });
                    assert.equal(replied.get('access-control-allow-origin'), 'https://example.com');
                    assert.equal(replied.get('access-control-allow-credentials'), 'true');
                    assert.equal(replied.get('cache-control'), 'no-store');
                }
            });

            test('may ask before they send', async () => {
                const asked = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'x-a' };
                const { status, headers: replied } = await engine.request(engine.query(),
                    { method: 'OPTIONS', headers: { ...headers, ...asked } });
                assert.equal(status, 204);
                assert.equal(replied.get('access-control-allow-origin'), 'https://example.com');
                assert.match(replied.get('access-control-allow-methods'), /POST/);
                assert.equal(replied.get('access-control-allow-headers'), 'x-a');
            });
        });
    });
}

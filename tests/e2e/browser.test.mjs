// A page in a real browser talks to the server as the README shows.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { Pages } from './pages.mjs';
import { Server, anyBroker, root } from './server.mjs';
import { unique } from './unique.mjs';
import { each, eventually, patience } from './wait.mjs';

/// The README's example of this number, which names a server on the default port and a topic.
async function example(number, url, topic) {
    const readme = await readFile(`${root}README.md`, 'utf8');
    const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
    assert.match(blocks[number] ?? '', /new WebSocket\('ws:\/\/127\.0\.0\.1:8085\/'\)/);
    return blocks[number].replace('ws://127.0.0.1:8085/', url).replaceAll("'chat'", `'${topic}'`);
}

describe('a browser', () => {
    let server, pages;
    before(async () => {
        server = await Server.start(anyBroker);
        pages = await Pages.start();
    });
    after(() => each(() => pages?.stop(), () => server?.stop()));

    /// A page that runs the README's example, what it says on its console, and what fails.
    async function run(number, topic) {
        const page = await pages.open();
        const said = [];
        const failures = [];
        page.on('console', (message) => said.push(message.text()));
        page.on('pageerror', (error) => failures.push(error.message));
        await page.evaluate(() => {
            const Plain = WebSocket;
            window.sockets = [];
            window.WebSocket = class extends Plain {
                constructor(...of) {
                    super(...of);
                    window.sockets.push(this);
                }
            };
        });
        await page.addScriptTag({ content: await example(number, server.url, topic) });
        const says = (count) => eventually(patience, () => said.length >= count, `${count} lines`)
            .catch((error) => assert.fail(`${error.message}; it said ${said}; ${failures}`));
        return { page, said, failures, says };
    }

    test('runs the first example of the README, and receives what it sends', async () => {
        const { page, said, failures, says } = await run(0, unique('chat'));
        await says(4);
        assert.match(said[3], /^\[\{"id":\d+,"t":"notif","p":"hello"\}\]$/);
        assert.deepEqual(failures, []);
        await page.close();
    });

    test('runs the second, and goes on where it was after its connection is lost', async (t) => {
        const sender = await server.connect(t);
        const topic = await sender.newTopic();
        const send = (room, text) => sender.publish({ t: topic, m: { room, text } });
        await send('lobby', 'first');
        await send('attic', 'elsewhere');
        const { page, said, failures, says } = await run(1, topic);
        await says(1);
        await page.evaluate(() => window.sockets.at(-1).close());
        await send('lobby', 'second');
        await says(2);
        await send('lobby', 'third');
        await says(3);
        assert.deepEqual(said, ['{room: lobby, text: first}', '{room: lobby, text: second}',
            '{room: lobby, text: third}']);
        assert.deepEqual(failures, []);
        await page.close();
    });

    test('subscribes, sends, and receives text of any kind', async () => {
        const opened = await pages.open();
        const received = await opened.evaluate(async (url) => {
            const socket = new WebSocket(url);
            const messages = [];
            let wake = () => {};
            socket.onmessage = ({ data }) => {
                messages.push(...[JSON.parse(data)].flat());
                wake();
            };
            const next = async (suits) => {
                for (;;) {
                    const found = messages.findIndex(suits);
                    if (found >= 0) return messages.splice(found, 1)[0];
                    await new Promise((resolve) => (wake = resolve));
                }
            };
            await new Promise((resolve) => (socket.onopen = resolve));
            const send = (message) => socket.send(JSON.stringify(message));
            send({ id: 1, t: 'topic', a: 'create', p: ['page'] });
            await next(({ refid }) => refid === 1);
            send({ id: 2, t: 'topic', a: 'subscribe', p: { t: ['page'] } });
            await next(({ refid }) => refid === 2);
            send({ id: 3, t: 'notif', a: 'create', p: { t: 'page', m: 'ä€😀 "\\\u2028' } });
            return (await next(({ t, refid }) => t === 'notif' && refid === undefined)).p;
        }, server.url);
        assert.equal(received, 'ä€😀 "\\\u2028');
        await opened.close();
    });
});

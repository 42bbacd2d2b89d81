// A page in a real browser talks to the server as the README shows.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { Pages } from './pages.mjs';
import { Server, anyBroker, root } from './server.mjs';
import { each, eventually, patience } from './wait.mjs';

/// The README's example for browsers, meant for a server on the default port.
async function example() {
    const readme = await readFile(`${root}README.md`, 'utf8');
    const block = /^```(?:js|javascript)\n(.*?new WebSocket\(.*?)^```$/ms.exec(readme);
    assert.ok(block, 'the README has an example with "new WebSocket"');
    const lines = block[1].trimEnd().split('\n');
    assert.ok(lines.length <= 6, 'it has five lines');
    return lines.join('\n');
}

describe('a browser', () => {
    let server, pages;
    before(async () => {
        server = await Server.start(anyBroker);
        pages = await Pages.start();
    });
    after(() => each(() => pages?.stop(), () => server?.stop()));

    test('runs the five lines of the README, and receives what it sends', async () => {
        const code = (await example()).replaceAll(/ws:\/\/(localhost|127\.0\.0\.1):8085\/?/g, server.url);
        assert.ok(code.includes(server.url), 'it connects to the default address');
        const opened = await pages.open();
        const said = [];
        const failures = [];
        opened.on('console', (message) => said.push(message.text()));
        opened.on('pageerror', (error) => failures.push(error.message));
        await opened.addScriptTag({ content: code });
        await eventually(patience, () => said.some((line) => line.includes('hello')), 'its own "hello"')
            .catch((error) => assert.fail(`${error.message}; it said ${said}; ${failures}`));
        assert.deepEqual(failures, []);
        await opened.close();
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

// Clients of Socket.IO 1, 2 and 4 in pages of another origin, in a real browser: there versions 1 and 2
// poll with binary XMLHttpRequests and with credentials.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Echo } from './echo.mjs';
import { Pages } from './pages.mjs';
import { each } from './wait.mjs';

const script = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
const scripts = {
    1.7: script('socket.io-client-1/dist/socket.io.js'),
    2: script('socket.io-client-2/dist/socket.io.js'),
    4: script('socket.io-client/dist/socket.io.js'),
};

/// What runs in the page: everything that was answered, and on which transports.
async function converse({ url, options, values }) {
    const socket = io(url, { forceNew: true, ...options });
    const failed = new Promise((_, reject) => {
        socket.on('connect_error', (error) => reject(new Error(`no connection: ${error}`)));
        setTimeout(() => reject(new Error(`no answer, over ${socket.io.engine.transport.name}`)), 8000);
    });
    const conversation = async () => {
        await new Promise((resolve) => socket.on('connect', resolve));
        const ask = () => new Promise((resolve) => {
            socket.emit('message-with-ack', ...values, new Uint8Array([0, 1, 250]).buffer,
                (...answer) => resolve([...answer.slice(0, -1), [...new Uint8Array(answer.at(-1))]]));
        });
        const hear = () => new Promise((resolve) => {
            socket.once('repeated', resolve);
            socket.emit('repeat', 1, values[0]);
        });
        const first = [await ask(), await hear()];
        const { engine } = socket.io;
        if (!options.transports && engine.transport.name === 'polling') {
            await new Promise((resolve) => engine.once('upgrade', resolve));
        }
        return { first, second: [await ask(), await hear()], transport: engine.transport.name };
    };
    try {
        return await Promise.race([conversation(), failed]);
    } finally {
        socket.close();
    }
}

describe('a page', () => {
    let echo, pages;
    before(async () => {
        echo = await Echo.start('socketio-echo', [0, 2, 25_000, 20_000]);
        pages = await Pages.start();
    });
    after(() => each(() => pages?.stop(), () => echo?.stop()));

    for (const [version, path] of Object.entries(scripts)) {
        for (const [name, options, transport] of [
            ['default options', {}, 'websocket'],
            ['polling alone', { transports: ['polling'] }, 'polling'],
        ]) {
            test(`talks by socket.io-client ${version}, ${name}`, async () => {
                const page = await pages.open();
                await page.addScriptTag({ path });
                const values = ['é€🦘 "\\\n', { a: [1, null, 'ß'] }];
                const said = await page.evaluate(converse, { url: echo.url, options, values });
                const answers = [[...values, [0, 1, 250]], values[0]];
                assert.deepEqual(said, { first: answers, second: answers, transport });
                await page.close();
            });
        }
    }
});

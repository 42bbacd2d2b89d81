// The README's example of services: an agent that is started, stopped and asked for the time, which
// it emits, and a client that sends and listens. Both run as they stand there.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import WebSocket from 'ws';

import { Server, hasty, root } from './server.mjs';
import { eventually, patience } from './wait.mjs';

/// What is the README's for whoever says `mark` in it, on another port and quicker.
async function example(mark, url) {
    const readme = await readFile(`${root}README.md`, 'utf8');
    const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
    const [found, ...others] = blocks.filter((code) => code.includes(mark));
    assert.ok(found && others.length === 0, `one example with ${mark}`);
    assert.match(found, /new WebSocket\('ws:\/\/127\.0\.0\.1:8085\/'\)/);
    return found.replace('ws://127.0.0.1:8085/', url).replace(/\b([15])000\b/g, '$100');
}

test("the README's agent does what its client tells it", async (t) => {
    const server = await Server.start(hasty);
    t.after(() => server.kill());
    const said = [];
    const sockets = [];
    const run = async (mark) => {
        class Socket extends WebSocket {
            constructor(...of) {
                super(...of);
                sockets.push(this);
            }
        }
        const log = (...words) => said.push(words);
        new Function('WebSocket', 'console', await example(mark, server.url))(Socket, { log });
    };
    await run("a: 'register'");
    await run("send('fetch')");
    await eventually(patience, () => said.some(([word]) => word === 'stopped'), 'the end of the client');
    const [[first, fetched], ...rest] = said;
    assert.equal(first, 'fetched');
    assert.equal(fetched.type, 'FETCHED_TIME');
    assert.equal(typeof fetched.payload, 'number');
    const times = rest.filter(([word]) => word === 'FETCHED_TIME');
    assert.ok(times.length >= 2 && times.length <= 6, `${times.length} times`);
    assert.ok(times.every(([, time]) => Math.abs(time - Date.now()) < 60_000));
    const count = said.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(said.length, count, 'it has stopped');
    for (const socket of sockets) socket.terminate();
    await server.stop();
});

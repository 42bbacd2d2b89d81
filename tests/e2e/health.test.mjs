// What the server says about itself: the request health, and HTTP.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { assertRefused } from './refusal.mjs';
import { run, serverFor } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience } from './wait.mjs';

async function version() {
    return (await run(['--version'])).stdout.trim().split(' ').at(-1);
}

describe('health', () => {
    const suite = serverFor();

    test('names the subscriptions of the whole server', async (t) => {
        const [a, b, asking] = [await suite.server.connect(t), await suite.server.connect(t),
            await suite.server.connect(t)];
        const [one, two] = [unique('one'), unique('two')];
        await a.create(one, two);
        await a.subscribe([one, two], { consumer_group: unique('g') });
        await b.subscribe(two, { consumer_group: unique('g') });
        const { consumers } = (await asking.fence()).p;
        const found = consumers.filter(({ topics }) => topics.includes(two));
        assert.deepEqual(found.map(({ topics }) => topics).sort(), [[one, two], [two]].sort());
        for (const { ws } of found) assert.ok(Number.isInteger(ws) && ws >= 1);
        assert.notEqual(found[0].ws, found[1].ws);
    });

    test('tells brokers, connections, version and uptime', async (t) => {
        const client = await suite.server.connect(t);
        const { p } = await client.fence();
        assert.equal(p.brokers.length, 1);
        const { name, kind, up } = p.brokers[0];
        assert.equal(typeof name, 'string');
        assert.ok(['memory', 'kafka'].includes(kind));
        assert.equal(up, true);
        assert.ok(p.connections >= 1);
        assert.equal(p.version, await version());
        assert.ok(p.uptime >= 0 && p.uptime < 3600);
    });

    test('counts connections as they come and go', async (t) => {
        const before = (await suite.server.health()).connections;
        const clients = [];
        for (let i = 0; i < 5; ++i) clients.push(await suite.server.connect(t));
        await eventually(patience, async () => (await suite.server.health()).connections === before + 5,
            'five more');
        clients[0].terminate();
        await clients[1].close();
        await eventually(patience, async () => (await suite.server.health()).connections === before + 3,
            'two less');
    });

    test('has no action', async (t) => {
        const client = await suite.server.connect(t);
        assertRefused(await client.request({ t: 'health', a: 'list' }), 'unknown_action');
    });
});

describe('HTTP', () => {
    const suite = serverFor();

    test('/health is JSON about the server', async (t) => {
        const client = await suite.server.connect(t);
        const topic = unique('http');
        await client.create(topic);
        await client.subscribe(topic, { consumer_group: unique('g') });
        const response = await suite.server.get('/health');
        assert.equal(response.status, 200);
        assert.match(response.headers.get('content-type'), /^application\/json/);
        const health = await response.json();
        assert.equal(health.brokers[0].up, true);
        for (const key of ['producers', 'consumers', 'readers', 'orphans']) {
            assert.ok(Number.isInteger(health.brokers[0][key]), key);
        }
        assert.ok(health.connections >= 1);
        assert.ok(health.shards, 'shards');
        assert.ok(health.consumers.some(({ topics }) => topics.includes(topic)));
        assert.equal(health.version, await version());
    });

    test('/healthz answers as long as the process does', async () => {
        assert.equal((await suite.server.get('/healthz')).status, 200);
    });

    test('/readyz answers 200 while every broker does', async () => {
        const ready = async () => (await suite.server.get('/readyz')).status === 200;
        await eventually(patience, ready, 'readiness');
    });

    test('every connection is asked about, whatever shard it lives on', async (t) => {
        const topics = [];
        for (let i = 0; i < 8; ++i) {
            const client = await suite.server.connect(t);
            topics.push(unique('shard'));
            await client.create(topics[i]);
            await client.subscribe(topics[i], { consumer_group: unique('g') });
        }
        for (let i = 0; i < 4; ++i) {
            const { consumers } = await suite.server.health();
            const seen = new Set(consumers.flatMap((consumer) => consumer.topics));
            assert.deepEqual(topics.filter((topic) => !seen.has(topic)), []);
        }
    });

    test('what is not there is 404', async () => {
        for (const path of ['/', '/nothing', '/health/x', '/healthzz']) {
            const { status } = await suite.server.get(path);
            assert.equal(status, 404, path);
        }
    });

    test('what cannot be done with a path is refused', async () => {
        for (const method of ['POST', 'PUT', 'DELETE']) {
            const { status } = await suite.server.get('/health', { method });
            assert.ok(status === 404 || status === 405, `${method}: ${status}`);
        }
    });

    test('a query changes nothing', async () => {
        assert.equal((await suite.server.get('/healthz?probe=1')).status, 200);
    });
});

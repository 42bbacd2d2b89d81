// Several brokers in one server.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { assertRefused } from './refusal.mjs';
import { Server, anyBroker } from './server.mjs';
import { unique } from './unique.mjs';
import { eventually, patience } from './wait.mjs';

const kafka = anyBroker['kafka.bootstrap.servers'];
const standard = kafka ? { name: 'main', kind: 'kafka', hosts: kafka } : { name: 'main', kind: 'memory' };

describe('several brokers', () => {
    let server;
    before(async () => {
        server = await Server.configured({
            producer: { mq_interval: 1 },
            consumer: { mq_interval: 1 },
            brokers: [standard, { name: 'other', kind: 'memory' },
                { name: 'dead', kind: 'kafka', hosts: '127.0.0.1:1' }],
        });
    });
    after(() => server.stop());

    test('hold topics of one name apart', async (t) => {
        const client = await server.connect(t);
        const topic = unique('apart');
        await client.create(topic);
        await client.create(`other:${topic}`);
        await client.subscribe(`other:${topic}`, { consumer_group: unique('g'), meta: true });
        await client.publish({ t: topic, m: 'of main' });
        await client.publish({ t: `main:${topic}`, m: 'of main, too' });
        await client.publish({ t: `other:${topic}`, m: 'of other' });
        assert.equal((await client.notification()).p, 'of other');

        const { p } = await client.request({ t: 'topic', a: 'list', p: { broker: 'other' } });
        assert.ok(p.some((entry) => entry.topic === topic));
    });

    test('are refused by a name that none has', async (t) => {
        const client = await server.connect(t);
        const reply = await client.request({ t: 'notif', a: 'create', p: { t: 'nobody:x', m: 1 } });
        assertRefused(reply, 'broker_not_found');
    });

    test('work though one is away, which is said by its name', async (t) => {
        const client = await server.connect(t);
        const topic = unique('alive');
        await client.create(topic);
        assert.equal((await client.publish({ t: topic, m: 'x' })).offset, 0);

        const { p } = await eventually(patience, async () => {
            const report = await client.request({ t: 'health' });
            return report.p.brokers.find(({ name, up }) => name === 'main' && up) && report;
        }, 'the broker main up');
        assert.deepEqual(p.brokers.map(({ name, kind }) => [name, kind]),
            [['main', standard.kind], ['other', 'memory'], ['dead', 'kafka']]);
        const dead = p.brokers.find(({ name }) => name === 'dead');
        assert.equal(dead.up, false);
        assert.ok(dead.reason.length > 0);

        const ready = await fetch(`${server.http}readyz`);
        assert.equal(ready.status, 503);
        const text = await ready.text();
        assert.match(text, /broker dead: \w+/);
        assert.doesNotMatch(text, /broker (main|other)/);
    });

    test('are told one by one at the start', () => {
        assert.match(server.stderr, /broker main, the default: /);
        assert.match(server.stderr, /broker other: embedded/);
        assert.match(server.stderr, /broker dead: Kafka at 127\.0\.0\.1:1/);
    });
});

// Clients of Kasocki, with the Socket.IO of its time and of today, as npm has them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { io as io4 } from 'socket.io-client';
import io1 from 'socket.io-client-1';
import io2 from 'socket.io-client-2';

import { Engine } from './engine.mjs';
import { Server, hasty } from './server.mjs';
import { unique } from './unique.mjs';
import { Queue, patience, within } from './wait.mjs';

const any = () => true;

/// A client that keeps what it is told.
class Kasocki {
    messages = new Queue();
    errors = new Queue();

    constructor(t, io, server, options = {}) {
        this.socket = io(`http://localhost:${server.port}`, { forceNew: true, ...options });
        t.after(() => this.socket.close());
        this.socket.on('message', (message) => this.messages.put(message));
        this.socket.on('err', (error) => this.errors.put(error));
        this.ready = new Promise((resolve) => this.socket.once('ready', resolve));
    }

    /// What the event is answered: [error, result].
    ask(...event) {
        const answer = new Promise((resolve) => {
            this.socket.emit(...event, (...args) => resolve(args));
        });
        return within(patience, answer, `the ack of ${event[0]}`);
    }

    /// The result, which must be one.
    async get(...event) {
        const [error, result, ...more] = await this.ask(...event);
        assert.deepEqual([error, more], [null, []]);
        return result;
    }

    /// The error, which must be one, and of which the event "err" tells as well.
    async refused(...event) {
        const [error, result] = await this.ask(...event);
        assert.equal(result, null);
        assert.equal(error.origin, 'Kasocki');
        assert.equal(error.socketEvent, event[0]);
        assert.ok(error.message);
        assert.deepEqual(await this.error(), error);
        return [error.name, error.code];
    }

    message() {
        return this.messages.take(any, patience, 'a message');
    }

    error() {
        return this.errors.take(any, patience, 'an error');
    }
}

for (const [version, io, options] of [
    ['1.7', io1],
    ['2', io2],
    ['4', io4],
    ['1.7 by polling', io1, { transports: ['polling'] }],
    ['4 by WebSocket', io4, { transports: ['websocket'] }],
]) {
    describe(`a client of Kasocki over socket.io-client ${version}`, () => {
        let server;
        let writer;
        before(async () => {
            server = await Server.start(hasty);
            writer = await server.connect({ after() {} }); // Ends with the server.
        });
        after(() => server?.stop());

        const connect = (t) => new Kasocki(t, io, server, options);

        async function topicOf(partitions = 1) {
            const topic = unique('kasocki');
            await writer.create({ topic, partitions });
            return topic;
        }

        const write = (topic, m, more = {}) => writer.publish({ t: topic, m, ...more });

        test('does what its README shows', async (t) => {
            const topics = [await topicOf(), await topicOf()];
            const client = connect(t);
            // All of it before there is a connection.
            const subscribed = client.get('subscribe', topics);
            const filters = { top_level_field: 1, 'sub.field': '/^(green|blue).*/' };
            const filtered = client.get('filter', filters);
            client.socket.emit('start', null);

            const names = await within(patience, client.ready, 'ready');
            assert.deepEqual(names, [...names].sort());
            assert.ok(topics.every((topic) => names.includes(topic)));
            assert.deepEqual(
                await subscribed,
                [...topics].sort().map((topic) => ({ topic, partition: 0, offset: -1 })),
            );
            assert.deepEqual(await filtered, filters);
            await client.get('filter', filters); // "start" was read.

            const before = Date.now() - 60_000;
            await write(topics[0], { top_level_field: 2, sub: { field: 'green' } });
            await write(topics[0], { top_level_field: 1, sub: { field: 'red' } });
            await write(topics[0], { top_level_field: 1, sub: { field: 'greenish é 🦘' } }, { k: 'ключ' });
            await write(topics[1], { top_level_field: 1, sub: { field: 'blue' }, meta: { id: 7 } });
            const both = [await client.message(), await client.message()];
            if (both[0].meta.topic === topics[1]) both.reverse(); // Topics have no order among them.
            const [first, { meta }] = both;
            assert.ok(first.meta.timestamp > before);
            delete first.meta.timestamp;
            assert.deepEqual(first, {
                top_level_field: 1,
                sub: { field: 'greenish é 🦘' },
                meta: { topic: topics[0], partition: 0, offset: 2, key: 'ключ' },
            });
            assert.deepEqual([meta.id, meta.topic, meta.offset, meta.key], [7, topics[1], 0, null]);

            const gone = new Promise((resolve) => client.socket.once('disconnect', resolve));
            client.socket.disconnect();
            await within(patience, gone, 'disconnect');
            assert.deepEqual([client.messages.items, client.errors.items], [[], []]);
        });

        test('begins at offsets and at times', async (t) => {
            const topic = await topicOf(2);
            for (let n = 0; n < 5; ++n) await write(topic, { n }, { partition: 0, ts: 1000 + n });
            for (let n = 5; n < 9; ++n) await write(topic, { n }, { partition: 1, ts: 1000 + n });
            const at = (partition, offset) => ({ topic, partition, offset });
            /// The numbers of a partition that come from there on, up to the end as it is now.
            const read = async (assignment) => {
                const client = connect(t);
                const answer = await client.get('subscribe', [assignment]);
                client.socket.emit('start', null);
                const end = unique('end');
                await write(topic, { n: end }, { partition: assignment.partition });
                const found = [];
                for (let n; n !== end; found.push(n)) ({ n } = await client.message());
                return [answer, found.filter(Number.isInteger)];
            };
            for (const [assignment, numbers, offset] of [
                [at(0, 3), [3, 4]],
                [at(0, -2), [0, 1, 2, 3, 4]],
                [at(1, -1), []],
                [{ topic, partition: 1, timestamp: 1007 }, [7, 8], 2],
                [{ topic, partition: 1, timestamp: '1970-01-01T00:00:01.008Z' }, [8], 3],
            ]) {
                const [[answer], found] = await read(assignment);
                assert.deepEqual(found, numbers);
                assert.equal(answer.offset, offset ?? assignment.offset);
                assert.deepEqual([answer.topic, answer.partition], [topic, assignment.partition]);
            }
        });

        test('consumes one message at a time', async (t) => {
            const topic = await topicOf();
            const client = connect(t);
            await client.get('subscribe', topic);
            const asked = [client.get('consume', null), client.get('consume', null)];
            for (let n = 0; n < 4; ++n) await write(topic, { n });
            assert.deepEqual((await Promise.all(asked)).map(({ n }) => n), [0, 1]);
            assert.equal((await client.get('consume')).n, 2);
            assert.equal(client.messages.items.length, 0);

            await client.get('start', null);
            assert.equal((await client.message()).n, 3);
        });

        test('stops, and goes on where it stopped', async (t) => {
            const topic = await topicOf();
            const client = connect(t);
            await client.get('subscribe', [topic]);
            await client.get('start', null);
            await write(topic, { n: 0 });
            assert.equal((await client.message()).n, 0);
            await client.get('stop', null);
            for (let n = 1; n < 100; ++n) await write(topic, { n });
            await client.get('stop', null);
            assert.equal(client.messages.items.length, 0);
            await client.get('start', null);
            for (let n = 1; n < 100; ++n) assert.equal((await client.message()).n, n);
        });

        test('gets errors by their names, with a code', async (t) => {
            const topic = await topicOf();
            const client = connect(t);
            const refused = async (event, expected) => {
                assert.deepEqual(await client.refused(...event), expected, JSON.stringify(event));
            };
            await refused(['start', null], ['NotSubscribedError', 'not_subscribed']);
            await refused(['consume', null], ['NotSubscribedError', 'not_subscribed']);
            await refused(['subscribe', null], ['InvalidTopicError', 'invalid_payload']);
            await refused(['subscribe', []], ['InvalidTopicError', 'invalid_payload']);
            await refused(['subscribe', { topic }], ['InvalidTopicError', 'invalid_payload']);
            await refused(['subscribe', [topic, 'none']], ['TopicNotAvailableError', 'topic_not_found']);
            await refused(['subscribe', '__consumer_offsets'], ['TopicNotAvailableError', 'topic_not_found']);
            const at = (partition, offset) => [{ topic, partition, offset }];
            await refused(['subscribe', at(1, 0)], ['InvalidTopicError', 'partition_not_found']);
            await refused(['subscribe', at(0, 5)], ['InvalidTopicError', 'offset_out_of_range']);
            await refused(['filter', 'a'], ['InvalidFilterError', 'invalid_filter']);
            await refused(['filter', { a: { b: 1 } }], ['InvalidFilterError', 'invalid_filter']);
            await refused(['filter', { a: '/(/' }], ['InvalidFilterError', 'invalid_filter']);
            await refused(['unsubscribe', null], ['KasockiError', 'unknown_action']);
            await client.get('subscribe', topic);
            await refused(['subscribe', topic], ['AlreadySubscribedError', 'already_subscribed']);
            await client.get('start', null);
            await refused(['start', null], ['AlreadyStartedError', 'already_started']);
        });

        test('is told of records that are no messages, and gets the next', async (t) => {
            const topic = await topicOf();
            const client = connect(t);
            await client.get('subscribe', topic);
            for (const value of ['no JSON', '[1]', '5', null]) await write(topic, value);
            await write(topic, { n: 1 });
            assert.equal((await client.get('consume', null)).n, 1);
            for (let offset = 0; offset < 4; ++offset) {
                const error = await client.error();
                assert.equal(error.name, 'InvalidMessageError');
                assert.deepEqual([error.topic, error.partition, error.offset], [topic, 0, offset]);
            }
        });

        test('changes its filter, and removes it', async (t) => {
            const topic = await topicOf();
            const client = connect(t);
            await client.get('subscribe', topic);
            await client.get('filter', { n: 1, 'meta.partition': 0 });
            await client.get('start', null);
            for (const n of [0, 2, 1]) await write(topic, { n });
            assert.equal((await client.message()).n, 1);
            assert.equal(await client.get('filter', null), null);
            await write(topic, { n: 3 });
            assert.equal((await client.message()).n, 3);
        });
    });
}

describe('Kasocki', () => {
    /// A server that ends with the test, with a topic and who writes to it.
    async function stage(t, options = {}) {
        const server = await Server.start({ ...hasty, ...options });
        t.after(() => server.stop());
        const writer = await server.connect(t);
        const topic = unique('kasocki');
        await writer.create(topic);
        return { server, writer, topic };
    }

    test('has the topics that it is allowed, and no others', async (t) => {
        const [topic, other] = [unique('allowed'), unique('allowed')];
        const { server, writer } = await stage(t, { 'kasocki.allowed_topics': `${other}, ${topic}` });
        await writer.create(topic, unique('forbidden'));
        const client = new Kasocki(t, io4, server);
        assert.deepEqual(await client.ready, [topic]);
        for (const name of [(await writer.request({ t: 'topic', a: 'list' })).p[0].topic, other]) {
            if (name === topic) continue;
            const [refusal] = await client.refused('subscribe', [topic, name]);
            assert.equal(refusal, 'TopicNotAvailableError');
        }
        await client.get('subscribe', topic);
    });

    test('finds a topic that is created after its client came', async (t) => {
        const { server, writer } = await stage(t);
        const client = new Kasocki(t, io4, server);
        await client.ready;
        const topic = unique('late');
        await writer.create(topic);
        await client.get('subscribe', topic);
    });

    test('puts where a message comes from into the field that is set', async (t) => {
        const { server, writer, topic } = await stage(t, { 'kasocki.message_field': '_kafka' });
        const client = new Kasocki(t, io4, server);
        await client.get('subscribe', topic);
        await writer.publish({ t: topic, m: { meta: 1 } });
        const { meta, _kafka } = await client.get('consume', null);
        assert.deepEqual([meta, _kafka.topic, _kafka.offset], [1, topic, 0]);
    });

    test('reads a topic once for all its clients', async (t) => {
        const { server, writer, topic } = await stage(t);
        const clients = Array.from({ length: 10 }, () => new Kasocki(t, io4, server));
        for (const client of clients) {
            await client.get('subscribe', topic);
            await client.get('start', null);
        }
        for (let n = 0; n < 20; ++n) await writer.publish({ t: topic, m: { n } });
        for (const client of clients) {
            for (let n = 0; n < 20; ++n) assert.equal((await client.message()).n, n);
        }
        const [{ readers, consumers }] = (await server.health()).brokers;
        assert.deepEqual([readers, consumers], [1, 0]);
    });

    test('waits for a client that does not read, and loses nothing', async (t) => {
        const { server, writer, topic } = await stage(t);
        const slow = new Engine(`http://127.0.0.1:${server.port}/`, 4, '/socket.io/').socket();
        t.after(() => slow.close());
        await slow.send('40', `420["subscribe","${topic}"]`, '421["start",null]');
        const next = async (start) => {
            for (;;) {
                const text = await slow.next('2');
                if (text.startsWith(start)) return text.slice(start.length);
            }
        };
        await next('430[null,');
        await next('431[null,');
        slow.pause();

        const size = 100_000;
        const count = 1000;
        const before = await server.memory();
        for (let n = 0; n < count; ++n) {
            await writer.publish({ t: topic, m: { n, text: 'x'.repeat(size) } });
        }
        // The embedded broker keeps all, and the ring of recent records some of them.
        const byBroker = 'kafka.bootstrap.servers' in hasty ? 0 : count * size;
        const byClient = (await server.memory()) - before - byBroker;
        assert.ok(byClient < (count * size) / 2, `${byClient} bytes for a client that does not read`);
        slow.resume();
        for (let n = 0; n < count; ++n) {
            assert.equal(JSON.parse((await next('42')))[1].n, n);
        }
    });

    test('lets its clients go when the server stops, and they know', async (t) => {
        const server = await Server.start(hasty);
        t.after(() => server.kill());
        const writer = await server.connect(t);
        const topic = unique('kasocki');
        await writer.create(topic);
        const clients = [io1, io2, io4].map((io) => new Kasocki(t, io, server));
        const gone = [];
        for (const { socket } of clients) {
            gone.push(new Promise((resolve) => socket.once('disconnect', resolve)));
        }
        for (const client of clients) {
            await client.get('subscribe', topic);
            await client.get('start', null);
        }
        const started = Date.now();
        server.signal('SIGTERM');
        await within(patience, Promise.all(gone), 'three disconnects');
        assert.equal((await within(patience, server.exited, 'the end')).code, 0);
        assert.ok(Date.now() - started < 5000);
        server.checkLog();
    });
});

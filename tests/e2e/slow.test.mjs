// What becomes of records that a client reads too slowly.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { inMode, modes } from './modes.mjs';
import { Server, hasty } from './server.mjs';
import { eventually } from './wait.mjs';

// What the kernel holds of a socket is a few MiB; these records are more.
const size = 10_000;
const count = 3000;
const filler = '.'.repeat(size - 8);
const long = 30_000; // ms

/// Notifications and gaps of one partition, which must cover its offsets in order, each once.
class Cover {
    next = 0;
    records = 0;
    gaps = 0;
    last = new Map(); // The newest value of each key.

    take({ a, p, o }) {
        if (a === 'gap') {
            assert.equal(p.from, this.next, 'a gap begins where the record before it ended');
            assert.ok(p.to > p.from);
            this.next = p.to;
            ++this.gaps;
        } else {
            assert.equal(o.offset, this.next, 'a record follows the one before it, or a gap');
            this.next = o.offset + 1;
            this.last.set(o.key, o.offset);
            ++this.records;
        }
    }
}

for (const mode of modes) {
    describe(`a ${mode} subscription of a client that does not read`, () => {
        /// The client reads nothing while so many records are sent, or enough, then reads to the end.
        async function slow(t, options, { keys = 1, sent = count, enough = () => false, settings = {} } = {}) {
            const server = await Server.start({ ...hasty, ...settings });
            t.after(() => server.kill());
            const [client, sender] = [await server.connect(t), await server.connect(t)];
            const topic = await sender.newTopic();
            const cover = new Cover();
            let failure;
            client.keepFrames = false;
            client.onNotification = (message) => {
                try {
                    cover.take(message);
                } catch (error) {
                    failure ??= error;
                }
            };
            await client.subscribe(topic, inMode(mode, { meta: true, ...options }));
            client.socket.pause();
            const before = await server.memory();
            const batch = 50;
            for (let i = 0; i < sent && !(await enough(server)); i += batch) {
                const p = Array.from({ length: batch }, (_, j) =>
                    ({ t: topic, k: `k${(i + j) % keys}`, m: `${filler}${i + j}`, ack: true }));
                assert.equal((await sender.request({ t: 'notif', a: 'create', p })).s, 0);
            }
            const grown = (await server.memory()) - before;
            const readToTheEnd = async () => {
                client.socket.resume();
                await eventually(long, () => failure || cover.next === sent, 'everything, or a gap');
                if (failure) throw failure;
            };
            const finish = async () => {
                await readToTheEnd();
                await server.stop();
            };
            return { server, client, sender, topic, cover, grown, readToTheEnd, finish };
        }

        test('with "pause" gets everything, later', async (t) => {
            const { cover, finish } = await slow(t, { slow: 'pause' });
            await finish();
            assert.deepEqual([cover.records, cover.gaps], [count, 0]);
        });

        test('with "drop" gets the exact ranges that it missed, and what comes after them', async (t) => {
            const { cover, finish } = await slow(t, { slow: 'drop' });
            await finish();
            assert.ok(cover.records < count / 2, `${cover.records} of ${count} came`);
            assert.ok(cover.gaps >= 1);
        });

        test('with "conflate" gets the newest record of each key', async (t) => {
            const { cover, finish } = await slow(t, { slow: 'conflate' }, { keys: 20 });
            await finish();
            assert.ok(cover.records < count / 2, `${cover.records} of ${count} came`);
            for (let k = 0; k < 20; ++k) assert.equal(cover.last.get(`k${k}`), count - 20 + k);
        });

        test('with "conflate" pauses where the newest of each key are too many', async (t) => {
            const { cover, finish } = await slow(t, { slow: 'conflate' },
                { keys: count, settings: { 'consumer.max_conflated_bytes': '100KiB' } });
            await finish();
            assert.deepEqual([cover.records, cover.gaps], [count, 0]);
        });

        test('with "close" is closed with 4001', async (t) => {
            // It hears of it when it reads again, behind what was under way.
            const isOver = async (server) => (await server.health()).consumers.length === 0;
            const { client, server } = await slow(t, { slow: 'close' }, {
                enough: isOver,
                settings: { 'consumer.slow_timeout': 300 },
            });
            // All may be sent before that time is up.
            await eventually(long, () => isOver(server), 'the end of the subscription');
            client.socket.resume();
            assert.deepEqual(await client.closed(long), { code: 4001, reason: 'slow consumer' });
        });

        test('with "close" stays where it reads on in time', async (t) => {
            const timeout = 5000;
            const began = performance.now();
            const { server, sender, topic, cover, readToTheEnd } = await slow(t, { slow: 'close' },
                { sent: 1500, settings: { 'consumer.slow_timeout': timeout } });
            await readToTheEnd();
            let more = 0;
            while (performance.now() < began + timeout + 1000) {
                await sender.publish({ t: topic, m: 'more' });
                ++more;
            }
            await eventually(long, () => cover.next === 1500 + more, 'what came after it');
            await server.stop();
        });

        for (const policy of ['pause', 'drop', 'conflate']) {
            test(`with "${policy}" costs a bounded amount of memory`, async (t) => {
                const sent = 10_000;
                // The embedded broker keeps the records themselves.
                const embedded = hasty['kafka.bootstrap.servers'] ? 0 : sent * size;
                const { grown, finish } = await slow(t, { slow: policy }, { keys: 20, sent });
                // AddressSanitizer keeps a part of what was freed, and puts something around the rest.
                const allowed = (process.env.ASAN_OPTIONS ? 64 : 40) << 20;
                assert.ok(grown < embedded + allowed, `${grown >> 20} MiB of ${(sent * size) >> 20}`);
                await finish();
            });
        }
    });
}

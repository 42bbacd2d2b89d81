// RFC 6455, from the client's side, against the echo program: framing, control frames, reserved bits,
// opcodes, fragments, UTF-8, closing. Section numbers are the RFC's.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { Echo } from './echo.mjs';
import { Raw, closing, frame, opcode } from './raw.mjs';
import { patience, within } from './wait.mjs';

const { continuation, text, binary, close, ping, pong } = opcode;

describe('RFC 6455', () => {
    let echo;
    before(async () => (echo = await Echo.start()));
    after(async () => echo?.stop());

    async function open(t) {
        const raw = await Raw.open(echo.port);
        t.after(() => raw.terminate());
        return raw;
    }

    /// The next message, its fragments put together; fails on anything else.
    async function message(raw) {
        const first = await raw.next();
        assert.ok(first && (first.op === text || first.op === binary), `a message: ${JSON.stringify(first)}`);
        const parts = [first.payload];
        for (let last = first; !last.fin; ) {
            last = await raw.next();
            assert.equal(last.op, continuation);
            parts.push(last.payload);
        }
        return { op: first.op, payload: Buffer.concat(parts) };
    }

    async function echoes(raw, op, payload) {
        const found = await message(raw);
        assert.equal(found.op, op);
        assert.ok(found.payload.equals(Buffer.from(payload)), 'the same bytes');
    }

    /// The connection ends with one of `codes`, and without another message.
    async function closes(raw, ...codes) {
        const found = await raw.next();
        assert.ok(found, 'a close frame before the end');
        assert.equal(found.op, close, 'a close frame, nothing else');
        const actual = found.payload.length >= 2 ? found.payload.readUInt16BE(0) : 1005;
        assert.ok(codes.includes(actual), `${codes}, not ${actual}`);
        await within(patience, raw.ended, 'the end of the connection');
    }

    /// Writes `bytes` at once, in pieces, and byte by byte, each time to a new connection.
    function each(name, bytes, check, steps = [Infinity, 997, 1]) {
        for (const step of steps) {
            const how = step === Infinity ? 'at once' : step === 1 ? 'byte by byte' : 'in pieces';
            test(`${name}, ${how}`, async (t) => {
                const raw = await open(t);
                if (step === Infinity) raw.write(bytes);
                else await raw.writeSlowly(bytes, step);
                await check(raw);
            });
        }
    }

    describe('5.2 framing', () => {
        for (const size of [0, 1, 125, 126, 127, 128, 65535, 65536, 65537, 1 << 20]) {
            const steps = size > 200 ? [Infinity, 997] : [Infinity, 1];
            const ascii = 'x'.repeat(size);
            const bytes = randomBytes(size);
            each(`text of ${size} bytes`, frame(text, ascii), (raw) => echoes(raw, text, ascii), steps);
            each(`${size} bytes`, frame(binary, bytes), (raw) => echoes(raw, binary, bytes), steps);
        }

        test('many messages at once come back in order', async (t) => {
            const raw = await open(t);
            raw.write(Buffer.concat(Array.from({ length: 1000 }, (_, i) => frame(text, String(i)))));
            for (let i = 0; i < 1000; ++i) await echoes(raw, text, String(i));
        });

        for (const rsv of [1, 2, 3, 4, 5, 6, 7]) {
            each(`reserved bits ${rsv} of text`, frame(text, 'x', { rsv }), (raw) => closes(raw, 1002), [Infinity, 1]);
        }
        for (const op of [binary, ping, pong, close]) {
            each(`reserved bits of opcode ${op}`, frame(op, '', { rsv: 1 }), (raw) => closes(raw, 1002), [Infinity]);
        }
        for (const op of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
            for (const payload of ['', 'x']) {
                each(`opcode ${op} with ${payload.length} bytes`, frame(op, payload),
                    (raw) => closes(raw, 1002), [Infinity]);
            }
            each(`opcode ${op} after a message`, Buffer.concat([frame(text, 'good'), frame(op, 'x'), frame(ping)]),
                async (raw) => {
                    await echoes(raw, text, 'good');
                    await closes(raw, 1002);
                });
        }

        each('5.1 a frame without a mask', frame(text, 'x', { masked: false }), (raw) => closes(raw, 1002), [Infinity]);
        each('a length with the highest bit', frame(binary, '', { length: 2n ** 63n, lengthBytes: 8 }),
            (raw) => closes(raw, 1002, 1009), [Infinity, 1]);
    });

    describe('5.5 control frames', () => {
        for (const payload of ['', 'Hello', Buffer.from('00fffefdfcfb00ff', 'hex'), 'x'.repeat(125)]) {
            each(`a ping of ${payload.length} bytes`, frame(ping, payload), async (raw) => {
                const found = await raw.next();
                assert.equal(found.op, pong);
                assert.deepEqual(Buffer.from(found.payload), Buffer.from(payload));
            }, [Infinity, 1]);
        }
        for (const size of [126, 65536]) {
            for (const op of [ping, pong, close]) {
                each(`opcode ${op} of ${size} bytes`, frame(op, 'x'.repeat(size)),
                    (raw) => closes(raw, 1002), [Infinity]);
            }
        }
        for (const op of [ping, pong, close]) {
            each(`opcode ${op} as a fragment`, frame(op, '', { fin: false }), (raw) => closes(raw, 1002), [Infinity]);
        }
        for (const payload of ['', 'unasked']) {
            each(`a pong of ${payload.length} bytes is ignored`,
                Buffer.concat([frame(pong, payload), frame(text, 'after')]),
                (raw) => echoes(raw, text, 'after'));
        }
        each('ten pings have ten pongs, in order',
            Buffer.concat(Array.from({ length: 10 }, (_, i) => frame(ping, `ping ${i}`))), async (raw) => {
                for (let i = 0; i < 10; ++i) {
                    const found = await raw.next();
                    assert.equal(found.op, pong);
                    assert.equal(found.payload.toString(), `ping ${i}`);
                }
            });
    });

    describe('5.4 fragments', () => {
        const parts = (op, ...payloads) => Buffer.concat(payloads.map((payload, i) =>
            frame(i === 0 ? op : continuation, payload, { fin: i === payloads.length - 1 })));

        for (const op of [text, binary]) {
            each(`two of opcode ${op}`, parts(op, 'one', 'two'), (raw) => echoes(raw, op, 'onetwo'));
            each(`empty ones of opcode ${op}`, parts(op, '', 'middle', ''), (raw) => echoes(raw, op, 'middle'));
            each(`only empty ones of opcode ${op}`, parts(op, '', '', ''), (raw) => echoes(raw, op, ''));
            each(`1000 of opcode ${op}`, parts(op, ...Array(1000).fill('x')),
                (raw) => echoes(raw, op, 'x'.repeat(1000)), [Infinity, 997]);
            const long = 'x'.repeat(65536);
            each(`65536 bytes in pieces of 1300, opcode ${op}`, parts(op, ...long.match(/.{1,1300}/g)),
                (raw) => echoes(raw, op, long), [Infinity, 997]);
        }

        each('with a ping between', Buffer.concat([frame(text, 'a', { fin: false }), frame(ping, 'p'),
            frame(continuation, 'b', { fin: false }), frame(ping, 'q'), frame(continuation, 'c')]),
        async (raw) => {
            for (const payload of ['p', 'q']) {
                const found = await raw.next();
                assert.equal(found.op, pong);
                assert.equal(found.payload.toString(), payload);
            }
            await echoes(raw, text, 'abc');
        });
        each('with a pong between', Buffer.concat([frame(text, 'a', { fin: false }), frame(pong, 'p'),
            frame(continuation, 'b')]), (raw) => echoes(raw, text, 'ab'));

        for (const fin of [true, false]) {
            each(`a continuation of nothing, ${fin ? 'last' : 'not last'}`,
                Buffer.concat([frame(continuation, 'x', { fin }), frame(text, 'y')]),
                (raw) => closes(raw, 1002));
            each(`a continuation after a whole message, ${fin ? 'last' : 'not last'}`,
                Buffer.concat([frame(text, 'whole'), frame(continuation, 'x', { fin })]),
                async (raw) => {
                    await echoes(raw, text, 'whole');
                    await closes(raw, 1002);
                });
        }
        for (const op of [text, binary]) {
            each(`a message of opcode ${op} within one`,
                Buffer.concat([frame(text, 'x', { fin: false }), frame(op, 'y')]),
                (raw) => closes(raw, 1002));
        }
        each('a close between', Buffer.concat([frame(text, 'x', { fin: false }), frame(close, closing(1000))]),
            (raw) => closes(raw, 1000));
    });

    describe('8.1 UTF-8', () => {
        const good = ['', 'Hello-µ@ßöäüàá-UTF-8!!', '\u0000', '\u007f', '\u0080', '\u07ff', '\u0800',
            '\ud7ff', '\ue000', '\ufffd', '\ufffe', '\uffff', '\u{10000}', '\u{1fffe}', '\u{10ffff}',
            'κόσμε', '😀'.repeat(100)];
        for (const value of good) {
            const bytes = Buffer.from(value);
            each(`that is good: ${bytes.toString('hex').slice(0, 24)}`, frame(text, bytes),
                (raw) => echoes(raw, text, bytes), [Infinity, 1]);
            if (bytes.length < 2) continue;
            const single = [...bytes].map((_, i) => frame(i === 0 ? text : continuation,
                bytes.subarray(i, i + 1), { fin: i === bytes.length - 1 }));
            each(`in fragments of a byte: ${bytes.toString('hex').slice(0, 24)}`, Buffer.concat(single),
                (raw) => echoes(raw, text, bytes), [Infinity]);
        }

        const bad = { 'a continuation byte': '80', 'two of them': '80bf', 'ff': 'ff', 'fe': 'fe',
            'a start alone': 'c3', 'three bytes without the last': 'e282', 'four without the last': 'f09f98',
            'a start before a letter': 'c361', 'an overlong slash': 'c0af', 'overlong in three': 'e080af',
            'overlong in four': 'f08080af', 'overlong zero': 'c080', 'five bytes': 'f888808080',
            'six bytes': 'fc8480808080', 'beyond the last': 'f4908080', 'the first surrogate': 'eda080',
            'the last surrogate': 'edbfbf', 'a pair of surrogates': 'eda080edb080', 'f5': 'f5808080' };
        for (const [what, hex] of Object.entries(bad)) {
            const bytes = Buffer.concat([Buffer.from('κόσμε'), Buffer.from(hex, 'hex')]);
            each(`that is bad: ${what}`, frame(text, bytes), (raw) => closes(raw, 1007), [Infinity, 1]);
            const cut = bytes.length - 1;
            each(`that is bad across fragments: ${what}`, Buffer.concat([
                frame(text, bytes.subarray(0, cut), { fin: false }), frame(continuation, bytes.subarray(cut))]),
            (raw) => closes(raw, 1007), [Infinity]);
            each(`that is no text at all may be bytes: ${what}`, frame(binary, bytes),
                (raw) => echoes(raw, binary, bytes), [Infinity]);
        }

        each('that is bad in the first fragment ends before the last',
            frame(text, Buffer.from('61ff', 'hex'), { fin: false }), (raw) => closes(raw, 1007), [Infinity]);
        each('that is bad early in a frame ends before the rest',
            frame(text, Buffer.from('61f4908080', 'hex'), { length: 1000 }), (raw) => closes(raw, 1007), [Infinity]);
        each('that is good again in the next message',
            Buffer.concat([frame(binary, Buffer.from('ff', 'hex')), frame(text, 'ä')]), async (raw) => {
                await echoes(raw, binary, Buffer.from('ff', 'hex'));
                await echoes(raw, text, 'ä');
            });
    });

    describe('7 closing', () => {
        each('without a code', frame(close), (raw) => closes(raw, 1000, 1005), [Infinity]);
        for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
            each(`with ${code}`, frame(close, closing(code)), (raw) => closes(raw, code), [Infinity]);
        }
        for (const code of [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535]) {
            each(`with ${code}, which is not for the wire`, frame(close, closing(code)),
                (raw) => closes(raw, 1002), [Infinity]);
        }
        each('with a reason', frame(close, closing(1000, 'ä'.repeat(61))), (raw) => closes(raw, 1000), [Infinity, 1]);
        each('with a reason of 124 bytes', frame(close, closing(1000, 'x'.repeat(124))),
            (raw) => closes(raw, 1002), [Infinity]);
        each('with half a code', frame(close, 'x'), (raw) => closes(raw, 1002), [Infinity]);
        each('with a reason that is not UTF-8', frame(close, Buffer.concat([closing(1000), Buffer.from([0xce])])),
            (raw) => closes(raw, 1002, 1007), [Infinity]);
        for (const [what, late] of Object.entries({ text: frame(text, 'late'), ping: frame(ping, 'late'),
            close: frame(close, closing(1001)) })) {
            each(`${what} after it is not answered`, Buffer.concat([frame(close, closing(1000)), late]),
                (raw) => closes(raw, 1000), [Infinity]);
        }
        each('after a large message is after its echo',
            Buffer.concat([frame(binary, Buffer.alloc(262_144)), frame(close, closing(1000))]), async (raw) => {
                await echoes(raw, binary, Buffer.alloc(262_144));
                await closes(raw, 1000);
            }, [Infinity]);
    });
});

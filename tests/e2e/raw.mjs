// A TCP connection that writes what it is told, also what no WebSocket client would.

import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';

import { patience, within } from './wait.mjs';

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/// The bytes of one frame. `length` is what its header claims, by default the truth; `lengthBytes`
/// forces the long forms of the length (2 or 8) on small payloads.
export function frame(op, payload = '', options = {}) {
    const { fin = true, rsv = 0, masked = true, lengthBytes } = options;
    const data = Buffer.from(payload);
    const length = options.length ?? data.length;
    const wide = lengthBytes ?? (length < 126 ? 0 : length < 65536 ? 2 : 8);

    const header = Buffer.alloc(2 + wide);
    header[0] = (fin ? 0x80 : 0) | (rsv << 4) | op;
    header[1] = (masked ? 0x80 : 0) | (wide === 0 ? length : wide === 2 ? 126 : 127);
    if (wide === 2) header.writeUInt16BE(length, 2);
    if (wide === 8) header.writeBigUInt64BE(BigInt(length), 2);
    if (!masked) return Buffer.concat([header, data]);

    const key = randomBytes(4);
    const hidden = Buffer.from(data);
    for (let i = 0; i < hidden.length; ++i) hidden[i] ^= key[i & 3];
    return Buffer.concat([header, key, hidden]);
}

/// The payload of a close frame.
export function closing(code, reason = '') {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(code);
    return Buffer.concat([bytes, Buffer.from(reason)]);
}

export class Raw {
    #socket;
    #bytes = Buffer.alloc(0);
    #changed = () => {};

    /// Resolves when the connection has ended, also by a reset.
    ended;
    #over = false;

    static async connect(port, options = {}) {
        const raw = new Raw(net.connect({ port, host: '127.0.0.1', ...options }));
        await within(patience, raw.#connected, 'a TCP connection');
        return raw;
    }

    /// Connected and shaken hands.
    static async open(port, options = {}) {
        const raw = await Raw.connect(port, options);
        const response = await raw.handshake();
        if (response.status !== 101) throw new Error(`no handshake: ${response.head}`);
        return raw;
    }

    #connected;

    constructor(socket) {
        this.#socket = socket;
        socket.setNoDelay(true);
        this.#connected = new Promise((resolve, reject) => {
            socket.once('connect', resolve);
            socket.once('error', reject);
        });
        this.ended = new Promise((resolve) => {
            const end = () => {
                this.#over = true;
                this.#changed();
                resolve();
            };
            socket.once('end', end);
            socket.once('close', end);
        });
        socket.on('error', () => {});
        socket.on('data', (data) => {
            this.#bytes = Buffer.concat([this.#bytes, data]);
            this.#changed();
        });
    }

    get socket() {
        return this.#socket;
    }

    write(bytes) {
        this.#socket.write(bytes);
    }

    /// Writes each byte (or each `step` bytes) by itself.
    async writeSlowly(bytes, step = 1) {
        for (let i = 0; i < bytes.length; i += step) {
            await new Promise((resolve) => this.#socket.write(bytes.subarray(i, i + step), resolve));
        }
    }

    /// Writes `bytes` again and again until the other side has taken none for a second, or until
    /// `most` are written. Returns how many bytes it took.
    async fill(bytes, most) {
        let taken = 0;
        while (taken < most) {
            let timer;
            const stuck = new Promise((resolve) => (timer = setTimeout(resolve, 1000, true)));
            const written = new Promise((resolve) => this.#socket.write(bytes, () => resolve(false)));
            const isStuck = await Promise.race([stuck, written]);
            clearTimeout(timer);
            if (isStuck) break;
            taken += bytes.length;
        }
        return taken;
    }

    /// Asks for a WebSocket; `headers` replace or, being null, remove the usual ones.
    async handshake({ method = 'GET', path = '/', http = '1.1', headers = {} } = {}) {
        const key = randomBytes(16).toString('base64');
        const all = {
            Host: '127.0.0.1',
            Upgrade: 'websocket',
            Connection: 'Upgrade',
            'Sec-WebSocket-Key': key,
            'Sec-WebSocket-Version': '13',
            ...headers,
        };
        const lines = Object.entries(all)
            .filter(([, value]) => value !== null)
            .map(([name, value]) => `${name}: ${value}\r\n`);
        this.write(`${method} ${path} HTTP/${http}\r\n${lines.join('')}\r\n`);
        const response = await this.response();
        const hash = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
        return { ...response, expectedAccept: hash.digest('base64') };
    }

    /// The head of the HTTP response that comes next.
    async response(ms = patience) {
        const mark = '\r\n\r\n';
        await this.#until(ms, () => this.#bytes.includes(mark), 'an HTTP response');
        const end = this.#bytes.indexOf(mark);
        if (end < 0) throw new Error('the connection ended without an HTTP response');
        const head = this.#bytes.subarray(0, end).toString('latin1');
        this.#bytes = this.#bytes.subarray(end + mark.length);
        return { head, status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]) };
    }

    /// The next frame, as { op, fin, rsv, masked, payload }, or null at the end of the connection.
    async next(ms = patience) {
        await this.#until(ms, () => this.#frame() !== null, 'a frame');
        const found = this.#frame();
        if (found) this.#bytes = this.#bytes.subarray(found.size);
        return found;
    }

    /// The next frame that is no ping, pong or continuation; text as a string of JSON parsed.
    async message(ms = patience) {
        const found = await this.next(ms);
        if (found?.op !== opcode.text) throw new Error(`not a text frame: ${JSON.stringify(found)}`);
        return JSON.parse(found.payload.toString());
    }

    /// How the server ends the connection: the code of its close frame (1005 if it has none in it),
    /// or 1006 if the connection ended without. Other frames before are passed over.
    async closeCode(ms = patience) {
        const end = Date.now() + ms;
        for (;;) {
            const found = await this.next(Math.max(1, end - Date.now()));
            if (!found) return 1006;
            if (found.op !== opcode.close) continue;
            return found.payload.length >= 2 ? found.payload.readUInt16BE(0) : 1005;
        }
    }

    /// A FIN.
    end() {
        this.#socket.end();
    }

    /// A RST.
    reset() {
        this.#socket.resetAndDestroy();
    }

    terminate() {
        this.#socket.destroy();
    }

    #frame() {
        const bytes = this.#bytes;
        if (bytes.length < 2) return null;
        let length = bytes[1] & 0x7f;
        let start = 2;
        if (length === 126) {
            if (bytes.length < 4) return null;
            length = bytes.readUInt16BE(2);
            start = 4;
        } else if (length === 127) {
            if (bytes.length < 10) return null;
            length = Number(bytes.readBigUInt64BE(2));
            start = 10;
        }
        const masked = (bytes[1] & 0x80) !== 0;
        if (masked) start += 4;
        if (bytes.length < start + length) return null;
        return {
            op: bytes[0] & 0x0f,
            fin: (bytes[0] & 0x80) !== 0,
            rsv: (bytes[0] >> 4) & 7,
            masked,
            payload: bytes.subarray(start, start + length),
            size: start + length,
        };
    }

    /// Waits until `check` holds or nothing comes any more.
    async #until(ms, check, what) {
        const done = new Promise((resolve) => {
            this.#changed = () => {
                if (check() || this.#over) resolve();
            };
            this.#changed();
        });
        try {
            await within(ms, done, what);
        } finally {
            this.#changed = () => {};
        }
    }
}

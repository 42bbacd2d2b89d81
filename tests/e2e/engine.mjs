// Engine.IO by hand, for tests that look at single requests and frames.

import WebSocket from 'ws';

import { Queue, patience, within } from './wait.mjs';

const separator = '\x1e';

/// The payload of `packets` as text, in a revision.
export function payload(revision, ...packets) {
    if (revision === 4) return packets.join(separator);
    return packets.map((packet) => `${packet.length}:${packet}`).join('');
}

export class Engine {
    /// `base` is the address of the server, `path` where it serves the protocol.
    constructor(base, revision, path = '/engine.io/') {
        this.url = new URL(path, base);
        this.revision = revision;
    }

    address(query) {
        const url = new URL(this.url);
        url.search = new URLSearchParams(query);
        return url;
    }

    query(sid, more = {}) {
        return { EIO: this.revision, transport: 'polling', ...(sid && { sid }), ...more };
    }

    /// Any request; the reply with its `text`, or with `bytes` if it is binary.
    async request(query, options = {}) {
        const reply = await within(patience, fetch(this.address(query), options), 'a reply');
        if (reply.headers.get('content-type') === 'application/octet-stream') {
            reply.bytes = Buffer.from(await reply.arrayBuffer());
        } else {
            reply.body_text = await reply.text();
        }
        return { status: reply.status, headers: reply.headers, text: reply.body_text, bytes: reply.bytes };
    }

    /// What the server says in the handshake of a new session by polling.
    async open(more) {
        const { status, text } = await this.request(this.query(null, more));
        if (status !== 200) throw new Error(`${status}: ${text}`);
        return this.handshake(text);
    }

    /// Checks the frame around a handshake and reads it.
    handshake(text) {
        const packet = this.revision === 3 ? text.slice(text.indexOf(':') + 1) : text;
        if (text !== payload(this.revision, packet) || packet[0] !== '0') throw new Error(text);
        return JSON.parse(packet.slice(1));
    }

    poll(sid, more) {
        return this.request(this.query(sid, more));
    }

    post(sid, body, headers) {
        return this.request(this.query(sid), { method: 'POST', body, headers });
    }

    /// A WebSocket; `sid` makes it the upgrade of a session.
    socket(sid, query = { EIO: this.revision, transport: 'websocket', ...(sid && { sid }) }) {
        const url = this.address(query);
        url.protocol = 'ws:';
        return new Frames(url);
    }
}

/// A WebSocket whose messages wait to be asked for.
export class Frames {
    #queue = new Queue();
    #socket;

    constructor(url) {
        this.#socket = new WebSocket(url);
        this.#socket.on('message', (data, isBinary) => this.#queue.put(isBinary ? data : data.toString()));
        this.opened = new Promise((resolve, reject) => {
            this.#socket.once('open', resolve);
            this.#socket.once('error', reject);
        });
        this.opened.catch(() => {});
        this.closed = new Promise((resolve) => {
            this.#socket.once('close', (code) => {
                this.#queue.end(`the WebSocket was closed with ${code}`);
                resolve(code);
            });
        });
    }

    /// The next message, but for those that `skip` names.
    next(skip) {
        return this.#queue.take((message) => message !== skip, patience, 'a message');
    }

    async send(...messages) {
        await within(patience, this.opened, 'an open WebSocket');
        for (const message of messages) this.#socket.send(message);
    }

    /// Reads no more, so that the server's socket fills up.
    pause() {
        this.#socket.pause();
    }

    resume() {
        this.#socket.resume();
    }

    /// The code that the server closes it with; 1006 also if it never opened.
    code() {
        return within(patience, this.closed, 'the end of the WebSocket');
    }

    close() {
        this.#socket.terminate();
    }
}

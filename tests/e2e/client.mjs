// A WebSocket client that speaks the protocol.

import WebSocket from 'ws';

import { unique } from './unique.mjs';
import { Queue, patience, within } from './wait.mjs';

export class Client {
    #socket;
    #nextId = 1000;

    /// Every text frame as it came, oldest first, until `keepFrames` is false.
    frames = [];
    keepFrames = true;

    /// Messages that nobody took yet; arrays of a frame are taken apart.
    messages = new Queue();

    #closed;

    /// Called with each notification instead of queueing it, if set.
    onNotification = null;

    static async connect(url, options = {}) {
        const client = new Client(new WebSocket(url, { perMessageDeflate: false, ...options }));
        await within(patience, client.#opened, `a connection to ${url}`);
        return client;
    }

    #opened;

    constructor(socket) {
        this.#socket = socket;
        this.#opened = new Promise((resolve, reject) => {
            socket.once('open', resolve);
            socket.once('error', reject);
        });
        this.#closed = new Promise((resolve) => {
            socket.once('close', (code, reason) => {
                this.messages.end(`the connection has ended: ${code} ${reason}`);
                resolve({ code, reason: reason.toString() });
            });
        });
        socket.on('error', () => {});
        socket.on('message', (data) => this.#read(data.toString()));
    }

    #read(text) {
        if (this.keepFrames) this.frames.push(text);
        const parsed = JSON.parse(text);
        for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
            if (this.onNotification && isNotification(message)) this.onNotification(message);
            else this.messages.put(message);
        }
    }

    get socket() {
        return this.#socket;
    }

    /// Sends a frame: text as it stands, anything else as JSON.
    send(frame) {
        this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    }

    /// Sends one message, under an id of its own if it has none, and returns the reply to it.
    async request(message, ms = patience) {
        const withId = { id: this.#nextId++, ...message };
        this.send(withId);
        return this.reply(withId.id, ms);
    }

    /// The reply to the request `id`.
    reply(id, ms = patience) {
        return this.next((message) => message.refid === id && 's' in message, ms, `the reply to ${JSON.stringify(id)}`);
    }

    /// The reply to what is sent as `text`, which need not be well-formed. Nothing else may be
    /// under way.
    async answer(text, ms = patience) {
        this.send(text);
        return this.next((message) => 's' in message, ms, `an answer to ${text.slice(0, 80)}`);
    }

    /// The first message that suits, now or later.
    next(suits, ms = patience, what = 'a message') {
        return this.messages.take(suits, ms, what);
    }

    /// The next `count` notifications, in order.
    async notifications(count, ms = patience) {
        const end = Date.now() + ms;
        const found = [];
        while (found.length < count) {
            const what = `notification ${found.length + 1} of ${count}`;
            found.push(await this.next(isNotification, Math.max(1, end - Date.now()), what));
        }
        return found;
    }

    async notification(ms = patience) {
        return (await this.notifications(1, ms))[0];
    }

    async create(...topics) {
        return succeeded(await this.request({ t: 'topic', a: 'create', p: topics }));
    }

    /// A topic that nobody had before.
    async newTopic(partitions = 1) {
        const topic = unique('topic');
        await this.create({ topic, partitions });
        return topic;
    }

    async subscribe(topics, options = {}, ms = patience) {
        const p = { t: [topics].flat(), ...options };
        return succeeded(await this.request({ t: 'topic', a: 'subscribe', p }, ms));
    }

    async unsubscribe(p) {
        const message = { t: 'topic', a: 'unsubscribe' };
        return succeeded(await this.request(p ? { ...message, p } : message));
    }

    /// Sends a record and returns its position.
    async publish(record, ms = patience) {
        const p = { ...record, ack: true };
        return succeeded(await this.request({ t: 'notif', a: 'create', p }, ms)).p;
    }

    /// A round trip: what was sent before it has been read by the server when it returns.
    async fence(ms = patience) {
        return succeeded(await this.request({ t: 'health' }, ms));
    }

    /// How the connection ends: { code, reason }.
    closed(ms = patience) {
        return within(ms, this.#closed, 'the end of the connection');
    }

    /// Closes as RFC 6455 wants it.
    async close() {
        this.#socket.close(1000);
        return this.closed();
    }

    /// Ends the TCP connection, as a crash would.
    terminate() {
        this.#socket.terminate();
    }
}

export function isNotification(message) {
    return message.t === 'notif' && !('refid' in message);
}

/// The reply, if it is a success.
export function succeeded(reply) {
    if (reply.s !== 0) throw new Error(`the request failed: ${JSON.stringify(reply)}`);
    return reply;
}

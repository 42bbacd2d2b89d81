// A worker of a service, on a connection of its own.

import { succeeded } from './client.mjs';

export class Worker {
    /// Registers; `commands` are functions by the command's name, whose result is the answer and
    /// whose exception is a failure. Without them, take requests from `requests` by `next`.
    static async join(t, server, service, { commands, ...options } = {}) {
        const client = await server.connect(t);
        const worker = new Worker(client, service);
        const p = { service, ...options };
        worker.name = succeeded(await client.request({ t: 'service', a: 'register', p })).p.worker;
        if (commands) worker.#serve(commands);
        return worker;
    }

    constructor(client, service) {
        this.client = client;
        this.service = service;
    }

    /// The next request to it.
    next(ms) {
        return this.client.next(isRequest, ms, `a command for ${this.service}`);
    }

    /// The next word that a request's answer is not wanted.
    cancelled(ms) {
        return this.client.next(({ t, a }) => t === 'command' && a === 'cancel', ms, 'a cancel');
    }

    get waiting() {
        return this.client.messages.items.filter(isRequest);
    }

    /// Answers; nothing comes back unless it is refused.
    reply(request, p, s = 0) {
        this.client.send({ refid: request.id, t: 'command', a: 'reply', s, p });
    }

    /// Answers, and returns what the server says to that.
    async replied(request, p) {
        return this.client.request({ refid: request.id, t: 'command', a: 'reply', p });
    }

    async progress(request, p) {
        return this.client.request({ refid: request.id, t: 'command', a: 'progress', p });
    }

    async #serve(commands) {
        for (;;) {
            let request;
            try {
                request = await this.next(3_600_000);
            } catch {
                return;
            }
            try {
                this.reply(request, await commands[request.p.command](request.p.data));
            } catch (error) {
                this.reply(request, error.message, 1);
            }
        }
    }
}

export function isRequest({ t, a }) {
    return t === 'command' && a === 'request';
}

/// Sends a command and returns the reply to it.
export function send(client, service, p = {}, ms) {
    return client.request({ t: 'command', a: 'send', p: { service, ...p } }, ms);
}

/// The next word of progress of the command that was sent as `id`.
export function progress(client, id, ms) {
    const suits = ({ refid, a }) => refid === id && a === 'progress';
    return client.next(suits, ms, `progress of ${JSON.stringify(id)}`);
}

// A client that keeps sending acknowledged messages and remembers what became of each.

/// The message that sends a record.
export function send(record) {
    return { t: 'notif', a: 'create', p: { ...record, ack: true } };
}

export class Load {
    #client;
    #message;
    #window;
    #open = new Set();
    #next = 0;
    #stopped = false;
    #settle = () => {};

    /// What the reply said, by the number of the message: for a record { topic, partition, offset }.
    acknowledged = new Map();

    /// Replies that refused, by the number of the message.
    refused = new Map();

    /// Sends what `message(number)` returns, with an id of its own, `window` at once, until `stop`.
    constructor(client, message, window = 200) {
        this.#client = client;
        this.#message = message;
        this.#window = window;
        client.socket.on('message', (data) => {
            const parsed = JSON.parse(data.toString());
            for (const reply of Array.isArray(parsed) ? parsed : [parsed]) this.#take(reply);
            this.#fill();
        });
        client.keepFrames = false;
        this.#fill();
    }

    get sent() {
        return this.#next;
    }

    /// No more is sent; resolves when every message has been answered.
    async stop() {
        this.#stopped = true;
        await new Promise((resolve) => {
            this.#settle = resolve;
            if (this.#open.size === 0) resolve();
        });
    }

    #take(reply) {
        if (!this.#open.delete(reply.refid)) return;
        if (reply.s === 0) this.acknowledged.set(reply.refid, reply.p);
        else this.refused.set(reply.refid, reply.p);
        if (this.#open.size === 0) this.#settle();
    }

    #fill() {
        if (this.#stopped) return;
        const some = [];
        while (this.#open.size < this.#window) {
            const id = this.#next++;
            this.#open.add(id);
            some.push({ id, ...this.#message(id) });
        }
        if (some.length > 0) this.#client.send(some);
    }
}

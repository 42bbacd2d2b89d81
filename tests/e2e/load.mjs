// A client that keeps sending acknowledged records and remembers what became of each.

export class Load {
    #client;
    #record;
    #window;
    #open = new Set();
    #next = 0;
    #stopped = false;
    #settle = () => {};

    /// Positions by the number of the record: { topic, partition, offset }.
    acknowledged = new Map();

    /// Replies that refused, by the number of the record.
    refused = new Map();

    /// Sends what `record(number)` returns, `window` at once, until `stop`.
    constructor(client, record, window = 200) {
        this.#client = client;
        this.#record = record;
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

    /// No more is sent; resolves when every record has been answered.
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
            some.push({ id, t: 'notif', a: 'create', p: { ...this.#record(id), ack: true } });
        }
        if (some.length > 0) this.#client.send(some);
    }
}

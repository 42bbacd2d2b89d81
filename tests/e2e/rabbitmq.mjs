// A real RabbitMQ of one's own, for tests.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { root } from './server.mjs';

const script = `${root}scripts/rabbitmq`;
const execute = promisify(execFile);

export class Rabbit {
    static async start() {
        const { stdout } = await execute(script, ['start'], { timeout: 150_000 });
        const value = (key) => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)[1];
        return new Rabbit(value('url'), value('state'));
    }

    #state;

    constructor(url, state) {
        this.url = url;
        this.#state = state;
    }

    /// It as an entry of `brokers`.
    entry(name, more = {}) {
        const { hostname, port, username, password } = new URL(this.url);
        return {
            name, kind: 'amqp', hosts: `${hostname}:${port}`, user: username, password, ...more,
        };
    }

    async stop() {
        await this.#run('stop');
    }

    restart() {
        return this.#run('restart');
    }

    async #run(verb) {
        await execute(script, [verb, this.#state], { timeout: 150_000 });
    }
}

// A real RabbitMQ of one's own, for tests, and amqplib as the witness of what is on it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import amqplib from 'amqplib';

import { root } from './server.mjs';
import { Queue, patience } from './wait.mjs';

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

    /// It as an entry of Athena's `brokers.amqp`.
    athenasEntry(name) {
        const { hostname, port, username, password } = new URL(this.url);
        return { name, host: hostname, port, user: username, password, vHost: '/' };
    }

    stop() {
        return this.#run('stop');
    }

    restart() {
        return this.#run('restart');
    }

    /// SIGKILL.
    kill() {
        return this.#run('kill');
    }

    /// Starts it again and waits until it answers.
    run() {
        return this.#run('run');
    }

    /// Ends and starts it in good order, within its node.
    stopBroker() {
        return this.#run('ctl', '-q', 'stop_app');
    }

    startBroker() {
        return this.#run('ctl', '-q', 'start_app');
    }

    /// A memory alarm: it takes nothing from connections that publish.
    setAlarm() {
        return this.#run('alarm', 'on');
    }

    clearAlarm() {
        return this.#run('alarm', 'off');
    }

    async #run(verb, ...words) {
        await execute(script, [verb, this.#state, ...words], { timeout: 150_000 });
    }
}

/// What amqplib sees of a RabbitMQ. Nothing of the server is involved.
export class Witness {
    static async connect({ url }) {
        const connection = await amqplib.connect(url);
        // It ends with the broker, which some tests want.
        connection.on('error', () => {});
        return new Witness(connection, await connection.createConfirmChannel());
    }

    #connection;
    #channel;

    constructor(connection, channel) {
        this.#connection = connection;
        this.#channel = channel;
        channel.on('error', () => {});
    }

    async close() {
        // Throws where the broker has ended it already.
        await this.#connection.close().catch(() => {});
    }

    /// A durable queue, as routes declare them, if `options` say nothing else.
    async declareQueue(queue, options = {}) {
        await this.#channel.assertQueue(queue, options);
    }

    /// A new queue that gets what the topic `topic` is sent.
    async bindQueue(topic, key = '') {
        const { queue } = await this.#channel.assertQueue('', { exclusive: true });
        await this.#channel.bindQueue(queue, topic, key);
        return queue;
    }

    /// How many messages a queue holds that nobody was given. The queue must be there.
    async depth(queue) {
        return (await this.#channel.checkQueue(queue)).messageCount;
    }

    /// Sends a message, and waits for the broker to confirm it.
    async publish(exchange, key, body, properties = {}) {
        this.#channel.publish(exchange, key, Buffer.from(body), properties);
        await this.#channel.waitForConfirms();
    }

    /// The next `count` messages of a queue, taken out of it: { text, properties, headers }.
    async take(queue, count = 1, ms = patience) {
        const arrived = new Queue();
        const { consumerTag } = await this.#channel.consume(queue, ({ content, properties }) =>
            arrived.put({ text: content.toString(), properties, headers: properties.headers }),
        { noAck: true });
        const found = [];
        try {
            while (found.length < count) {
                const what = `message ${found.length + 1} of ${count} in ${queue}`;
                found.push(await arrived.take(() => true, ms, what));
            }
        } finally {
            await this.#channel.cancel(consumerTag);
        }
        return found;
    }

    /// Everything that a queue holds, taken out of it.
    async takeAll(queue) {
        return this.take(queue, await this.depth(queue));
    }
}

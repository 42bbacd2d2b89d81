// A real Kafka for tests, and kafkajs as the witness of what is on it.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

import kafkajs from 'kafkajs';

import { root } from './server.mjs';
import { eventually, within } from './wait.mjs';

const script = `${root}scripts/kafka`;
const execute = promisify(execFile);

export class Cluster {
    /// Starts 1 or 3 brokers that create no topics by themselves. Where the environment names a
    /// Kafka (KAFKA_BOOTSTRAP) and one broker is enough, that one is used, and never stopped.
    static async start(brokers = 1) {
        const given = process.env.KAFKA_BOOTSTRAP;
        if (given && brokers === 1) return new Cluster(given, null);
        return Cluster.own(brokers);
    }

    /// Starts brokers that this test may kill.
    static async own(brokers = 1) {
        const { stdout } = await execute(script, ['start', String(brokers)], { timeout: 120_000 });
        const value = (key) => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)[1];
        return new Cluster(value('bootstrap.servers'), value('state'));
    }

    #state;

    constructor(bootstrap, state) {
        this.bootstrap = bootstrap;
        this.#state = state;
    }

    /// The flags that connect a server to it.
    get flags() {
        return { 'kafka.bootstrap.servers': this.bootstrap };
    }

    async stop() {
        if (this.#state) await execute(script, ['stop', this.#state], { timeout: 60_000 });
    }

    /// SIGKILL for broker `node`, counted from 1.
    async kill(node) {
        await execute(script, ['kill', this.#state, String(node)], { timeout: 60_000 });
    }

    /// Starts broker `node` again and waits until it answers.
    async run(node) {
        await execute(script, ['run', this.#state, String(node)], { timeout: 60_000 });
    }
}

/// What kafkajs sees of a Kafka. Nothing of the server is involved.
export class Witness {
    #kafka;
    #admin;
    #producer;

    static async connect(bootstrap) {
        const witness = new Witness(bootstrap);
        await witness.#admin.connect();
        await witness.#producer.connect();
        return witness;
    }

    constructor(bootstrap) {
        this.#kafka = new kafkajs.Kafka({
            clientId: 'witness',
            brokers: bootstrap.split(','),
            logLevel: kafkajs.logLevel.NOTHING,
            retry: { initialRetryTime: 50, retries: 20 },
        });
        this.#admin = this.#kafka.admin();
        this.#producer = this.#kafka.producer({
            createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
            // Where one partition of a new topic is not ready it sends all of them once more.
            idempotent: true,
        });
    }

    async close() {
        await this.#producer.disconnect();
        await this.#admin.disconnect();
    }

    async createTopic(topic, partitions = 1, replication = 1, config = {}) {
        const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
        const spec = { topic, numPartitions: partitions, replicationFactor: replication, configEntries };
        await this.#admin.createTopics({ topics: [spec], waitForLeaders: false });
        // kafkajs gives up waiting where a broker has not heard of the topic yet.
        await eventually(30_000, async () =>
            (await this.partitions(topic)).every(({ leader }) => leader >= 0), `leaders of ${topic}`);
    }

    async deleteTopic(topic) {
        await this.#admin.deleteTopics({ topics: [topic] });
    }

    async topics() {
        return this.#admin.listTopics();
    }

    /// Of each partition: { partitionId, leader, isr, ... }, by partition.
    async partitions(topic) {
        const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] });
        return topics[0].partitions.sort((a, b) => a.partitionId - b.partitionId);
    }

    async config(topic, name) {
        const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }];
        const { resources: found } = await this.#admin.describeConfigs({ resources });
        return found[0].configEntries[0].configValue;
    }

    /// The next offset of each partition, by partition.
    async ends(topic) {
        const offsets = await this.#admin.fetchTopicOffsets(topic);
        return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
    }

    /// What `group` has committed, by partition; null where it has nothing.
    async committed(group, topic) {
        const [found] = await this.#admin.fetchOffsets({ groupId: group, topics: [topic] });
        return found.partitions
            .sort((a, b) => a.partition - b.partition)
            .map(({ offset }) => (Number(offset) < 0 ? null : Number(offset)));
    }

    /// How many members `group` has, and its state.
    async group(group) {
        const { groups } = await this.#admin.describeGroups([group]);
        return { members: groups[0].members.length, state: groups[0].state };
    }

    /// Sends records ({ key, value, headers, partition, timestamp }) and waits for the broker.
    async produce(topic, messages) {
        return this.#producer.send({ topic, messages, acks: -1 });
    }

    /// Everything in `topic` up to its present end, by partition and offset.
    async read(topic, ms = 30_000) {
        const ends = await this.ends(topic);
        const offsets = await this.#admin.fetchTopicOffsets(topic);
        const open = new Map(
            offsets
                .filter(({ low, high }) => Number(high) > Number(low))
                .map(({ partition }) => [partition, ends[partition]]),
        );
        const found = [];
        if (open.size === 0) return found;
        const next = new Map(); // By partition: a consumer that joins again begins again.

        const consumer = this.#kafka.consumer({
            groupId: `witness-${randomUUID()}`,
            maxWaitTimeInMs: 100,
        });
        await consumer.connect();
        try {
            await consumer.subscribe({ topics: [topic], fromBeginning: true });
            const all = new Promise((resolve, reject) => {
                const eachBatch = async ({ batch }) => {
                    const { partition } = batch;
                    for (const message of batch.messages) {
                        const offset = Number(message.offset);
                        if (offset >= ends[partition] || offset < (next.get(partition) ?? 0)) continue;
                        next.set(partition, offset + 1);
                        found.push({ partition, ...message, offset });
                    }
                    if (Number(batch.lastOffset()) >= ends[partition] - 1) open.delete(partition);
                    if (open.size === 0) resolve();
                };
                consumer.run({ autoCommit: false, eachBatch }).catch(reject);
            });
            await within(ms, all, `all records of ${topic}, read by the witness`);
        } finally {
            await consumer.disconnect();
        }
        return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
    }
}

// Services of several servers with a Kafka between them.

import { Cluster } from './kafka.mjs';
import { nodeTests } from './nodes.mjs';

nodeTests('services of two servers, over Kafka', async () => {
    const cluster = await Cluster.start();
    const between = { name: 'between', kind: 'kafka', hosts: cluster.bootstrap };
    return { settings: { brokers: [between] }, stop: () => cluster.stop() };
});

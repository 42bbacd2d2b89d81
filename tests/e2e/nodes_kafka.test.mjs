// Services of several servers with a Kafka between them.

import { Cluster } from './kafka.mjs';
import { nodeTests } from './nodes.mjs';

nodeTests('services of two servers, over Kafka', async () => {
    const cluster = await Cluster.own();
    const between = { name: 'between', kind: 'kafka', hosts: cluster.bootstrap };
    return {
        settings: { brokers: [between] },
        kill: () => cluster.kill(1),
        run: () => cluster.run(1),
        stop: () => cluster.stop(),
    };
});

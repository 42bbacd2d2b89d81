// Services of several servers with a RabbitMQ between them.

import { nodeTests } from './nodes.mjs';
import { Rabbit } from './rabbitmq.mjs';

nodeTests('services of two servers, over RabbitMQ', async () => {
    const rabbit = await Rabbit.start();
    return {
        settings: { brokers: [rabbit.entry('between')] },
        kill: () => rabbit.kill(),
        run: () => rabbit.run(),
        stop: () => rabbit.stop(),
    };
});

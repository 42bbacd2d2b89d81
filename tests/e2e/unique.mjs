// Names that nobody had before, so that tests may share a broker.

import { randomUUID } from 'node:crypto';

export function unique(prefix) {
    return `${prefix}-${randomUUID().slice(0, 8)}`;
}

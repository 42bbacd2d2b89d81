// What a subscription can be, for tests that hold for both.

import { unique } from './unique.mjs';

export const modes = ['group', 'broadcast'];

/// The options of a subscription in this mode, of a group that nobody had before.
export function inMode(mode, options = {}) {
    return mode === 'group' ? { mode, consumer_group: unique('g'), ...options } : { mode, ...options };
}

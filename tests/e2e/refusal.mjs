// What a refused request looks like.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { root } from './server.mjs';

/// Every code that protocol/errors.md promises.
export const codes = new Set(
    [...readFileSync(`${root}protocol/errors.md`, 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(
        ([, code]) => code,
    ),
);

/// Checks that `reply` refuses with one of `expected`, and says why.
export function assertRefused(reply, ...expected) {
    const text = JSON.stringify(reply);
    assert.equal(reply.s, 1, `not refused: ${text}`);
    assert.ok(codes.has(reply.p.code), `a code that is not documented: ${text}`);
    assert.ok(expected.includes(reply.p.code), `${expected.join(' or ')} expected: ${text}`);
    assert.equal(typeof reply.p.message, 'string');
    assert.ok(reply.p.message.length > 0, `a reason: ${text}`);
}

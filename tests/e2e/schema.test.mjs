// protocol/schema: what it says of the documented requests.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';

import { root } from './server.mjs';

const read = (folder) => readdirSync(`${root}protocol/${folder}`)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, JSON.parse(readFileSync(`${root}protocol/${folder}/${name}`, 'utf8'))]);

const schemas = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true });
for (const [, schema] of read('schema')) schemas.addSchema(schema);

const types = ['topic', 'notif', 'node', 'health', 'service', 'command', 'event'];

function schemaOf({ t, a }) {
    if (!types.includes(t)) return schemas.getSchema('routed.json');
    if (!a) return schemas.getSchema(`${t}.json`);
    return schemas.getSchema(`${t}_${t === 'notif' && a === 'send' ? 'create' : a}.json`);
}

function assertValid(message) {
    const validate = schemaOf(message);
    assert.ok(validate, `a schema for ${JSON.stringify(message)}`);
    assert.ok(validate(message), JSON.stringify(validate.errors));
}

describe('the schemas', () => {
    for (const [name, { before = [], request, reply }] of read('examples')) {
        if (!request || reply?.p?.code?.startsWith('unknown_')) continue;
        test(`have the verdict of ${name}`, () => {
            for (const message of before) assertValid(message);
            if (reply?.p?.code !== 'invalid_payload') return assertValid(request);
            assert.ok(!schemaOf(request)(request), 'it is refused');
        });
    }

    test('stand for every action that the protocol has a section of', () => {
        const text = ['README', 'services'].map((name) => (
            readFileSync(`${root}protocol/${name}.md`, 'utf8'))).join('\n');
        const sections = [...text.matchAll(/^## (\w+)(?:\/(\w+))?$/gm)].map(([, t, a]) => ({ t, a }));
        const requests = sections.filter(({ t }) => types.includes(t));
        assert.ok(requests.length >= 23);
        for (const request of requests) {
            assert.ok(schemaOf(request), JSON.stringify(request));
        }
    });

    const refused = [
        { t: 'topic', a: 'create', p: [] },
        { t: 'topic', a: 'list', p: { brokers: 'x' } },
        { t: 'topic', a: 'subscribe', p: { t: ['a'], form: 'latest' } },
        { t: 'topic', a: 'subscribe', p: { t: ['a'], from: { timestamp: '2024-05-17T08:30' } } },
        { t: 'topic', a: 'subscribe', p: { t: ['a'], snapshot: true } },
        { t: 'topic', a: 'subscribe', p: { t: ['a'], max_unacked: 5 } },
        { t: 'topic', a: 'unsubscribe', p: { t: ['a'], sub: 'x' } },
        { t: 'topic', a: 'pause', p: { sub: '' } },
        { t: 'topic', a: 'resume', p: { t: ['a'] } },
        { t: 'notif', a: 'create', p: { t: 'a' } },
        { t: 'notif', a: 'create', p: { t: 'a', m: {}, e: 'base64' } },
        { t: 'notif', a: 'pull', p: { n: 0 } },
        { t: 'notif', a: 'ack', p: [{ topic: 'a', partition: 0 }] },
        { t: 'notif', a: 'filter', p: { keys: ['a'] } },
        { t: 'node', a: 'list', p: {} },
        { t: 'health', p: {} },
        { t: 'service', a: 'register', p: { service: 'a b' } },
        { t: 'service', a: 'register', p: { service: 'a', credit: 0 } },
        { t: 'service', a: 'watch', p: { service: '..' } },
        { t: 'command', a: 'send', p: { command: 'a' } },
        { t: 'command', a: 'send', p: { service: 'a', timeout: 0 } },
        { t: 'command', a: 'cancel', p: { id: null } },
        { t: 'command', a: 'reply', p: 1 },
        { t: 'command', a: 'reply', refid: 'x', s: 2 },
        { t: 'event', a: 'emit', p: { name: 'a.*' } },
        { t: 'event', a: 'emit', p: { name: 'a..b' } },
        { t: 'event', a: 'on', p: {} },
        { t: 'event', a: 'off', p: { event: 'a' } },
    ];
    for (const message of refused) {
        test(`refuse ${JSON.stringify(message)}`, () => assert.ok(!schemaOf(message)(message)));
    }
});

// Runs the Autobahn test suite's server cases against the echo program:
//
//     WSTEST=/path/to/wstest node autobahn.mjs [CASE...]
//
// The suite is not part of the tests: it needs Python 2.7 (`pip2 install autobahntestsuite`).
// conformance.test.mjs covers the same ground by itself. Prints each case that is not OK and ends
// with 1 if one has failed; the report stays in a temporary folder.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Echo } from './echo.mjs';

const wstest = process.env.WSTEST ?? 'wstest';
const cases = process.argv.length > 2
    ? process.argv.slice(2)
    : ['1.*', '2.*', '3.*', '4.*', '5.*', '6.*', '7.*', '10.*'];

const folder = await mkdtemp(join(tmpdir(), 'autobahn-'));
const echo = await Echo.start();
const specification = { outdir: folder, cases, 'exclude-cases': [], 'exclude-agent-cases': {},
    servers: [{ agent: 'kafka-ws', url: echo.url }] };
await writeFile(join(folder, 'specification.json'), JSON.stringify(specification));
const child = spawn(wstest, ['-m', 'fuzzingclient', '-s', join(folder, 'specification.json')],
    { stdio: ['ignore', 'ignore', 'inherit'] });
await once(child, 'exit');
await echo.stop();

const { 'kafka-ws': results } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
const counts = {};
for (const [name, { behavior, behaviorClose }] of Object.entries(results)) {
    counts[behavior] = (counts[behavior] ?? 0) + 1;
    if (behavior !== 'OK' || behaviorClose !== 'OK') console.log(name, behavior, behaviorClose);
}
const failed = Object.values(results).some(({ behavior, behaviorClose }) =>
    behavior === 'FAILED' || behaviorClose === 'FAILED');
console.log(Object.entries(counts).map(([behavior, count]) => `${count} ${behavior}`).join(', '), folder);
process.exitCode = failed || Object.keys(results).length === 0 ? 1 : 0;

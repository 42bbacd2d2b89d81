// The echo programs of build/tests: the server's listener and connections, with sessions that send
// back what they get.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';

import { binary } from './server.mjs';
import { patience, within } from './wait.mjs';

export class Echo {
    #child;

    /// `name` is websocket-echo or socketio-echo; the arguments are that program's.
    static async start(name = 'websocket-echo', args = []) {
        const echo = new Echo();
        const program = `${dirname(binary)}/tests/${name}`;
        const child = spawn(program, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
        echo.#child = child;
        let stdout = '';
        const ready = new Promise((resolve, reject) => {
            child.stdout.on('data', (data) => {
                stdout += data;
                if (stdout.includes('\n')) resolve();
            });
            child.once('error', reject);
            child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
        });
        await within(patience, ready, `${program} to be ready`);
        const match = /^ready \w+=(\w+:\/\/127\.0\.0\.1:(\d+)\/)$/m.exec(stdout);
        if (!match) throw new Error(`not the promised line: ${stdout}`);
        [, echo.url, echo.port] = match;
        echo.port = Number(echo.port);
        return echo;
    }

    /// Ends it at once.
    async kill() {
        const exited = once(this.#child, 'exit');
        this.#child.kill('SIGKILL');
        await within(patience, exited, 'the end after SIGKILL');
    }

    /// It must still run, and end cleanly.
    async stop() {
        if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}`);
        this.#child.kill('SIGTERM');
        const exited = once(this.#child, 'exit');
        const [code, signal] = await within(patience, exited, 'the end of the echo program');
        if (code !== 0) throw new Error(`it ended with ${code ?? signal}`);
    }
}

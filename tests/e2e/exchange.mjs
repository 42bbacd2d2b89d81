// HTTP as its clients have it: a connection of bytes, and a crowd of callers.

import http from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';

import { patience, within } from './wait.mjs';

/// A connection that sends what it is told and takes the replies apart, in order.
export class Exchange {
    #input = Buffer.alloc(0);
    #waiting = [];
    ended = false;

    static async open(url) {
        const { hostname, port } = new URL(url);
        const exchange = new Exchange(connect(Number(port), hostname));
        await within(patience, once(exchange.socket, 'connect'), 'a connection');
        return exchange;
    }

    constructor(socket) {
        this.socket = socket;
        socket.setNoDelay(true);
        socket.on('data', (data) => {
            this.#input = this.#input.length ? Buffer.concat([this.#input, data]) : data;
            this.#take();
        });
        socket.on('error', () => {});
        socket.on('close', () => {
            this.ended = true;
            for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection is closed'));
        });
    }

    send(method, path, body, headers = {}) {
        const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
        const all = { Host: 'test', ...(text && { 'Content-Type': 'application/json' }), ...headers };
        if (body !== undefined) all['Content-Length'] = Buffer.byteLength(text);
        const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
        this.socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`);
    }

    /// The next reply: { status, headers, body }.
    reply(ms = patience) {
        const reply = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
        this.#take();
        return within(ms, reply, 'a reply');
    }

    async ask(...request) {
        this.send(...request);
        return this.reply();
    }

    close() {
        this.socket.destroy();
    }

    #take() {
        while (this.#waiting.length) {
            const end = this.#input.indexOf('\r\n\r\n');
            if (end < 0) return;
            const [first, ...lines] = this.#input.toString('latin1', 0, end).split('\r\n');
            const headers = Object.fromEntries(lines.map((line) => {
                const colon = line.indexOf(':');
                return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
            }));
            const size = Number(headers['content-length'] ?? 0);
            if (this.#input.length < end + 4 + size) return;
            const body = this.#input.toString('utf8', end + 4, end + 4 + size);
            this.#input = this.#input.subarray(end + 4 + size);
            this.#waiting.shift().resolve({ status: Number(first.split(' ')[1]), headers, body });
        }
    }
}

/// Callers that share so many connections.
export class Callers {
    #agent;
    #url;

    constructor(url, connections) {
        this.#url = url;
        this.#agent = new http.Agent({ keepAlive: true, maxSockets: connections });
    }

    call(path, body) {
        return new Promise((resolve, reject) => {
            const request = http.request(new URL(path, this.#url), {
                agent: this.#agent,
                method: 'POST',
                headers: { 'Content-Type': 'application/json' },
            }, (response) => {
                let text = '';
                response.setEncoding('utf8').on('data', (data) => (text += data));
                response.on('end', () => resolve({ status: response.statusCode, body: text }));
                response.on('error', reject);
            });
            request.on('error', reject);
            request.end(JSON.stringify(body));
        });
    }

    close() {
        this.#agent.destroy();
    }
}

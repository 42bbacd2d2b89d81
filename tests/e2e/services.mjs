// What the tests of services over HTTP say to a server.

import assert from 'node:assert/strict';

import { eventually, patience } from './wait.mjs';

/// One server's services.
export class Services {
    constructor(server) {
        this.server = server;
    }

    post(path, body, headers = {}, more = {}) {
        return this.server.get(path, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', ...headers },
            body: typeof body === 'string' ? body : JSON.stringify(body),
            ...more,
        });
    }

    call(name, body, { query = '', headers, ...more } = {}) {
        return this.post(`/service/${name}${query}`, body, headers, more);
    }

    async take(name, query = '') {
        const response = await this.server.get(`/service/${name}/jobs${query}`);
        assert.equal(response.status, 200);
        return response.json();
    }

    answer(id, body) {
        return this.post(`/jobs/${id}`, body);
    }

    async state(name) {
        const services = await (await this.server.get('/service')).json();
        return services.find((service) => service.name === name);
    }

    /// Resolves when the service is as `check` wants it; without `check`, when it is none any more.
    until(name, check, ms = patience) {
        return eventually(ms, async () => {
            const state = await this.state(name);
            return check ? state && check(state) : !state;
        }, `the service ${name} in another state`);
    }
}

/// What a refused request is told, as "404 job_not_found".
export async function failure(response) {
    const { code, message } = await response.json();
    assert.match(message, /\w{2,}/);
    return `${response.status} ${code}`;
}

// Chromium, with pages of an origin of their own.

import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { each } from './wait.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export class Pages {
    #site;
    #context;
    #folders = [];

    static async start() {
        const pages = new Pages();
        try {
            await pages.#launch();
        } catch (error) {
            await pages.stop();
            throw error;
        }
        return pages;
    }

    async #launch() {
        this.#site = http.createServer((_, response) => {
            response.setHeader('content-type', 'text/html');
            response.end('<!doctype html><title>test</title>');
        });
        await new Promise((resolve) => this.#site.listen(0, '127.0.0.1', resolve));
        // Chromium hangs at its start once in a great while; it is not what is tested.
        for (const isLast of [false, true]) {
            const folder = await mkdtemp(join(tmpdir(), 'kafka-ws-browser-'));
            this.#folders.push(folder);
            try {
                this.#context = await chromium.launchPersistentContext(folder,
                    { executablePath, args, timeout: 30_000 });
                return;
            } catch (error) {
                if (isLast) throw error;
                console.error(`trying once more: ${error.message}`);
            }
        }
    }

    /// An empty page.
    async open() {
        const page = await this.#context.newPage();
        await page.goto(`http://127.0.0.1:${this.#site.address().port}/`);
        return page;
    }

    async stop() {
        await each(() => this.#context?.close(), () => this.#site?.close(),
            // Its processes may still write when it is said to have ended.
            ...this.#folders.map((folder) => () =>
                rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })));
    }
}

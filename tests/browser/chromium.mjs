// A headless Chromium that is told what to do over a pipe: no port, no package. It ends with this process.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Chromium {
    #answers = new Map();
    #listeners = new Set();
    #last = 0;
    #rest = '';

    constructor() {
        this.profile = mkdtempSync(join(tmpdir(), 'smartcache-browser-'));
        this.process = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--hide-scrollbars',
            '--remote-debugging-pipe', `--user-data-dir=${this.profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true });
        this.process.on('exit', code => { this.#fail(new Error(`chromium ended with ${code}`)); });
        this.process.on('error', error => { this.#fail(error); });
        this.process.stdio[4].setEncoding('utf8').on('data', text => this.#read(text));
    }

    // A command that gets no answer within a minute never will.
    send(method, params = {}, sessionId = undefined) {
        const id = ++this.#last;
        this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
        return new Promise((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), 60_000);
            this.#answers.set(id, { resolve, reject, timer, method });
        });
    }

    listen(listener) {
        this.#listeners.add(listener);
    }

    once(method, sessionId) {
        return new Promise(resolve => {
            const listener = event => {
                if (event.method === method && event.sessionId === sessionId) {
                    this.#listeners.delete(listener);
                    resolve(event.params);
                }
            };
            this.#listeners.add(listener);
        });
    }

    end() {
        this.process.removeAllListeners('exit');
        try { process.kill(-this.process.pid, 'SIGKILL'); } catch { /* it is gone */ }
        // The browser's own children write to its directory for as long as they live.
        rmSync(this.profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    }

    #read(text) {
        const parts = (this.#rest + text).split('\0');
        this.#rest = parts.pop();
        for (const part of parts) {
            const message = JSON.parse(part);
            const waiting = this.#answers.get(message.id);
            if (!waiting) {
                for (const listener of [...this.#listeners]) listener(message);
                continue;
            }
            this.#answers.delete(message.id);
            clearTimeout(waiting.timer);
            if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
            else waiting.resolve(message.result);
        }
    }

    #fail(error) {
        for (const { reject, timer } of this.#answers.values()) {
            clearTimeout(timer);
            reject(error);
        }
        this.#answers.clear();
    }
}

// Waiting with a deadline. Every wait of these tests ends here, and says what it waited for.

export const patience = 10_000; // ms: for what should take far less, on a busy machine

/// Resolves as `promise` does, or throws when `ms` have passed.
export async function within(ms, promise, what) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}

/// Asks `check` again and again, each `pause` ms, until it returns something true, and returns that.
/// What `check` throws counts as "not yet"; the last of it is part of the message when `ms` have
/// passed.
export async function eventually(ms, check, what, pause = 20) {
    const end = Date.now() + ms;
    let reason = '';
    for (;;) {
        try {
            const value = await check();
            if (value) return value;
        } catch (error) {
            reason = `: ${error.message}`;
        }
        if (Date.now() >= end) throw new Error(`not within ${ms} ms: ${what}${reason}`);
        await new Promise((resolve) => setTimeout(resolve, pause));
    }
}

/// Runs every one of `steps`, in order, and then throws what the first that failed has thrown: what
/// is left over when a test ends must go, whatever else went wrong.
export async function each(...steps) {
    const failures = [];
    for (const step of steps) {
        try {
            await step();
        } catch (error) {
            failures.push(error);
        }
    }
    if (failures.length > 0) throw failures[0];
}

/// A queue that can be waited on. Items leave in the order they came, except that `take` picks the
/// first one that suits.
export class Queue {
    #items = [];
    #waiting = [];
    #ended = null;

    put(item) {
        this.#items.push(item);
        this.#wake();
    }

    /// Nothing comes any more: who waits learns `reason`.
    end(reason) {
        this.#ended ??= reason;
        this.#wake();
    }

    get items() {
        return this.#items;
    }

    /// Removes and returns the first item that `suits`, waiting for it until `ms` have passed.
    async take(suits, ms, what) {
        let waiter;
        const found = new Promise((resolve, reject) => {
            waiter = { suits, resolve, reject };
        });
        this.#waiting.push(waiter);
        this.#wake();
        try {
            return await within(ms, found, what);
        } catch (error) {
            const seen = JSON.stringify(this.#items.slice(0, 5)).slice(0, 600);
            error.message += `; waiting in the queue: ${this.#items.length}, first ${seen}`;
            throw error;
        } finally {
            this.#waiting = this.#waiting.filter((other) => other !== waiter);
        }
    }

    #wake() {
        for (const waiter of [...this.#waiting]) {
            const index = this.#items.findIndex(waiter.suits);
            if (index >= 0) {
                this.#waiting = this.#waiting.filter((other) => other !== waiter);
                waiter.resolve(this.#items.splice(index, 1)[0]);
            } else if (this.#ended) {
                this.#waiting = this.#waiting.filter((other) => other !== waiter);
                waiter.reject(new Error(this.#ended));
            }
        }
    }
}

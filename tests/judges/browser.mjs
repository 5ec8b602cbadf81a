/** A headless Chromium, and what every page in it must hold to: nothing on the console, no refusal by the policy, no scrolling sideways. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 900 };

/* Nothing of the browser's own may go out: no updates, no sync, no field trials. */
const FLAGS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-default-apps', '--disable-extensions',
    '--disable-domain-reliability', '--host-resolver-rules=MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/** Starts the browser, with a new profile that goes with it. `port`: where others may steer it too. */
export async function start({ port } = {}) {
    return chromium.launch({
        executablePath: process.env.TRADEPOST_CHROMIUM ?? '/usr/bin/chromium',
        args: [...FLAGS, ...(port ? [`--remote-debugging-port=${port}`] : [])],
    });
}

/** Results as TAP lines, which the shell numbers. */
export class Results {
    count = 0;
    failed = 0;

    say(good, name, words = '') {
        this.count += 1;
        this.failed += good ? 0 : 1;
        console.log(`${good ? 'ok' : 'not ok'} - ${name.replaceAll('#', '')}`);
        if (!good && words) {
            console.log(String(words).split('\n').slice(0, 40).map((line) => `#   ${line}`).join('\n'));
        }
        return good;
    }

    skip(name, reason) {
        this.count += 1;
        console.log(`ok - ${name} # SKIP ${reason}`);
    }

    finish() {
        process.exitCode = this.failed > 0 || this.count === 0 ? 1 : 0;
    }
}

const SCREENSHOTS = 'build/screenshots';
mkdirSync(SCREENSHOTS, { recursive: true });

/** What a path looks like without the ids in it: one name for all pages of a route. */
export function routeOf(url) {
    const path = decodeURIComponent(new URL(url).pathname);
    return path
        .replace(/^\/verify\/[^/]+\/[^/]+/, '/verify/NUMBER/CODE')
        .replace(/^\/(confirm|reset|invitation)\/[^/]+/, '/$1/TOKEN')
        .replace(/\/[0-9a-z]{13}(?=\/|$)/g, '/ID');
}

/** The picture of a page as a whole; looked at by people, judged by nobody. */
export async function takePicture(page, name) {
    const file = join(SCREENSHOTS, `${name.replace(/[^A-Za-z0-9.]+/g, '_').replace(/^_+|_+$/g, '') || 'home'}.png`);
    await page.screenshot({ path: file, fullPage: true });
}

/** One person's window. Complaints of the browser gather in `complaints` until they are asked for. */
export class Person {
    complaints = [];

    constructor(name, size) {
        this.name = name;
        this.size = size;
    }

    static async enter(browser, address, name, { size = DESKTOP, script = true, scheme = 'light' } = {}) {
        const person = new Person(name, size);
        person.address = address;
        person.context = await browser.newContext({
            viewport: size, javaScriptEnabled: script, colorScheme: scheme, acceptDownloads: true, reducedMotion: 'reduce', locale: 'en-GB',
        });
        person.context.setDefaultTimeout(30000);
        person.page = await person.context.newPage();
        const page = person.page;
        page.on('console', (message) => {
            if (['error', 'warning'].includes(message.type()) && !/^Failed to load resource: .* 4\d\d /.test(message.text())) {
                person.complaints.push(`${message.type()} on ${page.url()}: ${message.text()}`);
            }
        });
        page.on('pageerror', (error) => person.complaints.push(`script error on ${page.url()}: ${error.message}`));
        page.on('response', (response) => {
            if (response.status() >= 500) {
                person.complaints.push(`${response.status()} for ${response.request().method()} ${response.url()}`);
            } else if (response.status() >= 400 && response.request().resourceType() !== 'document') {
                person.complaints.push(`${response.status()} for ${response.url()} on ${page.url()}`);
            }
        });
        return person;
    }

    async resize(size) {
        this.size = size;
        await this.page.setViewportSize(size);
    }

    /** Opens a page by its path. */
    async open(path) {
        return this.page.goto(new URL(path, this.address).href);
    }

    /** Looks at the page as it stands now: does it scroll sideways, are there words that were never filled in? */
    async look() {
        const holes = (await this.page.locator('body').innerText()).match(/\{[a-z_]+\d*\}/g);
        /* The page of a chamber's settings explains the holes of its numbers. */
        if (holes && !new URL(this.page.url()).pathname.startsWith('/chamber')) {
            this.complaints.push(`${this.page.url()} shows ${holes.join(' ')}`);
        }
        const wide = await this.page.evaluate(() => {
            const room = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= room) {
                return null;
            }
            const beyond = [...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > room + 1);
            return beyond.slice(0, 3).map((each) => each.outerHTML.slice(0, 120)).join('\n') || 'no element sticks out';
        });
        if (wide) {
            this.complaints.push(`${this.page.url()} scrolls sideways at ${this.size.width} px:\n${wide}`);
        }
    }

    /** The complaints since the last time. */
    takeComplaints() {
        return this.complaints.splice(0);
    }

    async signIn(email, password) {
        await this.open('/sign-in');
        await this.page.locator('[name="email"]').fill(email);
        await this.page.locator('[name="password"]').fill(password);
        await this.page.locator('form[action="/sign-in"] button').click();
        await this.page.waitForURL((url) => url.pathname !== '/sign-in');
    }

    async leave() {
        await this.context.close();
    }
}

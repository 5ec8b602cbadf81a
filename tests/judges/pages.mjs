/**
 * Every page that can be reached by links, seen as each kind of person: html-validate reads what was sent, axe what came of it, in light
 * and dark, on a phone and on a desk; nothing may scroll sideways or complain. Forms are sent empty, so that pages with errors are judged too.
 *
 * use: node pages.mjs ADDRESS PASSWORD [PATH...]    (paths: verification pages in each state)
 */
import axe from 'axe-core';
import { HtmlValidate } from 'html-validate';
import { DESKTOP, Person, PHONE, Results, routeOf, start, takePicture } from './browser.mjs';
import { htmlRules } from './html_rules.mjs';

const [address, password, ...verifications] = process.argv.slice(2);
const results = new Results();
const validator = new HtmlValidate(htmlRules);

/* The kinds of people: nobody, each side of the counter, a firm that is not admitted, and somebody of another chamber. */
const people = [
    { name: 'anyone', starts: ['/', '/verify', '/sign-in', '/sign-up', '/forgot', '/verify/DEMO-CO-2026-999999/0000-0000-0000', '/not-there', '/style-guide', ...verifications] },
    { name: 'exporter', email: 'ana@vardarvino.example', starts: ['/', '/documents', '/firm', '/account', '/review'] },
    { name: 'exporter whose application came back', email: 'ivan@stiptekstil.example', starts: ['/documents'] },
    { name: 'firm that waits for its admission', email: 'lile@ohridhoney.example', starts: ['/', '/firm', '/documents'] },
    { name: 'officer', email: 'officer@chamber.example', starts: ['/', '/review', '/register', '/members', '/account'] },
    { name: 'administrator', email: 'admin@chamber.example', starts: ['/', '/members', '/account'] },
    { name: 'exporter, in Macedonian', email: 'goran@vardarvino.example', language: 'mk', starts: ['/', '/documents'] },
    { name: 'officer, in Macedonian', email: 'officer2@chamber.example', language: 'mk', starts: ['/', '/review'] },
    { name: 'anyone, in Spanish', language: 'es', starts: ['/', '/verify', '/sign-in', '/sign-up', ...verifications] },
    { name: 'anyone, in Chinese', language: 'zh-Hant', starts: ['/', '/verify', '/sign-in', '/sign-up', ...verifications] },
    { name: 'exporter of the other chamber', email: 'carmen@alpacaandina.example', host: 'lima.localhost', starts: ['/', '/documents'] },
];

/* Pages of one route that look alike are judged a few times, not hundreds of times. */
const ENOUGH = 2;
const OFTEN = { '/': 7, '/documents/ID': 8, '/verify/NUMBER/CODE': 5, '/review/ID': 3 };

async function axeFindings(page) {
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => window.axe.run(document, {
        resultTypes: ['violations'],
        preload: false, /* it would set inline styles, which our policy refuses */
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    return found.violations.flatMap((violation) => violation.nodes.map((node) =>
        `${violation.id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll('\n', ' ')}`));
}

async function judge(person, source, name, kind) {
    const page = person.page;
    const report = await validator.validateString(source);
    const messages = report.results.flatMap((result) => result.messages);
    results.say(report.valid, `${name}: html-validate`, messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`).join('\n'));
    const findings = [];
    /* Words in another language change what fits, not what is dark. */
    for (const [size, scheme] of [[PHONE, 'light'], [DESKTOP, 'dark']].slice(0, kind.language ? 1 : 2)) {
        await person.resize(size);
        await person.look();
        await page.emulateMedia({ colorScheme: scheme });
        findings.push(...(await axeFindings(page)).map((finding) => `${size.width} pixels, ${scheme}: ${finding}`));
        await takePicture(page, `${name} ${size.width} ${scheme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    if (kind.language && await page.getAttribute('html', 'lang') !== kind.language) {
        findings.push(`it is not in ${kind.language}`);
    }
    const complaints = person.takeComplaints();
    results.say(findings.length === 0, `${name}: axe, light and dark`, findings.join('\n'));
    results.say(complaints.length === 0, `${name}: fits 390 pixels, nothing on the console`, complaints.join('\n'));
}

/** The links of the page that lead to other pages of the same chamber. */
async function linksOf(page) {
    const links = await page.evaluate(() => [...document.querySelectorAll('a[href]:not([download])')].map((link) => link.href));
    return links.filter((link) => new URL(link).origin === new URL(page.url()).origin && !/\/(pdf|attachments\/[^/]+)$|\.csv/.test(new URL(link).pathname));
}

/** Sends the page's first form that asks for something, with nothing in it. Returns what came back, or null without such a form. */
async function sendEmpty(page) {
    const asks = 'main form[method="post"]:has([required])';
    if (await page.locator(asks).count() === 0) {
        return null;
    }
    const [response] = await Promise.all([
        page.waitForResponse((each) => each.request().method() === 'POST'),
        page.evaluate((selector) => {
            const form = document.querySelector(selector);
            for (const control of form.querySelectorAll('input:not([type="hidden"]), textarea, select')) {
                if (['checkbox', 'radio'].includes(control.type)) {
                    control.checked = false;
                } else {
                    control.value = '';
                }
            }
            form.noValidate = true;
            form.requestSubmit();
        }, asks),
    ]);
    await page.waitForLoadState();
    return response;
}

const judged = new Map();
const sentEmpty = new Set();

/** Judges the page that stands open, and the same page after its form was sent empty. */
async function judgeRoute(person, response, name, route, kind) {
    await judge(person, await response.text(), name, kind);
    /* The style guide's forms lead nowhere. */
    if (sentEmpty.has(route) || route.startsWith('/style-guide')) {
        return;
    }
    sentEmpty.add(route);
    const refused = await sendEmpty(person.page);
    if (refused && results.say(refused.status() === 422, `${name}: sent empty, it is refused with 422`, `${refused.status()} ${refused.url()}`)) {
        await judge(person, await refused.text(), `${name} sent empty`, kind);
    }
}

async function walk(person, kind) {
    const known = new Set();
    const waiting = kind.starts.map((path) => new URL(path, person.address).href);
    while (waiting.length > 0) {
        const url = waiting.shift().split('#')[0];
        const names = [...new URL(url).searchParams.keys()].sort().join('&');
        const route = routeOf(url) + (names ? `?${names}` : '');
        const key = `${kind.language ?? ''} ${route}`;
        const times = judged.get(key) ?? 0;
        if (known.has(url) || names.includes('language') || (names && times > 0)) {
            continue;
        }
        known.add(url);
        const response = await person.page.goto(url);
        if (!(response.headers()['content-type'] ?? '').startsWith('text/html')) {
            continue;
        }
        waiting.push(...await linksOf(person.page));
        if (times < (kind.language ? 1 : OFTEN[route] ?? ENOUGH)) {
            judged.set(key, times + 1);
            await judgeRoute(person, response, `${route}, ${kind.name}${times > 0 ? ` (${times + 1})` : ''}`, route, kind);
        }
    }
}

const browser = await start();
try {
    for (const kind of people) {
        const there = new URL(address);
        there.hostname = kind.host ?? there.hostname;
        const person = await Person.enter(browser, there.href, kind.name);
        if (kind.email) {
            await person.signIn(kind.email, password);
            person.takeComplaints();
        }
        if (kind.language) {
            await person.open(`/?language=${kind.language}`);
        }
        await walk(person, kind);
        await person.leave();
    }
} finally {
    await browser.close();
}
results.finish();

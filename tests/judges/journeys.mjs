/**
 * What people do with Tradepost, in a real browser, from signing up to a cancelled document: on a phone and on a desk, with script off
 * and on. After each step no page may have scrolled sideways or complained.
 *
 * use: node journeys.mjs ADDRESS PASSWORD FOLDER [INVOICES]    (a folder for downloads; a folder of UBL invoices)
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESKTOP, Person, PHONE, Results, start, takePicture } from './browser.mjs';
import { journeyByProgram } from './journey_program.mjs';

const [address, password, folder, invoices] = process.argv.slice(2);
const results = new Results();
const INVOICE = 'src/capabilities/documents/testdata/invoice.pdf';
const PATIENCE = 30000;

class Refuted extends Error {}

/** What must be so. */
function must(holds, words) {
    if (!holds) {
        throw new Refuted(words);
    }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Asks until the answer is true: jobs work beside the pages. */
async function wait(words, question) {
    for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(100)) {
        if (await question()) {
            return;
        }
    }
    throw new Refuted(`waited in vain: ${words}`);
}

/** Several steps that build on each other: the first that fails ends them. */
class Journey {
    people = [];

    constructor(browser, name, look) {
        Object.assign(this, { browser, name, look });
    }

    async person(name) {
        const person = await Person.enter(this.browser, address, name, this.look);
        person.page.on('dialog', (dialog) => dialog.accept());
        this.people.push(person);
        return person;
    }

    async step(words, act) {
        let failure = null;
        try {
            await act();
            for (const person of this.people) {
                await person.look();
            }
        } catch (error) {
            failure = error instanceof Refuted ? error.message : error.stack;
        }
        const complaints = this.people.flatMap((person) => person.takeComplaints());
        const good = results.say(failure === null && complaints.length === 0, `${this.name}: ${words}`, [failure, ...complaints].filter(Boolean).join('\n'));
        if (failure !== null) {
            for (const person of this.people) {
                await takePicture(person.page, `failed ${this.name} ${words} ${person.name}`).catch(() => {});
            }
            throw new Refuted('the journey ends here');
        }
        return good;
    }

    async end() {
        for (const person of this.people) {
            await person.leave();
        }
    }
}

/** Presses a button that sends a form, and waits for the page that comes. */
async function press(page, selector) {
    await Promise.all([page.waitForEvent('load'), page.locator(selector).first().click()]);
}

const path = (page) => new URL(page.url()).pathname;
const field = (page, name) => page.locator(`[name="${name}"]`);

async function fill(page, values) {
    for (const [name, value] of Object.entries(values)) {
        const control = field(page, name);
        if (await control.evaluate((element) => element.tagName) === 'SELECT') {
            await control.selectOption(value);
        } else {
            await control.fill(value);
        }
    }
}

/** The text of the first mail to somebody that holds a link like this, and the link. */
async function mailTo(person, email, pattern) {
    let found = null;
    await wait(`a mail to ${email} with ${pattern}`, async () => {
        await person.open('/mailbox');
        for (const mail of await person.page.locator('article.mail', { hasText: email }).all()) {
            for (const link of await mail.locator('a[href]').all()) {
                const href = await link.getAttribute('href');
                if (pattern.test(href)) {
                    found = { link, href };
                    return true;
                }
            }
        }
        return false;
    });
    return found;
}

const application = {
    consignee_name: 'Weinhandel Brückner GmbH', consignee_address: 'Hafenstraße 21\n20457 Hamburg', destination_country: 'DE', origin_country: 'MK',
    transport_details: 'By road, from Kavadarci to Hamburg', incoterm: 'DAP', invoice_number: 'J-2026-1', invoice_date: '2026-01-15', remarks: 'Order 88012',
};
const line = (at, description, quantity) => ({
    [`lines[${at}].description`]: description, [`lines[${at}].packages`]: '40', [`lines[${at}].package_kind`]: 'pallets', [`lines[${at}].hs_code`]: '220421',
    [`lines[${at}].quantity`]: quantity, [`lines[${at}].unit`]: 'LTR', [`lines[${at}].gross_weight`]: '27600', [`lines[${at}].net_weight`]: '18000',
});

async function addLine(page, at) {
    await page.locator('button[name="_add"][value="lines"]').click();
    await field(page, `lines[${at}].description`).waitFor();
}

const attach = async (page, kind, file) => {
    const form = page.locator(`form[action$="/attachments"]:has(input[name="kind"][value="${kind}"])`);
    if (!await form.locator('input[type="file"]').isVisible()) {
        await page.locator('details.attach', { has: form }).locator('summary').click();
    }
    await form.locator('input[type="file"]').setInputFiles(file);
    await Promise.all([page.waitForEvent('load'), form.locator('button').click()]);
};

const verdict = async (page, word) => must(await page.locator(`.verdict-${word}`).count() === 1, `no verdict "${word}" on ${page.url()}`);

/** What the QR code on the paper says. */
function codeOf(file, name) {
    const picture = join(folder, `${name}-page`);
    execFileSync('pdftoppm', ['-r', '150', '-f', '1', '-l', '1', '-gray', '-singlefile', file, picture]);
    return execFileSync('zbarimg', ['--quiet', '--raw', `${picture}.pgm`], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
}

async function throughTheForm(exporter, firm) {
    const page = exporter.page;
    await exporter.open('/documents/new');
    await page.locator('input[name="type"][value="certificate-of-origin"]').check();
    await press(page, 'form[action="/documents/new"] button');
    must(/\/edit$/.test(path(page)), `an application begins, not ${page.url()}`);
    must(await field(page, 'consignor_name').inputValue() === firm, 'the firm stands in the form already');
}

async function upToTheSeal(journey, names) {
    const stranger = await journey.person('stranger');
    const exporter = await journey.person('exporter');
    const officer = await journey.person('officer');
    const second = await journey.person('second officer');
    const { page } = exporter;
    const { email, firm } = names;
    let document;

    await journey.step('an exporter signs up and confirms by the link in her mail', async () => {
        await exporter.open('/');
        await press(page, 'main a[href="/sign-up"]');
        await fill(page, { name: names.person, email, password: names.password });
        await press(page, 'form[action="/sign-up"] button');
        must(path(page) === '/sign-up/sent', `she is told to look into her mailbox, not ${page.url()}`);
        const mail = await mailTo(exporter, email, /\/confirm\//);
        await Promise.all([page.waitForEvent('load'), mail.link.click()]);
        await press(page, 'form[action^="/confirm/"] button');
        must(!path(page).startsWith('/confirm'), 'she is in');
        must((await page.locator('header').innerText()).includes(names.person), 'her name stands in the header');
    });
    await journey.step('she registers her firm', async () => {
        await exporter.open('/');
        await press(page, 'main a[href="/firm/new"]');
        await fill(page, { name: firm, registration_number: names.number, tax_number: `MK${names.number}`, street: 'Lozarska 12', postcode: '1430',
            city: 'Kavadarci', country: 'MK', email, phone: '+389 43 000 111' });
        await press(page, 'form[action="/firm/new"] button');
        must(path(page) === '/firm' && (await page.locator('main').innerText()).includes(firm), 'her firm has a page');
        must((await exporter.open('/documents/new')).status() >= 400, 'before its admission it cannot apply');
    });
    await journey.step('the officer admits the firm, and a mail says so', async () => {
        await officer.signIn('officer@chamber.example', password);
        await officer.open('/members?state=waiting');
        await press(officer.page, `main table a:has-text("${firm}")`);
        await press(officer.page, 'form[action$="/admit"] button');
        await mailTo(stranger, email, /^(?!.*\/confirm\/)/);
    });
    await journey.step('she applies: lines are added and removed, nothing typed is lost', async () => {
        await throughTheForm(exporter, firm);
        document = path(page).replace(/\/edit$/, '');
        await fill(page, { ...application, ...line(0, 'Vranec, dry red wine', '18000') });
        await addLine(page, 1);
        await fill(page, line(1, 'A line too many', '1'));
        await addLine(page, 2);
        await fill(page, line(2, 'Temjanika, dry white wine', '5400'));
        await page.locator('button[name="_remove"][value="lines.1"]').click();
        await field(page, 'lines[2].description').waitFor({ state: 'detached' });
        must(await field(page, 'lines[1].description').inputValue() === 'Temjanika, dry white wine', 'the third line became the second');
        must(await field(page, 'remarks').inputValue() === 'Order 88012', 'the rest stayed');
    });
    await journey.step('she saves a draft, half done, and finds it again', async () => {
        await fill(page, { 'lines[1].quantity': 'many' });
        await press(page, 'button[formaction$="/draft"]');
        must(path(page) === document, `the draft is saved, not ${page.url()}`);
        await exporter.open('/documents');
        await press(page, `main a[href="${document}"]`);
        await press(page, `main a[href="${document}/edit"]`);
        must(await field(page, 'lines[1].quantity').inputValue() === 'many', 'as she left it');
    });
    await journey.step('what is wrong is said beside the field; mended, the answer sheet asks for the invoice', async () => {
        await press(page, 'form[action$="/edit"] .actions button:not([formaction])');
        must(path(page) === `${document}/edit` && await page.locator('.errors a').count() === 1, 'one thing is wrong');
        const wrong = (await page.locator('.errors a').getAttribute('href')).slice(1);
        must(await page.locator(`[id="${wrong}"]`).getAttribute('aria-invalid') === 'true', 'the summary leads to the field');
        await fill(page, { 'lines[1].quantity': '5400' });
        await press(page, 'form[action$="/edit"] .actions button:not([formaction])');
        must(path(page) === `${document}/check`, `the answer sheet comes, not ${page.url()}`);
        must(await page.locator('form[action$="/submit"]').count() === 0, 'without its invoice it cannot be handed in');
    });
    await journey.step('she attaches the commercial invoice, checks and submits', async () => {
        await attach(page, 'invoice', INVOICE);
        await exporter.open(`${document}/check`);
        await page.locator('[name="declaration"]').check();
        await press(page, 'form[action$="/submit"] button');
        must(path(page) === document && await page.locator('.tag-submitted').count() === 1, 'it is submitted');
    });
    await journey.step('the officer sees it in the queue with age and state, and locks it', async () => {
        await officer.open('/review');
        const row = officer.page.locator('main tbody tr', { hasText: firm });
        must(await row.locator('time').count() === 1 && await row.locator('.tag-submitted').count() === 1, 'age and state');
        await Promise.all([officer.page.waitForEvent('load'), row.locator('a').first().click()]);
        must((await officer.page.locator('main').innerText()).includes('Temjanika'), 'the data');
        must(await officer.page.locator('article.file iframe').count() === 1, 'beside the attachment');
        await press(officer.page, 'form[action$="/lock"] button');
        must(await officer.page.locator('button[value="approve"]').count() === 1, 'she may decide');
    });
    await journey.step('a second officer sees the lock and cannot decide', async () => {
        await second.signIn('officer2@chamber.example', password);
        await second.open('/review');
        must((await second.page.locator('main tbody tr', { hasText: firm }).innerText()).includes('Elena Petrovska'), 'the queue says who has it');
        await second.open(document.replace('/documents/', '/review/'));
        must((await second.page.locator('main').innerText()).includes('Elena Petrovska'), 'the page says who has it');
        must(await second.page.locator('button[value="approve"], form[action$="/lock"]').count() === 0, 'and offers nothing');
    });
    await journey.step('the officer returns it with a remark on a box', async () => {
        const box = officer.page.locator('details.remark-entry', { has: officer.page.locator('[name="remark_consignee_name"]') });
        await box.locator('summary').click();
        await field(officer.page, 'remark_consignee_name').fill('The invoice names another buyer.');
        await press(officer.page, 'button[name="action"][value="return"]');
        await exporter.open(document);
        must(await page.locator('.tag-returned').count() >= 1, 'it is returned');
        must((await page.locator('main').innerText()).includes('The invoice names another buyer.'), 'the remark is there');
    });
    await journey.step('she mends it and submits again', async () => {
        await press(page, `main a[href="${document}/edit"]`);
        must((await page.locator('form[action$="/edit"]').innerText()).includes('The invoice names another buyer.'), 'the remark stands at its field');
        await fill(page, { consignee_name: 'Weinhandel Brückner & Söhne GmbH' });
        await press(page, 'form[action$="/edit"] .actions button:not([formaction])');
        await page.locator('[name="declaration"]').check();
        await press(page, 'form[action$="/submit"] button');
        must(await page.locator('.tag-submitted').count() === 1, 'it is submitted');
    });
    await journey.step('the officer approves it, and it is sealed', async () => {
        await officer.open(document.replace('/documents/', '/review/'));
        await press(officer.page, 'form[action$="/lock"] button');
        await press(officer.page, 'button[name="action"][value="approve"]');
        await wait('the seal', async () => {
            await exporter.open(document);
            return await page.locator('.tag-issued').count() >= 1;
        });
    });
    return { stranger, exporter, officer, document };
}

async function pastTheSeal(journey, names, { stranger, exporter, officer, document }) {
    const { page } = exporter;
    const file = join(folder, `${names.number}.pdf`);
    let seal, number, second;

    await journey.step('the PDF downloads, the mail is there, both sides see the history', async () => {
        const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[href$="/pdf"]').click()]);
        await download.saveAs(file);
        number = await page.locator('h1 .number').innerText();
        must(readFileSync(file).subarray(0, 5).toString() === '%PDF-', 'it is a PDF');
        seal = codeOf(file, names.number);
        must(seal.startsWith(`${address}/verify/${number}/`), `its QR code leads to the verification page, not to ${seal}`);
        await mailTo(stranger, names.email, /\/verify\//);
        const acts = await page.locator('.history > li').count();
        await officer.open(document);
        must(acts >= 7 && await officer.page.locator('.history > li').count() === acts, `${acts} acts on her side, as many on the other`);
    });
    await journey.step('anyone opens the address of the QR code: valid', async () => {
        await stranger.open(seal);
        await verdict(stranger.page, 'valid');
        must((await stranger.page.locator('main').innerText()).includes('Weinhandel Brückner & Söhne GmbH'), 'it says what the chamber attests');
    });
    await journey.step('or types number and code', async () => {
        await stranger.open('/verify');
        const code = seal.split('/').pop();
        await fill(stranger.page, { number: ` ${number.toLowerCase()}`, code: code.toLowerCase().replaceAll('-', ' ') });
        await press(stranger.page, 'form[action="/verify"] button');
        await verdict(stranger.page, 'valid');
    });
    await journey.step('the uploaded PDF is the sealed one; with a byte changed it is not', async () => {
        await stranger.open('/verify');
        await stranger.page.locator('form[action="/verify-file"] input[type="file"]').setInputFiles(file);
        await press(stranger.page, 'form[action="/verify-file"] button');
        await verdict(stranger.page, 'valid');
        const bytes = readFileSync(file);
        bytes[bytes.length >> 1] ^= 1;
        writeFileSync(`${file}.changed.pdf`, bytes);
        await stranger.open('/verify');
        await stranger.page.locator('form[action="/verify-file"] input[type="file"]').setInputFiles(`${file}.changed.pdf`);
        await press(stranger.page, 'form[action="/verify-file"] button');
        await verdict(stranger.page, 'never');
    });
    await journey.step('another code for the same number was never issued', async () => {
        await stranger.open(`/verify/${number}/7KQ2-9XMD-4CRA`);
        await verdict(stranger.page, 'never');
        must(!(await stranger.page.locator('main').innerText()).includes('Weinhandel'), 'and nothing is told');
    });
    await journey.step('she replaces it, with a reason; until the new seal the old one stays valid', async () => {
        await exporter.open(document);
        const act = page.locator('details.act', { has: page.locator('form[action$="/replace"]') });
        await act.locator('summary').click();
        await act.locator('[name="reason"]').fill('The quantity was wrong.');
        await press(page, 'form[action$="/replace"] button');
        second = path(page).replace(/\/edit$/, '');
        must(second !== document && /\/edit$/.test(path(page)), 'a new application begins');
        await fill(page, { 'lines[0].quantity': '17000' });
        await press(page, 'form[action$="/edit"] .actions button:not([formaction])');
        if (await page.locator('form[action$="/submit"]').count() === 0) {
            await attach(page, 'invoice', INVOICE);
            await exporter.open(`${second}/check`);
        }
        await page.locator('[name="declaration"]').check();
        await press(page, 'form[action$="/submit"] button');
        await stranger.open(seal);
        await verdict(stranger.page, 'valid');
    });
    await journey.step('sealed, the chain is visible to both and to anyone', async () => {
        await officer.open(second.replace('/documents/', '/review/'));
        await press(officer.page, 'form[action$="/lock"] button');
        await press(officer.page, 'button[name="action"][value="approve"]');
        await wait('the seal', async () => {
            await exporter.open(second);
            return await page.locator('.tag-issued').count() >= 1;
        });
        const newer = await page.locator('h1 .number').innerText();
        must(await page.locator(`main a[href="${document}"]`).count() >= 1, 'the new one names the old one');
        await exporter.open(document);
        must(await page.locator(`main a[href="${second}"]`).count() >= 1, 'the old one names the new one');
        must(await page.locator('.tag-replaced').count() >= 1, 'it is replaced');
        await stranger.open(seal);
        await verdict(stranger.page, 'replaced');
        must((await stranger.page.locator('main').innerText()).includes(newer), 'and the number of its replacement is said');
    });
    await journey.step('the officer cancels it, with a reason that anyone sees', async () => {
        await officer.open(second);
        const act = officer.page.locator('details.act', { has: officer.page.locator('form[action$="/cancel"]') });
        await act.locator('summary').click();
        await act.locator('[name="reason"]').fill('The shipment was not sent.');
        await press(officer.page, 'form[action$="/cancel"] button');
        const link = await officer.page.locator('main a[href*="/verify/"]').getAttribute('href');
        await stranger.open(link);
        await verdict(stranger.page, 'cancelled');
        must((await stranger.page.locator('main').innerText()).includes('The shipment was not sent.'), 'the reason');
        await exporter.open(second);
        must(await page.locator('.tag-cancelled').count() >= 1, 'the exporter sees it too');
    });
}

/** One value of an invoice, by the path of its elements. */
const inXml = (xml, ...names) => names.reduce((rest, name) => rest?.match(new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([\\s\\S]*?)</(?:\\w+:)?${name}>`))?.[1], xml)?.trim();

const plain = (text) => text.replace(/&amp;/g, '&').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/\s+/g, ' ').trim();

async function fromInvoices(journey) {
    const exporter = await journey.person('exporter');
    const { page } = exporter;
    await exporter.signIn('ana@vardarvino.example', password);
    const files = readdirSync(invoices).filter((name) => name.endsWith('.xml')).sort();
    for (const name of files) {
        const xml = readFileSync(join(invoices, name), 'utf8');
        const isInvoice = xml.includes('urn:oasis:names:specification:ubl:schema:xsd:Invoice-2');
        await journey.step(isInvoice ? `${name} fills the form` : `${name} is no invoice, and is refused beside its field`, async () => {
            await exporter.open('/documents/new');
            await page.locator('input[name="type"][value="certificate-of-origin"]').check();
            await page.locator('input[name="invoice"]').setInputFiles(join(invoices, name));
            await press(page, 'form[action="/documents/new"] button');
            if (!isInvoice) {
                must(path(page) === '/documents/new' && await page.locator('.errors a[href="#invoice"]').count() === 1, `it is refused, not ${page.url()}`);
                return;
            }
            must(/\/edit$/.test(path(page)), `an application begins, not ${page.url()}`);
            must(await field(page, 'invoice_number').inputValue() === plain(inXml(xml.replace(/<(\w+:)?InvoiceLine[\s\S]*/, ''), 'ID')), 'the invoice number');
            must(await field(page, 'invoice_date').inputValue() === inXml(xml, 'IssueDate'), 'the invoice date');
            const buyer = inXml(xml, 'AccountingCustomerParty');
            const named = [inXml(buyer, 'PartyName', 'Name'), inXml(buyer, 'PartyLegalEntity', 'RegistrationName')].filter(Boolean).map(plain);
            const consignee = await field(page, 'consignee_name').inputValue();
            must(named.some((each) => each.startsWith(consignee)) && consignee !== '', `the consignee: ${consignee} of ${named.join(' / ')}`);
            const quantities = [...xml.matchAll(/<(?:\w+:)?InvoicedQuantity[^>]*>([^<]*)</g)].map((match) => Number(match[1])).filter((each) => each > 0);
            const lines = await page.locator('[name$="].description"]').count();
            must(lines === Math.max(quantities.length, 1), `${lines} lines for ${quantities.length}`);
        });
    }
}

const browser = await start();
try {
    const looks = [[DESKTOP, false], [PHONE, true], [PHONE, false], [DESKTOP, true]];
    for (const [at, [size, script]] of looks.entries()) {
        const name = `${size === PHONE ? 'phone' : 'desk'}, script ${script ? 'on' : 'off'}`;
        const journey = new Journey(browser, name, { size, script });
        const names = { person: `Mira Petkova ${at + 1}`, email: `mira${at + 1}@journey.example`, password: 'seven quiet vineyards', firm: `Tikveš Izvoz ${at + 1} DOO`, number: `700000${at + 1}` };
        try {
            await pastTheSeal(journey, names, await upToTheSeal(journey, names));
        } catch (error) {
            if (!(error instanceof Refuted)) {
                throw error;
            }
        } finally {
            await journey.end();
        }
    }
    for (const script of [false, true]) {
        const journey = new Journey(browser, `from an invoice, script ${script ? 'on' : 'off'}`, { size: script ? PHONE : DESKTOP, script });
        try {
            if (invoices && existsSync(invoices)) {
                await fromInvoices(journey);
            } else {
                results.skip(journey.name, 'the invoices of the corpus are not there');
            }
        } catch (error) {
            if (!(error instanceof Refuted)) {
                throw error;
            }
        } finally {
            await journey.end();
        }
    }
    await journeyByProgram(browser, { address, password, results, invoice: INVOICE });
} finally {
    await browser.close();
}
results.finish();

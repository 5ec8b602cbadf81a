/** The same acts by a program: over JSON, with API tokens that people make on their account's page. */
import { readFileSync } from 'node:fs';
import { Person } from './browser.mjs';

const APPLICATION = {
    consignor_name: 'Vardar Vino DOO', consignor_address: 'Lozarska 12\n1430 Kavadarci', consignor_country: 'MK',
    consignee_name: 'Weinhandel Brückner GmbH', consignee_address: 'Hafenstraße 21\n20457 Hamburg', destination_country: 'DE', origin_country: 'MK',
    invoice_number: 'ERP-2026-77', invoice_date: '2026-01-15',
    lines: [{ description: 'Vranec, dry red wine', packages: 40, package_kind: 'pallets', hs_code: '220421', quantity: '18000', unit: 'LTR' }],
};

/** Signs in and makes a token on the account's page. */
async function tokenOf(browser, address, email, password) {
    const person = await Person.enter(browser, address, email);
    try {
        await person.signIn(email, password);
        await person.open('/account/tokens');
        await person.page.locator('[name="name"]').fill('Our ERP');
        await person.page.locator('form[action="/account/tokens"] [name="days"]').first().check();
        await Promise.all([person.page.waitForEvent('load'), person.page.locator('form[action="/account/tokens"] button').click()]);
        return await person.page.locator('main code').first().innerText();
    } finally {
        await person.leave();
    }
}

/** A client of the API: what it sends and gets is JSON, unless it says otherwise. */
class Client {
    constructor(address, token) {
        Object.assign(this, { address, token });
    }

    async ask(method, path, body) {
        const headers = { Accept: 'application/json' };
        if (this.token) {
            headers.Authorization = `Bearer ${this.token}`;
        }
        if (body !== undefined && !(body instanceof FormData)) {
            headers['Content-Type'] = 'application/json';
            body = JSON.stringify(body);
        }
        const response = await fetch(new URL(path, this.address), { method, headers, body, redirect: 'manual' });
        const bytes = Buffer.from(await response.arrayBuffer());
        const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
        return { status: response.status, location: response.headers.get('location'), bytes, json: isJson ? JSON.parse(bytes.toString()) : null };
    }

    get(path) {
        return this.ask('GET', path);
    }

    post(path, body = {}) {
        return this.ask('POST', path, body);
    }
}

function fileForm(values, bytes, name) {
    const form = new FormData();
    for (const [key, value] of Object.entries(values)) {
        form.set(key, value);
    }
    form.set('file', new Blob([bytes], { type: 'application/pdf' }), name);
    return form;
}

export async function journeyByProgram(browser, { address, password, results, invoice }) {
    const step = (holds, words, answer) => results.say(holds, `by a program: ${words}`, answer && `${answer.status} ${answer.bytes.toString().slice(0, 600)}`);
    const exporter = new Client(address, await tokenOf(browser, address, 'ana@vardarvino.example', password));
    const officer = new Client(address, await tokenOf(browser, address, 'officer@chamber.example', password));
    const stranger = new Client(address, null);

    let answer = await stranger.get('/documents');
    step(answer.status === 401 && answer.json !== null, 'without a token it is refused, in JSON', answer);
    answer = await exporter.post('/documents/new', { type: 'certificate-of-origin' });
    const document = answer.location?.match(/^\/documents\/[0-9a-z]+/)?.[0];
    if (!step(answer.status === 303 && document, 'an application begins', answer)) {
        return;
    }
    answer = await exporter.post(`${document}/edit`, { ...APPLICATION, destination_country: 'Atlantis' });
    step(answer.status === 422 && answer.bytes.includes('destination_country'), 'a wrong value is refused with the name of its field', answer);
    answer = await exporter.post(`${document}/edit`, APPLICATION);
    step(answer.status === 303, 'its values are taken', answer);
    answer = await exporter.post(`${document}/submit`, { declaration: true });
    step(answer.status === 422, 'without the invoice it cannot be submitted', answer);
    answer = await exporter.post(`${document}/attachments`, fileForm({ kind: 'invoice' }, readFileSync(invoice), 'invoice.pdf'));
    step(answer.status === 303, 'the invoice is attached', answer);
    answer = await exporter.post(`${document}/submit`, { declaration: true });
    step(answer.status === 303, 'it is submitted', answer);
    answer = await exporter.get('/documents?search=ERP-2026-77');
    const id = document.split('/').pop();
    step(answer.json?.documents.some((each) => each.id === id && each.state === 'submitted'), 'it is in the list', answer);

    answer = await exporter.post(`/review/${id}`, { action: 'approve' });
    step(answer.status === 403, 'an exporter\'s token approves nothing', answer);
    answer = await officer.get('/review');
    step(answer.json?.documents.some((each) => each.id === id), 'the officer\'s program sees it in the queue', answer);
    answer = await officer.post(`/review/${id}/lock`);
    step(answer.status === 303, 'locks it', answer);
    answer = await officer.post(`/review/${id}`, { action: 'approve' });
    step(answer.status === 303, 'and approves it', answer);
    for (const end = Date.now() + 30000; Date.now() < end && answer.json?.state !== 'issued';) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        answer = await exporter.get(document);
    }
    if (!step(answer.json?.state === 'issued', 'it is issued', answer)) {
        return;
    }
    const { number, code } = answer.json;
    const pdf = await exporter.get(`${document}/pdf`);
    step(pdf.status === 200 && pdf.bytes.subarray(0, 5).toString() === '%PDF-', 'the PDF downloads', answer);
    answer = await stranger.get(`/verify/${number}/${code}`);
    step(answer.json?.verdict === 'valid' && answer.json.number === number, 'anyone\'s program verifies it', answer);
    answer = await exporter.post('/verify-file', fileForm({}, pdf.bytes, 'document.pdf'));
    step(answer.json?.verdict === 'valid', 'by its file too', answer);
    pdf.bytes[pdf.bytes.length >> 1] ^= 1;
    answer = await exporter.post('/verify-file', fileForm({}, pdf.bytes, 'document.pdf'));
    step(answer.json?.verdict === 'not-sealed', 'but not with a byte changed', answer);
}

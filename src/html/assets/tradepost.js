/** Improves pages that work without it: rows in place, a summary that takes the focus, care for what was typed, keys in lists. */

/* Rows of a group. Without a row to copy the button submits, and the server draws one. */
const rowsOf = (group) => [...group.children].filter((child) => child.matches('.row'));

function renumber(group) {
    const name = group.dataset.rows;
    const rows = rowsOf(group);
    const inName = new RegExp('^' + name.replace(/[[\].]/g, '\\$&') + '\\[\\d+\\]');
    const inId = new RegExp(group.id + '-\\d+-', 'g');
    const language = document.documentElement.lang;
    rows.forEach((row, at) => {
        const label = group.dataset.label.replace('{number}', (at + 1).toLocaleString(language));
        row.querySelector('legend').textContent = label;
        for (const control of row.querySelectorAll('[id], [name], [for], [aria-describedby]')) {
            for (const attribute of ['id', 'for', 'aria-describedby']) {
                if (control.hasAttribute(attribute)) {
                    control.setAttribute(attribute, control.getAttribute(attribute).replace(inId, `${group.id}-${at}-`));
                }
            }
            if (control.name === '_remove') {
                control.value = `${name}.${at}`;
                control.hidden = rows.length <= Number(group.dataset.minimum);
                control.querySelector('.hidden').textContent = ' ' + label;
            } else if (control.name) {
                control.name = control.name.replace(inName, `${name}[${at}]`);
            }
        }
    });
    group.querySelector(':scope > [name="_add"]').hidden = rows.length >= Number(group.dataset.limit);
}

function emptied(row) {
    const copy = row.cloneNode(true);
    for (const control of copy.querySelectorAll('input, select, textarea')) {
        if (control.type === 'checkbox' || control.type === 'radio') {
            control.checked = false;
        } else if (control instanceof HTMLSelectElement) {
            control.selectedIndex = 0;
        } else {
            control.value = '';
        }
        control.removeAttribute('aria-invalid');
        const remarks = (control.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id.endsWith('-hint'));
        if (remarks.length > 0) {
            control.setAttribute('aria-describedby', remarks.join(' '));
        } else {
            control.removeAttribute('aria-describedby');
        }
    }
    for (const error of copy.querySelectorAll('.error')) {
        error.remove();
    }
    for (const field of copy.querySelectorAll('.wrong')) {
        field.classList.remove('wrong');
    }
    return copy;
}

const firstControl = (row) => row.querySelector('input:not([type="hidden"]), select, textarea');

document.addEventListener('click', (event) => {
    const button = event.target.closest('button[name="_add"], button[name="_remove"]');
    const group = button?.closest('[data-rows]');
    if (!group || !group.querySelector(':scope > [name="_add"]')) {
        return;
    }
    const rows = rowsOf(group);
    const last = rows.at(-1);
    /* A group in a group, or no row that shows how one looks: the server knows. */
    if (!last || last.querySelector('[data-rows]')) {
        return;
    }
    event.preventDefault();
    if (button.name === '_add') {
        const row = emptied(last);
        last.after(row);
        renumber(group);
        firstControl(row)?.focus();
    } else if (rows.length > 1) {
        const row = button.closest('.row');
        const next = row.nextElementSibling.matches('.row') ? row.nextElementSibling : row.previousElementSibling;
        row.remove();
        renumber(group);
        firstControl(next)?.focus();
    } else {
        const row = emptied(last);
        last.replaceWith(row);
        firstControl(row)?.focus();
    }
    group.dispatchEvent(new Event('input', { bubbles: true }));
});

/* What was typed is not lost by a wrong click, and not sent twice by a quick one. */
let changed = false;
document.addEventListener('input', (event) => {
    changed ||= Boolean(event.target.closest('form[method="post"]'));
});
document.addEventListener('submit', (event) => {
    const words = event.submitter?.dataset.confirm;
    if (words && !window.confirm(words)) {
        event.preventDefault();
        return;
    }
    if (event.target.dataset.sent) {
        event.preventDefault();
        return;
    }
    if (event.target.method === 'post') {
        event.target.dataset.sent = 'yes';
        setTimeout(() => delete event.target.dataset.sent, 4000);
    }
    changed = false;
});
window.addEventListener('beforeunload', (event) => {
    if (changed) {
        event.preventDefault();
    }
});

/* A page that shows progress looks whether there is news, and shows itself anew when there is. */
const progress = document.querySelector('[data-progress]');
const look = async () => {
    try {
        const reply = await fetch(progress.dataset.progress, { headers: { Accept: 'application/json' } });
        const news = await reply.json();
        if (news.state !== 'approved' || news.progress?.mark !== progress.dataset.progressState) {
            location.reload();
            return;
        }
    } catch {
        /* The next look may find the server again. */
    }
    setTimeout(look, document.hidden ? 30000 : 2000);
};
if (progress) {
    setTimeout(look, 1000);
}

/* The summary of errors is the first thing to read; its links go to the controls. */
document.querySelector('.errors')?.focus();

/* Menus close by a click elsewhere and by Escape. */
const closeMenus = (but) => {
    for (const menu of document.querySelectorAll('.menu[open]')) {
        if (menu !== but) {
            menu.open = false;
        }
    }
};
document.addEventListener('click', (event) => closeMenus(event.target.closest('.menu')));
document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
        const menu = document.activeElement?.closest('.menu[open]');
        closeMenus(null);
        menu?.querySelector('summary').focus();
    }
});

/* In a list with data-keys, while the focus is in it: J and K go to the next and the previous line, O opens it. */
document.addEventListener('keydown', (event) => {
    const list = event.target.closest?.('[data-keys]');
    if (!list || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) {
        return;
    }
    const links = [...list.querySelectorAll('tbody tr')].map((row) => row.querySelector('a[href]')).filter(Boolean);
    const at = links.findIndex((link) => link.closest('tr').contains(event.target));
    const step = { j: 1, k: -1 }[event.key.toLowerCase()];
    if (step && links.length > 0) {
        event.preventDefault();
        links[Math.min(Math.max(at + step, 0), links.length - 1)].focus();
    } else if (event.key.toLowerCase() === 'o' && at >= 0) {
        links[at].click();
    }
});

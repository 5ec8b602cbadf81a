/** What html-validate judges: everything that it recommends. Each exception has its reason. */
export const htmlRules = {
    root: true,
    extends: ['html-validate:recommended'],
    rules: {
        /* A button without type submits its form. All of ours do, or say otherwise. */
        'no-implicit-button-type': 'off',
        /* A title ends with the chamber's name, which may be long. */
        'long-title': ['error', { maxlength: 110 }],
    },
};

/** The documentation: Swagger UI, from files of this deployment, over its own OpenAPI document. */

declare const SwaggerUIBundle: (options: object) => void;

const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

// The document has no links, and on a narrow screen no room for their column.
const style = new CSSStyleSheet();
style.replaceSync('.response-col_links { display: none }');
document.adoptedStyleSheets = [style];

// Without null it would send the document to a validator elsewhere.
SwaggerUIBundle({ url: 'openapi.json', dom_id: '#docs', deepLinking: true, tryItOutEnabled: true, validatorUrl: null });

/**
 * The look of the page: every colour is a custom property, so that light, dark and paper are one set of values each, and
 * drawings follow without being drawn again. The section of the advice takes the same ones.
 */

const LIGHT = `
  color-scheme: light;
  --paper: #fdfdfc; --panel: #ffffff; --ink: #1d2126; --muted: #5d6670; --grid: #dfe3e7; --line: #c9cfd5;
  --good: #1b6e3c; --bad: #a8321f; --even: #35588f; --open: #7a5a00; --void: #6a6f76; --shade: rgb(90 100 115 / 0.12);
  --accent: #1f5fb4; --s0: #1f5fb4; --s1: #c2500f; --s2: #0b7a6f; --s3: #7d3fb0; --s4: #a3295f; --s5: #6b6b12; --s6: #31708f; --s7: #8a4b2a;
  --r0: #7b848d; --r1: #9a8f7d;`;

const DARK = `
  color-scheme: dark;
  --paper: #14171a; --panel: #1b1f23; --ink: #e6e9ec; --muted: #a0a9b2; --grid: #2d333a; --line: #414951;
  --good: #6fcf97; --bad: #ff9a85; --even: #93b8f2; --open: #e3bf5c; --void: #a5abb2; --shade: rgb(160 175 195 / 0.15);
  --accent: #74a9f5; --s0: #74a9f5; --s1: #f59a5b; --s2: #4cc5b5; --s3: #c39af0; --s4: #f08ab5; --s5: #c9c95a; --s6: #86c3e0; --s7: #d9a283;
  --r0: #98a2ac; --r1: #b8ac98;`;

const PAGE = `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main, header { max-width: 948px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
main { padding-bottom: 64px; }
section { margin: 48px 0 0; }
h1, h2, h3 { line-height: 1.25; font-weight: 600; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h1 { font-size: 1rem; margin: 0 0 12px; color: var(--muted); }
h2 { font-size: 1.3rem; margin: 0 0 12px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 20px 0 6px; }
p { margin: 0 0 12px; max-width: 46em; overflow-wrap: anywhere; }
header > p:last-child, section > h2 + p { color: var(--muted); font-size: 0.9rem; }
.answer { font-size: 1.6rem; line-height: 1.3; font-weight: 600; letter-spacing: -0.01em; max-width: 32em; margin-bottom: 16px; }
.finding { font-size: 1.05rem; }
.note { color: var(--muted); font-size: 0.86rem; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
ul { padding-left: 1.2em; }
li { overflow-wrap: anywhere; }
details { margin: 0 0 12px; font-size: 0.9rem; }
summary { cursor: pointer; color: var(--muted); width: max-content; max-width: 100%; }
.scroll { overflow-x: auto; max-width: 100%; }
.scroll:focus-visible { outline: 2px solid var(--accent); }
table { border-collapse: collapse; font-size: 0.88rem; font-variant-numeric: tabular-nums; margin: 8px 0 16px; }
th, td { padding: 4px 16px 4px 0; border-bottom: 1px solid var(--grid); text-align: right; vertical-align: top; white-space: nowrap; font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); vertical-align: bottom; }
.words { text-align: left; }
tbody .words { max-width: 26em; white-space: normal; overflow-wrap: break-word; min-width: 7em; }
.good, .bad, .even, .open, .void { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .even { color: var(--even); } .open { color: var(--open); } .void { color: var(--void); }`;

const FIGURES = `
figure { margin: 0; min-width: 0; }
.plot { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(270px, 100%), 1fr)); gap: 4px 30px; margin-bottom: 8px; }
.plot svg { display: block; width: 100%; height: auto; overflow: visible; }
.plot text { white-space: pre; }
.panel { min-width: 0; max-width: 440px; }
.panel h3 { font-size: 0.9rem; margin: 8px 0 2px; }
.narrow { display: none; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; margin: 0 0 6px; padding: 0; font-size: 0.86rem; }
.legend li { display: flex; align-items: center; gap: 6px; min-width: 0; }
.legend svg { flex: none; width: 34px; height: 14px; }
@media (max-width: 719px) {
  main, header { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 24px; }
  .answer { font-size: 1.3rem; }
  .wide { display: none; }
  .narrow { display: block; max-width: 460px; }
}`;

const PRINT = `
@media print {
  body { font-size: 11pt; }
  main, header { max-width: none; padding: 0; }
  section { margin-top: 28px; }
  figure, tr { break-inside: avoid; }
  h2, h3, .finding { break-after: avoid; }
  .scroll { overflow: visible; }
  td, th { white-space: normal; }
}`;

/** The values of all custom properties: on paper it is always light. */
export const COLOURS = `:root {${LIGHT}\n}
@media screen and (prefers-color-scheme: dark) { :root {${DARK}\n} }`;

/** The whole of the page's own style sheet. */
export const STYLE = `${COLOURS}
${PAGE}${FIGURES}${PRINT}
`;

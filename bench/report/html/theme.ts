/**
 * The look of the page: every colour is a custom property, so that light, dark and paper are one set of values each, and
 * drawings follow without being drawn again. The section of the advice takes the same ones.
 */

/** The values of all custom properties: on paper it is always light. */
export const COLOURS = `:root {
  color-scheme: light dark;
  --paper: light-dark(#fdfdfc, #14171a); --panel: light-dark(#ffffff, #1b1f23); --ink: light-dark(#1d2126, #e6e9ec);
  --muted: light-dark(#5d6670, #a0a9b2); --grid: light-dark(#dfe3e7, #2d333a); --line: light-dark(#c9cfd5, #414951);
  --good: light-dark(#1b6e3c, #6fcf97); --bad: light-dark(#a8321f, #ff9a85); --even: light-dark(#35588f, #93b8f2);
  --open: light-dark(#7a5a00, #e3bf5c); --void: light-dark(#6a6f76, #a5abb2); --accent: var(--s0);
  --shade: light-dark(rgb(90 100 115 / 0.12), rgb(160 175 195 / 0.15));
  --s0: light-dark(#1f5fb4, #74a9f5); --s1: light-dark(#c2500f, #f59a5b); --s2: light-dark(#0b7a6f, #4cc5b5);
  --s3: light-dark(#7d3fb0, #c39af0); --s4: light-dark(#a3295f, #f08ab5); --s5: light-dark(#6b6b12, #c9c95a);
  --s6: light-dark(#31708f, #86c3e0); --s7: light-dark(#8a4b2a, #d9a283);
  --r0: light-dark(#7b848d, #98a2ac); --r1: light-dark(#9a8f7d, #b8ac98);
}
@media print { :root { color-scheme: light; } }`;

/** The whole of the page's own style sheet. */
export const STYLE = `${COLOURS}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main, header { max-width: 948px; margin: 0 auto; padding: 32px max(16px, 2.5%) 0; }
section { margin: 48px 0 0; }
h1, h2, h3 { line-height: 1.25; font-weight: 600; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h1 { font-size: 1rem; margin: 0 0 12px; color: var(--muted); }
h2 { font-size: 1.3rem; margin: 0 0 12px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 20px 0 6px; }
p { margin: 0 0 12px; max-width: 46em; overflow-wrap: anywhere; }
header > p:last-child, section > h2 + p { color: var(--muted); font-size: 0.9rem; }
.answer { font-size: clamp(1.3rem, 4vw, 1.6rem); line-height: 1.3; font-weight: 600; letter-spacing: -0.01em; max-width: 32em; margin-bottom: 16px; }
.finding { font-size: 1.05rem; }
.note { color: var(--muted); font-size: 0.86rem; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code, li { overflow-wrap: anywhere; }
ul { padding-left: 1.2em; }
details { margin: 0 0 12px; font-size: 0.9rem; }
summary { cursor: pointer; color: var(--muted); width: max-content; max-width: 100%; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: 0.88rem; font-variant-numeric: tabular-nums; margin: 8px 0 16px; }
th, td { padding: 4px 16px 4px 0; border-bottom: 1px solid var(--grid); text-align: right; vertical-align: top; white-space: nowrap; font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); vertical-align: bottom; }
.words { text-align: left; }
tbody .words { max-width: 26em; white-space: normal; overflow-wrap: break-word; min-width: 7em; }
.good, .bad, .even, .open, .void { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .even { color: var(--even); } .open { color: var(--open); } .void { color: var(--void); }
figure { margin: 0; min-width: 0; }
.plot { margin-bottom: 8px; overflow-x: auto; }
.plot svg { display: block; width: 100%; height: auto; overflow: visible; }
.plot text { white-space: pre; }
.whole svg { min-width: 560px; }
.small { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(270px, 100%), 1fr)); gap: 4px 30px; }
.small:has(> :nth-child(4)) { grid-template-columns: repeat(auto-fit, minmax(min(310px, 100%), 1fr)); }
.small > div { min-width: 0; max-width: 440px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; margin: 0 0 6px; padding: 0; font-size: 0.86rem; }
.legend li { display: flex; align-items: center; gap: 6px; min-width: 0; }
.legend svg { flex: none; width: 34px; height: 14px; }
@media print {
  main, header { max-width: none; padding: 0; }
  figure, tr { break-inside: avoid; }
  h2, h3, .finding { break-after: avoid; }
  .scroll { overflow: visible; }
  td, th { white-space: normal; }
}`;

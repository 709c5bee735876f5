/** How the page looks: on light and dark screens, on narrow ones, and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c2126; --dim: #667079; --line: #e1e5e9; --back: #f6f7f9; --card: #fff; --good: #2a8a4f; --bad: #c4382c; --warn: #a66a00; --busy: #2f6fb7; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ec; --dim: #98a3ad; --line: #2c343c; --back: #14181c; --card: #1b2127; --good: #56c27f; --bad: #f0776c; --warn: #e0ab4b; --busy: #6aa9ea; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px; }
header h1 { margin: 0; font-size: 26px; }
header p, footer, .none, th { color: var(--dim); }
header p { margin: 4px 0 20px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 20px; margin: 16px 0; overflow-x: auto; }
h2 { font-size: 16px; margin: 0 0 10px; }
h3 { font-size: 15px; margin: 0; }
.figures { display: flex; flex-wrap: wrap; gap: 12px; list-style: none; margin: 0; padding: 0; }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 16px; color: var(--dim); }
.figures b { display: block; font-size: 24px; line-height: 1.2; color: var(--text); }
.figures .good b { color: var(--good); } .figures .bad b { color: var(--bad); } .figures .warn b { color: var(--warn); }
table { width: 100%; border-collapse: collapse; margin: 0 0 8px; }
th { text-align: left; font-weight: 500; font-size: 13px; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
code, .number { white-space: nowrap; font-variant-numeric: tabular-nums; }
code, pre { font-family: ui-monospace, monospace; font-size: 13px; }
pre { background: var(--back); border-radius: 6px; padding: 10px 12px; margin: 8px 0 16px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 24em; overflow-y: auto; }
article p { margin: 2px 0; color: var(--dim); }
figure { margin: 0 0 14px; } figcaption { color: var(--dim); font-size: 13px; }
svg { display: block; width: 100%; height: auto; } svg.share { width: 160px; height: 8px; margin-top: 8px; }
svg text { fill: var(--dim); font-size: 11px; } .grid, .axis { stroke: var(--line); } .column { fill: transparent; }
rect.good { fill: var(--good); } rect.busy { fill: var(--busy); }
g:hover .column { fill: var(--line); }
ul { margin: 0; padding-left: 20px; } footer { font-size: 13px; }
@media print { body { background: none; } section, .figures li { break-inside: avoid; } pre { max-height: none; } }
`;

import { html, Markup } from './markup.ts';
import type { Content } from './markup.ts';
import { STYLE } from './style.ts';

/** What the page shows of an item; texts are shown as texts, whatever they look like. */
interface ItemPack {
  exportedAt: string;
  item: { id: string; title: string; body: string };
  place: string;
  reason: string | null;
  attempts: readonly {
    attempt: number;
    run: string;
    files: Readonly<Record<string, string>>;
    turns: readonly object[];
  }[];
  events: readonly { at: string; is: string }[];
  diff: { attempt: number; text: string; isCut: boolean } | null;
}

type Json = Readonly<Record<string, unknown>>;

/** `markup` shows that much of one text; longer ones go on in the next box. */
const BOX = 16_000;

/** An item as one static page: nothing in it is loaded from anywhere, nothing in it runs, and the page itself forbids both. */
export function itemPage({ exportedAt, item, place, reason, attempts, events, diff }: ItemPack): string {
  const title = `${item.id}: ${item.title}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(STYLE)}
pre { white-space: pre-wrap; overflow-wrap: anywhere; }</style>
</head>
<body>
<main>
<header><h1>${title}</h1><p>${place}${reason === null ? '' : ` (${reason})`}, exported ${exportedAt}</p></header>
<section><h2>What was asked</h2>${box(item.body)}</section>
${attempts.map(
  ({ attempt, run, files, turns }) => html`<section><h2>Attempt ${attempt}, run ${run}</h2>
${Object.entries(files).map(([name, text]) => html`<h3>${name}</h3>${box(text)}`)}
${turns.length > 0 ? html`<h3>Conversation</h3>${turns.map((line) => said(line as Json))}` : ''}</section>`,
)}
${diff ? html`<section><h2>Diff of attempt ${diff.attempt}${diff.isCut ? ', cut' : ''}</h2>${box(diff.text)}</section>` : ''}
<section><h2>Events</h2>${box(events.map((event) => JSON.stringify(event)).join('\n'))}</section>
</main>
</body>
</html>
`.text;
}

function box(text: string): Content {
  const parts = Array.from({ length: Math.ceil(text.length / BOX) }, (_, at) =>
    text.slice(at * BOX, (at + 1) * BOX),
  );
  return parts.map((part) => html`<pre>${part}</pre>`);
}

/** One line of the conversation: who says what, tool calls and their results included. */
function said({ type, message }: Json): Content {
  const content = (message as Json | undefined)?.content;
  const blocks: unknown[] = Array.isArray(content)
    ? content
    : content === undefined
      ? []
      : [{ text: content }];
  return blocks.map((block) => html`<h4>${String(type)}</h4>${box(textOf(block as Json))}`);
}

function textOf(block: Json): string {
  const { text, thinking, name, input, content } = block;
  if (typeof text === 'string') return text;
  if (typeof thinking === 'string') return thinking;
  if (typeof name === 'string') return `${name} ${JSON.stringify(input, null, 2)}`;
  return typeof content === 'string' ? content : JSON.stringify(content ?? block, null, 2);
}

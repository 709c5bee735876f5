import { lasting, many, money } from '../words.ts';
import { barChart, shareBar } from './charts.ts';
import { html, Markup } from './markup.ts';
import type { Content } from './markup.ts';
import type { Failed, Landed } from './outcomes.ts';
import type { Report } from './report.ts';
import type { Course, Share } from './spend.ts';
import { STYLE } from './style.ts';
import { changeWords, figuresOf, moment, nameOf, restartWords, waitedWords } from './words.ts';

/**
 * The report as one static page: nothing in it is loaded from anywhere, nothing in it runs, and the page itself forbids
 * both to whoever shows it.
 */
export function page(report: Report): string {
  const { home, from, to, isRunning } = report;
  const title = `${nameOf(home)}: ${moment(from)} to ${moment(to)}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
<header><h1>${nameOf(home)}</h1><p>${moment(from)} to ${moment(to)}${isRunning ? ', still running' : ''}</p></header>
${figures(report)}
${waiting(report)}
${courses(report.course)}
${landings(report.landed)}
${failures(report.failed)}
${spend(report)}
${slowest(report)}
${hardships(report)}
<footer>made by harness at ${moment(to)} local time, from the journal and the records of ${home}</footer>
</main>
</body>
</html>
`.text;
}

const figures = (report: Report): Markup =>
  html`<ul class="figures">${figuresOf(report).map(
    ({ number, word, tone }) => html`<li class="${tone}"><b>${number}</b> ${word}</li>`,
  )}</ul>`;

/** A part of the page; left away where it has nothing to say, unless `none` does. */
function part(heading: string, rows: readonly Markup[], none?: string): Content {
  if (rows.length === 0 && none === undefined) return '';
  return html`<section><h2>${heading}</h2>${rows.length === 0 ? html`<p class="none">${none ?? ''}</p>` : rows}</section>`;
}

const tableOf = (heads: readonly string[], rows: readonly Markup[]): Markup[] =>
  rows.length === 0
    ? []
    : [
        html`<table><thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`,
      ];

const waiting = ({ waiting: all }: Report): Content =>
  part(
    'Waits for you',
    tableOf(
      ['what', 'why', 'what deals with it'],
      all.map(
        ({ what, why, command }) =>
          html`<tr><td>${what}</td><td>${why}</td><td><code>${command}</code></td></tr>`,
      ),
    ),
    'nothing',
  );

function courses({ from, stepMs, landed, costUsd }: Course): Content {
  const at = (step: number) => moment(new Date(Date.parse(from) + step * stepMs).toISOString());
  const ends = { from: at(0), to: at(landed.length) };
  const each = lasting(stepMs);
  const most = Math.max(0, ...landed);
  const dearest = Math.max(0, ...costUsd);
  return part('Course', [
    html`<figure><figcaption>Landings each ${each}</figcaption>${barChart({
      label: `landings each ${each}, at most ${most}`,
      values: landed,
      word: (value, step) => `${at(step)}: ${value} landed`,
      most: String(most),
      tone: 'good',
      ...ends,
    })}</figure>`,
    html`<figure><figcaption>Spend each ${each}</figcaption>${barChart({
      label: `spend each ${each}, at most ${money(dearest)}`,
      values: costUsd,
      word: (value, step) => `${at(step)}: ${money(value)}`,
      most: money(dearest),
      tone: 'busy',
      ...ends,
    })}</figure>`,
  ]);
}

const landings = (landed: readonly Landed[]): Content =>
  part(
    'Landed',
    tableOf(
      ['item', 'title', 'commit', 'change', 'cost', 'attempts', 'took'],
      landed.map(
        ({ id, title, commit, change, costUsd, attempts, tookMs }) =>
          html`<tr><td><code>${id}</code></td><td>${title}</td><td><code>${commit.slice(0, 10)}</code></td><td>${changeWords(change)}</td><td class="number">${money(costUsd)}</td><td class="number">${attempts}</td><td class="number">${lasting(tookMs)}</td></tr>`,
      ),
    ),
    'nothing',
  );

const failures = (failed: readonly Failed[]): Content =>
  part(
    'Failed',
    failed.map(
      ({ id, title, reason, evidence, branch, rescued, costUsd, attempts }) =>
        html`<article><h3>${title} <code>${id}</code></h3><p>${reason} after ${many(attempts, 'attempt')}, ${money(costUsd)}${branch === undefined ? '' : html`; its work is on <code>${branch}</code>`}${rescued === undefined ? '' : html`, uncommitted work in <code>${rescued}</code>`}</p><pre>${evidence}</pre></article>`,
    ),
  );

function spend({ spend: { items, agents, models }, landed, failed }: Report): Content {
  const titles = new Map([...landed, ...failed].map(({ id, title }) => [id, title]));
  return part('Spend', [
    ...shares('item', items.slice(0, 20), (id) => `${id} ${titles.get(id) ?? ''}`.trim()),
    ...shares('agent', agents),
    ...shares('model', models),
  ]);
}

function shares(head: string, all: readonly Share[], nameOfShare = (name: string) => name): Markup[] {
  const most = Math.max(0, ...all.map(({ costUsd }) => costUsd));
  return tableOf(
    [head, 'turns', 'cost', ''],
    all.map(
      ({ name, turns, costUsd }) =>
        html`<tr><td>${nameOfShare(name)}</td><td class="number">${turns}</td><td class="number">${money(costUsd)}</td><td>${shareBar(most === 0 ? 0 : costUsd / most)}</td></tr>`,
    ),
  );
}

const slowest = ({ slowest: steps }: Report): Content =>
  part(
    'Slowest steps',
    tableOf(
      ['took', 'step', 'item', 'attempt', 'agent'],
      steps.map(
        ({ ms, phase, item, attempt, agent, isOpen }) =>
          html`<tr><td class="number">${lasting(ms)}${isOpen ? ' so far' : ''}</td><td>${phase}</td><td><code>${item}</code></td><td class="number">${attempt}</td><td>${agent}</td></tr>`,
      ),
    ),
  );

function hardships({ limits, restarts, anomalies }: Report): Content {
  return [
    part(
      'Limits',
      list(limits.map(({ at, text, waitedMs }) => `${moment(at)}: ${text} (${waitedWords(waitedMs)})`)),
    ),
    part('Restarts', list(restartWords(restarts))),
    part('Worth a look', list(anomalies)),
  ];
}

const list = (lines: readonly string[]): Markup[] =>
  lines.length === 0 ? [] : [html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`];

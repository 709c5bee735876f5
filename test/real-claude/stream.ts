import type { Content } from './script.ts';

export interface Reply {
  id: string;
  model: string;
  content: (Content & { id?: string })[];
  usage: { input_tokens: number; output_tokens: number };
}

const SIGNATURE = 'bm90IHNpZ25lZA==';

const stopReasonOf = ({ content }: Reply): string =>
  content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';

const empty = ({ id, model, usage }: Reply) => ({
  id,
  type: 'message',
  role: 'assistant',
  model,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage,
});

/** A reply as one JSON document. */
export function wholeMessage(reply: Reply): object {
  const content = reply.content.map((block) =>
    block.type === 'thinking' ? { ...block, signature: SIGNATURE } : block,
  );
  return { ...empty(reply), content, stop_reason: stopReasonOf(reply) };
}

/** A block as the stream delivers it: how it starts, and what is added to it. */
function pieces(block: Content): { start: object; deltas: object[] } {
  if (block.type === 'text') {
    return { start: { ...block, text: '' }, deltas: [{ type: 'text_delta', text: block.text }] };
  }
  if (block.type === 'thinking') {
    const thought = { type: 'thinking_delta', thinking: block.thinking };
    return {
      start: { ...block, thinking: '', signature: '' },
      deltas: [thought, { type: 'signature_delta', signature: SIGNATURE }],
    };
  }
  const input = { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
  return { start: { ...block, input: {} }, deltas: [input] };
}

/** A reply as the server-sent events of the streaming Messages API. */
export function eventStream(reply: Reply): string {
  const events: { type: string; [key: string]: unknown }[] = [
    { type: 'message_start', message: empty(reply) },
  ];
  for (const [index, block] of reply.content.entries()) {
    const { start, deltas } = pieces(block);
    events.push({ type: 'content_block_start', index, content_block: start });
    for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  }
  const delta = { stop_reason: stopReasonOf(reply), stop_sequence: null };
  events.push({ type: 'message_delta', delta, usage: reply.usage }, { type: 'message_stop' });
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

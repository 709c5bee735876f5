/** Comments, strings, templates and regular expressions, in the order in which they must be tried. */
const TOKENS = [
  String.raw`\/\*[\s\S]*?\*\/`,
  String.raw`\/\/.*`,
  String.raw`'(?:\\.|[^'\\\n])*'`,
  String.raw`"(?:\\.|[^"\\\n])*"`,
  '`(?:\\\\[\\s\\S]|[^`\\\\])*`',
  // A slash starts a regular expression only where a value may start.
  String.raw`(?<=(?:^|[(,=:[!&|?{};>]|\breturn|\bcase)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/`,
];
const TOKEN = new RegExp(TOKENS.join('|'), 'gm');

const spaces = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

/** Every place of a text that is not code becomes spaces, of the same length, so that offsets stay true. */
export function codeOf(text: string): string {
  return text.replaceAll(TOKEN, (token) => {
    if (token.startsWith('`')) return blankTemplate(token);
    if (token.startsWith("'") || token.startsWith('"'))
      return `${token[0]}${spaces(token.slice(1, -1))}${token[0]}`;
    return spaces(token);
  });
}

/** What stands in `${...}` is code; a template inside of it is not followed further. */
function blankTemplate(token: string): string {
  return token.replaceAll(/\$\{[^{}`]*\}|[^$`\n]+|\$/g, (part) =>
    part.startsWith('${') ? part : spaces(part),
  );
}

/** A text without its comments; strings stay. */
export function withoutComments(text: string): string {
  return text.replaceAll(TOKEN, (token) =>
    token.startsWith('//') || token.startsWith('/*') ? spaces(token) : token,
  );
}

/** The specifiers of all imports, exports from, dynamic imports, type imports and requires. */
export function importsOf(text: string): string[] {
  const starts = codeOf(text).matchAll(/\bfrom\s*(['"])|\b(?:import|require)\s*\(?\s*(['"])/g);
  return [...starts].map(({ index, 0: start, 1: quote = '', 2: other = '' }) => {
    const from = index + start.length;
    return text.slice(from, text.indexOf(quote || other, from));
  });
}

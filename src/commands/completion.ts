import { HarnessError } from '../errors.ts';
import { safeText } from '../text.ts';

/** Every script asks `harness complete` what can stand there, so that ids and agents are those of now. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_harness() {
  local IFS=$'\\n'
  COMPREPLY=($(harness complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o default -F _harness harness
`,
  zsh: `#compdef harness
_harness() {
  local -a lines described
  lines=("\${(@f)$(harness complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  local line
  for line in $lines; do
    [[ -n $line ]] && described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#described )); then _describe harness described; else _files; fi
}
if [[ $funcstack[1] == _harness ]]; then _harness "$@"; else compdef _harness harness; fi
`,
  fish: `function __harness_complete
  set -l words (commandline -opc) (commandline -ct)
  harness complete -- $words[2..-1] 2>/dev/null
end
complete -c harness -f -a '(__harness_complete)'
`,
};

const SHELLS = Object.keys(SCRIPTS);

/** `harness completion SHELL`: prints the script that teaches a shell our words. */
export function completion(shell: string): void {
  const script = SCRIPTS[shell];
  if (script === undefined) {
    throw new HarnessError(
      'usage',
      `no completion for ${safeText(shell, { max: 40 })}; there is ${SHELLS.join(', ')}`,
    );
  }
  process.stdout.write(script);
}

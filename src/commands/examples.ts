/** Command lines that show what a command is for, by its path: its help opens with them. */
export const EXAMPLES: Readonly<Record<string, readonly (readonly [line: string, does: string])[]>> = {
  '': [
    ['harness queue add "Fix the login" --check "npm test"', 'put work into the queue'],
    ['harness parallel --agents 3', 'let three agents work on it'],
    ['harness report --since 22:00', 'see in the morning what became of it'],
  ],
  queue: [['harness queue list', 'all items']],
  'queue add': [
    ['harness queue add "Fix the login" --body "It forgets users." --check "npm test"', 'one item'],
    ['harness queue add "Deploy" --after fix-login --priority high', 'after another one'],
    ['harness queue add "Do as it says" --body-file notes.md', 'with a text from elsewhere'],
  ],
  'queue import': [['harness queue import items.yaml --dry-run', 'check a file of items first']],
  'queue edit': [
    ['harness queue edit 1kq3 --priority urgent --check "npm test"', 'change an item nobody works on'],
  ],
  'queue list': [
    ['harness queue list --place failed', 'what failed'],
    ['harness queue list --json | jq -r ".[].id"', 'for programs'],
  ],
  'queue show': [['harness queue show 1kq3', 'the beginning of an id is enough']],
  'queue hold': [['harness queue hold 1kq3 --reason later', 'keep an item until it is released']],
  'queue release': [['harness queue release 1kq3', 'put a held item back']],
  'queue retry': [['harness queue retry 1kq3', 'try a failed item again']],
  'queue cancel': [['harness queue cancel 1kq3', 'give an item up']],
  'queue priority': [['harness queue priority 1kq3 urgent', 'do it next']],
  'queue fsck': [['harness queue fsck', 'whether every file of the queue is in order']],
  why: [['harness why 1kq3', 'why nobody works on it']],
  batch: [['harness batch list', 'all batches']],
  'batch list': [['harness batch list', 'all batches with their progress']],
  'batch show': [['harness batch show sprint-3', 'progress, cost and time left']],
  'batch hold': [['harness batch hold sprint-3', 'keep all its items']],
  'batch release': [['harness batch release sprint-3', 'put them back']],
  'batch cancel': [['harness batch cancel sprint-3', 'give them up']],
  init: [
    ['harness init', 'looks around and asks'],
    ['harness init --yes --check "npm test"', 'asks nothing'],
  ],
  config: [['harness config', 'every setting with where it comes from']],
  doctor: [['harness doctor', 'what is missing, and what to do']],
  parallel: [
    ['harness parallel --agents 3', 'until it is ended: ^C lets what runs finish, ^C ^C ends now'],
    ['harness parallel --until-empty > run.log', 'in a script; exit code 0 if everything landed'],
  ],
  status: [
    ['harness status', 'how things are now'],
    ['harness status --watch', 'and how they change'],
    ['harness status --json | jq .queue', 'for programs'],
  ],
  drain: [['harness drain', 'finish what runs, then end']],
  stop: [['harness stop', 'give everything back and end now']],
  pause: [
    ['harness pause', 'start nothing new'],
    ['harness pause a2', 'a2 begins nothing new'],
  ],
  resume: [['harness resume', 'go on']],
  scale: [['harness scale 5', 'five agents from now on']],
  service: [
    ['harness service > ~/.config/systemd/user/harness.service', 'a unit that starts at login and again'],
  ],
  soak: [
    ['harness soak', 'a day of three agents in 15 minutes, with faults; nothing of yours is touched'],
    ['harness soak --minutes 2 --seed 7', 'a short one; the seed repeats the faults'],
  ],
  dashboard: [['harness dashboard', 'watch from any terminal; q leaves, the run goes on']],
  agents: [['harness agents', 'one row for each agent']],
  logs: [
    ['harness logs a1', 'what agent a1 did'],
    ['harness logs 1kq3 --since 22:00', 'what happened to an item in the night'],
    ['harness logs -f', 'everything, as it happens'],
  ],
  nudge: [['harness nudge a1 "leave the public API as it is"', 'a1 reads it at its next step']],
  attach: [['harness attach a1', 'talk to a1 yourself; /exit gives it back']],
  interrupt: [
    ['harness interrupt a1', 'cut off what a1 does; it goes on another way'],
    ['harness interrupt a1 "revert that, write the test first"', 'and say which way'],
  ],
  ask: [['harness ask', 'what agents want to know']],
  answer: [
    ['harness answer 1kq3 "Keep the old format."', 'its agent goes on with that'],
    ['harness answer 1kq3 - < answer.md', 'a longer one, from a file'],
  ],
  plan: [
    ['harness plan 1kq3', 'the plan of an item'],
    ['harness plan 1kq3 approve', 'let it be worked on by that plan'],
    ['harness plan 1kq3 amend "Leave the public API as it is."', 'have it written again'],
  ],
  'worktree list': [['harness worktree list', 'what the trees take on the disk']],
  'worktree clean': [['harness worktree clean', 'make room after a run']],
  recover: [
    ['harness recover 1kq3', 'what is kept of an item'],
    ['harness recover 1kq3 --show', 'what its last attempt had changed'],
    ['harness recover 1kq3 --restore mine', 'bring that back as the branch mine'],
  ],
  export: [
    ['harness export 1kq3 > item.json', 'everything about one item'],
    ['harness export 1kq3 --html item.html', 'to read it in a browser'],
  ],
  report: [
    ['harness report --since 22:00', 'what became of the work in the night'],
    ['harness report --html night.html', 'as a page that one can send to a colleague'],
  ],
  completion: [
    ['source <(harness completion bash)', 'in ~/.bashrc'],
    ['source <(harness completion zsh)', 'in ~/.zshrc'],
    ['harness completion fish | source', 'in ~/.config/fish/config.fish'],
  ],
};

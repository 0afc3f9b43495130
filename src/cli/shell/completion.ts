/**
 * Tab completion as a script for bash, and for zsh through its bashcompinit. It is made once, of the commands and what
 * there is to name; only the runs of a folder are looked up when the key is pressed.
 */
import { type Command, commonFlags } from './command.ts';

/** The names that a word of each sort can be. */
export interface Completions {
  readonly cell: readonly string[];
  readonly task: readonly string[];
  /** Settings by the group of flags that they belong to: `cell` has `--cell.slots`. */
  readonly settings: Readonly<Record<string, readonly string[]>>;
}

/** Looked up by the shell: the names of the folders in runs/. */
const RUNS = '$(cd runs 2>/dev/null && echo *)';

/** The script: `eval "$(engram completion)"`. */
export function completionScript(commands: readonly Command[], names: Completions): string {
  const words = ['help', ...commands.map(({ name }) => name)].join(' ');
  return `# Tab completion of engram for bash and zsh. In ~/.bashrc or ~/.zshrc: eval "$(engram completion)"
if [ -n "\${ZSH_VERSION-}" ]; then
  autoload -U +X compinit && compinit -u
  autoload -U +X bashcompinit && bashcompinit
fi
_engram() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local place=0 index=2 words= values=
  [ "$word" = = ] && word=
  [ "$before" = = ] && before=\${COMP_WORDS[COMP_CWORD-2]}
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "${words}" -- "$word"))
    return
  fi
  while [ "$index" -lt "$COMP_CWORD" ]; do
    case \${COMP_WORDS[index]} in
${patterns(takers(commands), '      ')}) index=$((index + 2)) ;;
      -*) index=$((index + 1)) ;;
      *) place=$((place + 1)) index=$((index + 1)) ;;
    esac
  done
  case $before in
${valuesOf(commands, names)}
  esac
  case $command:$place:$word in
${commands.map((command) => casesOf(command, names)).join('\n')}
    help:0:*) words="${words}" ;;
  esac
  COMPREPLY=($(compgen -W "\${values:-$words}" -- "$word"))
}
complete -o default -F _engram engram`;
}

/** Flags that take the word after them. */
function takers(commands: readonly Command[]): string[] {
  const flags = commands.flatMap((command) => Object.entries(flagsOf(command)));
  const named = flags.filter(([, { kind }]) => kind === 'text').map(([name]) => `--${name}`);
  return [...new Set(named), '--*.*'];
}

function patterns(words: readonly string[], indent: string): string {
  return `${indent}${words.join('|')}`;
}

function flagsOf({ flags }: Command) {
  return { ...flags, ...commonFlags };
}

/** What may come after a flag, where that is one of a few words. */
function valuesOf(commands: readonly Command[], names: Completions): string {
  const known = new Map<string, readonly string[]>([
    ['cell', names.cell],
    ['task', names.task],
  ]);
  for (const command of commands)
    for (const [name, { values }] of Object.entries(command.flags)) if (values) known.set(name, values);
  return [...known].map(([name, values]) => `    --${name}) values="${values.join(' ')}" ;;`).join('\n');
}

/** The flags of a command, and the words it takes, by their place. */
function casesOf(command: Command, names: Completions): string {
  const { name, takes, groups = {} } = command;
  const settings = Object.keys(groups).flatMap((group) => names.settings[group] ?? []);
  const flags = [...Object.keys(flagsOf(command)).map((flag) => `--${flag}`), ...settings];
  const places = takes === '' ? [] : takes.split(' ');
  const words = places.map((place, index) => {
    const at = place.includes('...') ? '*' : String(index);
    return `    ${name}:${at}:*) words="${wordsAt(place, names).join(' ')}" ;;`;
  });
  return [`    ${name}:*:-*) words="${flags.join(' ')}" ;;`, ...words].join('\n');
}

/** What `takes` says of one place: `<task|file>` are names of a sort, and `ls|show|rm` the words themselves. */
function wordsAt(place: string, names: Completions): string[] {
  const sorts = /^[<[](.*?)(?:\.\.\.)?[>\]]$/.exec(place)?.[1]?.split('|');
  if (!sorts) return place.split('|');
  const known: Readonly<Record<string, readonly string[]>> = {
    cell: names.cell,
    task: names.task,
    run: [RUNS],
    command: [],
  };
  return sorts.flatMap((sort) => known[sort] ?? []);
}

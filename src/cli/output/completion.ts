/** A command as completions know it. */
export interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly takesKind: boolean;
  readonly options: readonly {
    readonly flag: string;
    readonly about: string;
    readonly takesValue: boolean;
    readonly values: readonly string[];
  }[];
}

/** The script that completes the commands, their options and the kinds in a shell. Files complete everything else. */
export function completionOf(
  shell: 'bash' | 'zsh' | 'fish',
  commands: readonly CompletedCommand[],
  kinds: readonly string[],
): string {
  return { bash, zsh, fish }[shell](commands, kinds);
}

function bash(commands: readonly CompletedCommand[], kinds: readonly string[]): string {
  const cases = commands.map(({ name, options, takesKind }) => {
    const words = [...options.map(({ flag }) => flag), '--help', ...(takesKind ? kinds : [])];
    return `    ${name}) words=${quoted(words.join(' '))} ;;`;
  });
  return `# bash completion of swarmstate
_swarmstate() {
  local word=\${COMP_WORDS[COMP_CWORD]} words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${quoted(commands.map(({ name }) => name).join(' '))}
  else
    case \${COMP_WORDS[1]} in
${cases.map((line) => `  ${line}`).join('\n')}
      *) words= ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _swarmstate swarmstate
`;
}

function zsh(commands: readonly CompletedCommand[], kinds: readonly string[]): string {
  const names = commands.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`);
  const cases = commands.map(({ name, options, takesKind }) => {
    const specs = options.map(({ flag, about, takesValue, values }) => {
      const value = !takesValue ? '' : values.length === 0 ? ':value:_files' : `:value:(${values.join(' ')})`;
      return quoted(`*${flag}[${about.replace(/[[\]:\\]/g, '\\$&')}]${value}`);
    });
    const rest = takesKind
      ? `"*:kind or source:{_alternative 'kinds:kind:(${kinds.join(' ')})' 'files:source:_files'}"`
      : "'*:source:_files'";
    return `    ${name}) _arguments ${[...specs, rest].join(' ')} ;;`;
  });
  return `#compdef swarmstate
_swarmstate() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
# A function of $fpath is called when it is loaded for the first time.
if [[ $funcstack[1] == _swarmstate ]]; then _swarmstate "$@"; else compdef _swarmstate swarmstate; fi
`;
}

function fish(commands: readonly CompletedCommand[], kinds: readonly string[]): string {
  const lines = ['# fish completion of swarmstate'];
  for (const { name, about } of commands)
    lines.push(`complete -c swarmstate -n __fish_use_subcommand -a ${name} -d ${quoted(about)}`);
  for (const { name, options, takesKind } of commands) {
    const inside = `complete -c swarmstate -n '__fish_seen_subcommand_from ${name}'`;
    if (takesKind) lines.push(`${inside} -a ${quoted(kinds.join(' '))}`);
    for (const { flag, about, takesValue, values } of options) {
      const value = !takesValue ? '' : values.length === 0 ? ' -r' : ` -x -a ${quoted(values.join(' '))}`;
      lines.push(`${inside} -l ${flag.replace(/^--/, '')}${value} -d ${quoted(about)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A word of a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

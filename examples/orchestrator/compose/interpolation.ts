/** Environment variables, for `${NAME}` in a Compose file. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text with its variables filled in, and the problems with them. */
export interface Interpolated {
  readonly text: string;
  /** Variables without a value or a default, which are replaced by nothing. */
  readonly unset: readonly string[];
  /** The reason why the text cannot be used. */
  readonly fault?: string;
}

/** The deepest nesting of defaults in defaults: more than anybody writes, and far from the end of the call stack. */
const deepest = 50;

/**
 * Fills in `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${NAME:+instead}`. Without the colon, an
 * empty variable counts as set. `$$` is a dollar sign. Defaults may have variables of their own.
 */
export function interpolate(text: string, environment: Environment): Interpolated {
  const state: State = { environment, unset: [], fault: undefined };
  const filled = fill(text, state, 0);
  return { text: filled, unset: state.unset, ...(state.fault === undefined ? {} : { fault: state.fault }) };
}

interface State {
  readonly environment: Environment;
  readonly unset: string[];
  fault: string | undefined;
}

const start = /\$(?:(?<dollar>\$)|(?<bare>[A-Za-z_]\w*)|\{(?<name>[A-Za-z_]\w*)(?<operator>:?[-?+])?|(?<odd>.?))/gs;

function fill(text: string, state: State, depth: number): string {
  let filled = '';
  let position = 0;
  for (;;) {
    start.lastIndex = position;
    const match = start.exec(text);
    if (match === null) return filled + text.slice(position);
    filled += text.slice(position, match.index);
    position = match.index + match[0].length;
    const { dollar, bare, name, operator = '', odd = '' } = match.groups ?? {};
    if (dollar !== undefined) {
      filled += '$';
    } else if (bare !== undefined) {
      filled += valueOf(bare, '', '', state, depth);
    } else if (name === undefined) {
      state.fault ??= `'$${odd}' starts no variable; write $$ for a dollar sign`;
    } else {
      const end = closingBrace(text, position);
      if (end < 0 || (operator === '' && end !== position) || depth > deepest) {
        const ways = `write \${${name}} or \${${name}:-default}, or $$ for a dollar sign`;
        state.fault ??= `'\${${name}' is no variable; ${ways}`;
        return filled;
      }
      filled += valueOf(name, operator, text.slice(position, end), state, depth);
      position = end + 1;
    }
  }
}

/** The position of the brace that closes a variable; braces inside come in pairs. -1 when there is none. */
function closingBrace(text: string, from: number): number {
  let open = 1;
  for (let position = from; position < text.length; position++) {
    const character = text.charAt(position);
    if (character === '{') open++;
    else if (character === '}' && --open === 0) return position;
  }
  return -1;
}

function valueOf(name: string, operator: string, operand: string, state: State, depth: number): string {
  const value = Object.hasOwn(state.environment, name) ? state.environment[name] : undefined;
  const given = value !== undefined && !(operator.startsWith(':') && value === '');
  if (operator.endsWith('+')) return given ? fill(operand, state, depth + 1) : '';
  if (given) return value;
  if (operator.endsWith('-')) return fill(operand, state, depth + 1);
  if (operator.endsWith('?')) {
    state.fault ??= `the variable ${name} has no value: ${
      operand === '' ? 'set it in the environment, or in the file .env beside the Compose file' : operand
    }`;
  } else {
    state.unset.push(name);
  }
  return '';
}

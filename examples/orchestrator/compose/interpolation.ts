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

const variable =
  /\$(?:(?<dollar>\$)|(?<bare>[A-Za-z_]\w*)|\{(?<name>[A-Za-z_]\w*)(?:(?<operator>:?[-?+])(?<operand>[^}]*))?\}|(?<odd>.?))/gs;

/**
 * Fills in `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${NAME:+instead}`. Without the colon, an
 * empty variable counts as set. `$$` is a dollar sign.
 */
export function interpolate(text: string, environment: Environment): Interpolated {
  const unset: string[] = [];
  let fault: string | undefined;
  const filled = text.replace(variable, (...match: unknown[]) => {
    const {
      dollar,
      bare,
      name,
      operator = '',
      operand = '',
      odd,
    } = match.at(-1) as { readonly [group: string]: string | undefined };
    if (dollar !== undefined) return '$';
    const wanted = bare ?? name;
    if (wanted === undefined) {
      fault ??= `'$${odd ?? ''}' starts no variable; write $$ for a dollar sign`;
      return '';
    }
    const value = environment[wanted];
    const given = value !== undefined && !(operator.startsWith(':') && value === '');
    if (operator.endsWith('+')) return given ? operand : '';
    if (given) return value;
    if (operator.endsWith('?'))
      fault ??= `the variable ${wanted} has no value: ${operand === '' ? 'set it in the environment' : operand}`;
    else if (operator === '') unset.push(wanted);
    return operator.endsWith('-') ? operand : '';
  });
  return { text: filled, unset, ...(fault === undefined ? {} : { fault }) };
}

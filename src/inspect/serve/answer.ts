/** A complete answer to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/**
 * The policy of the page: its own scripts, styles and data, nothing else. Code that is text, and markup that is text,
 * are refused.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The headers of every answer. */
export const safeHeaders: { readonly [name: string]: string } = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** An answer of plain text. */
export function textAnswer(status: number, text: string, headers: { readonly [name: string]: string } = {}): Answer {
  return {
    status,
    headers: { ...safeHeaders, 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: `${text}\n`,
  };
}

/** An answer of JSON. */
export function jsonAnswer(value: unknown): Answer {
  return {
    status: 200,
    headers: { ...safeHeaders, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  };
}

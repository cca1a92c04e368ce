import { useState } from 'preact/hooks';
import type { JsonValue } from '../../../wire/values/types.ts';
import { shownLine, shownText } from '../../objects/shown-text.ts';
import { counted } from '../model/times.ts';

/** A list or map shows so many members at first. */
const FIRST = 100;

/** A value as a tree that opens and closes. All text is untrusted. */
export function Tree({ value }: { readonly value: JsonValue }) {
  return (
    <div class="tree">
      <Members value={value} depth={0} />
    </div>
  );
}

function Members({ value, depth }: { readonly value: JsonValue; readonly depth: number }) {
  const [count, setCount] = useState(FIRST);
  if (typeof value !== 'object' || value === null) return <Value value={value} />;
  const isList = Array.isArray(value);
  const entries = Object.entries<JsonValue>(value as { readonly [name: string]: JsonValue });
  return (
    <ul>
      {entries.slice(0, count).map(([name, member]) => (
        <li key={name}>
          <Member name={isList ? `[${name}]` : name} value={member} depth={depth} />
        </li>
      ))}
      {entries.length > count && (
        <li>
          <button type="button" onClick={() => setCount(count + 10 * FIRST)}>
            {entries.length - count} more
          </button>
        </li>
      )}
    </ul>
  );
}

interface MemberProps {
  readonly name: string;
  readonly value: JsonValue;
  readonly depth: number;
}

function Member({ name, value, depth }: MemberProps) {
  const [open, setOpen] = useState(depth < 3);
  const label = <bdi class="name">{shownLine(name)}</bdi>;
  if (typeof value !== 'object' || value === null) {
    return (
      <span class="leaf">
        {label}
        <Value value={value} />
      </span>
    );
  }
  const count = Object.keys(value).length;
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label}
        <span class="quiet">{count === 0 ? 'empty' : counted(count, Array.isArray(value) ? 'element' : 'field')}</span>
      </summary>
      {open && <Members value={value} depth={depth + 1} />}
    </details>
  );
}

/** A value without members. Long texts are cut. */
export function Value({ value }: { readonly value: JsonValue | undefined }) {
  if (value === undefined) return <span class="value absent">absent</span>;
  if (typeof value === 'string') return <bdi class="value text">{value === '' ? '""' : shownText(value)}</bdi>;
  return <span class="value">{typeof value === 'object' ? shownText(JSON.stringify(value), 400) : String(value)}</span>;
}

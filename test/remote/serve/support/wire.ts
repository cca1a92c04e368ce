/** The fields of a message with a length in front, by number, as bytes. Nothing else is understood. */
export function fieldsOf(bytes: Uint8Array): (readonly [number, Buffer])[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: (readonly [number, Buffer])[] = [];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = buffer[position] ?? 0;
      position += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (position < buffer.length) {
    const tag = varint();
    if ((tag & 7) === 0) {
      const start = position;
      varint();
      fields.push([tag >>> 3, buffer.subarray(start, position)]);
      continue;
    }
    const length = varint();
    fields.push([tag >>> 3, buffer.subarray(position, position + length)]);
    position += length;
  }
  return fields;
}

/** A field with a length in front. */
export function field(number: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varintOf(number * 8 + 2), varintOf(bytes.length), bytes]);
}

/** A field that is a number. */
export function numberField(number: number, value: number): Buffer {
  return Buffer.concat([varintOf(number * 8), varintOf(value)]);
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

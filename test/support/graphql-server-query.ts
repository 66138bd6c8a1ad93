/** Reads the part of GraphQL's language that the analytics are asked in, and refuses everything else. */

export interface Selection {
  readonly name: string;
  /** Values of arguments: a variable as its name with `$`. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Null for a field without a selection of its own. */
  readonly fields: readonly Selection[] | null;
}

export interface Operation {
  /** Types of the declared variables by their names without `$`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly fields: readonly Selection[];
}

/** The one operation of a document. Throws with a message as servers give it when it is none. */
export function parseQuery(text: string): Operation {
  const reader = new Reader(text.match(/[\w.]+|\$\w+|"[^"]*"|[^\s,]/g) ?? []);
  reader.expect('query');
  reader.next();
  const variables: Record<string, string> = {};
  if (reader.takes('(')) while (!reader.takes(')')) Object.assign(variables, variable(reader));
  reader.expect('{');
  const fields = selections(reader);
  reader.end();
  return { variables, fields };
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error('syntax error: unexpected end');
    return token;
  }

  takes(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  expect(token: string): void {
    const got = this.next();
    if (got !== token) throw new Error(`syntax error: expected ${token}, got ${got}`);
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw new Error('syntax error: more than one operation');
  }
}

function variable(reader: Reader): Record<string, string> {
  const name = reader.next();
  reader.expect(':');
  const type = reader.next();
  return { [name.replace(/^\$/, '')]: reader.takes('!') ? `${type}!` : type };
}

function selections(reader: Reader): Selection[] {
  const found: Selection[] = [];
  while (!reader.takes('}')) {
    const name = reader.next();
    if (!/^\w+$/.test(name)) throw new Error(`syntax error: unexpected ${name}`);
    const args = reader.takes('(') ? pairs(reader, ')') : {};
    found.push({ name, args, fields: reader.takes('{') ? selections(reader) : null });
  }
  if (found.length === 0) throw new Error('syntax error: empty selection');
  return found;
}

function pairs(reader: Reader, end: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  while (!reader.takes(end)) {
    const name = reader.next();
    reader.expect(':');
    found[name] = reader.takes('{') ? pairs(reader, '}') : reader.next();
  }
  return found;
}

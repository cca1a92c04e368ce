/** True for a member that the object has from itself or its class, and not from `Object.prototype`. */
export function hasOwnOrClassMember(object: object, name: string): boolean {
  for (let holder: unknown = object; isHolder(holder); holder = Object.getPrototypeOf(holder))
    if (Object.hasOwn(holder, name)) return true;
  return false;
}

function isHolder(value: unknown): value is object {
  return value !== null && value !== Object.prototype;
}

/**
 * The given members of an object that are set, in an object without a prototype. Members that a program added to
 * `Object.prototype` are not among them. Each member is read once.
 */
export function ownMembers(object: object, names: Iterable<string>): { readonly [name: string]: unknown } {
  const own = Object.create(null) as { [name: string]: unknown };
  for (const name of names) {
    if (!hasOwnOrClassMember(object, name)) continue;
    const value = (object as { readonly [name: string]: unknown })[name];
    if (value !== undefined) own[name] = value;
  }
  return own;
}

/** True for a name that no assignment gives to an object, because `Object.prototype` has a read-only member of it. */
export function cannotBeAssigned(name: string): boolean {
  const inherited = Object.getOwnPropertyDescriptor(Object.prototype, name);
  return inherited !== undefined && inherited.writable !== true;
}

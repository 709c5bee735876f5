/** A binary heap: the least of many things, quickly. `before` says whether one comes before another. */
export class Heap<T> {
  #things: T[] = [];
  #before: (one: T, other: T) => boolean;

  constructor(before: (one: T, other: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#things.length;
  }

  peek(): T | undefined {
    return this.#things[0];
  }

  push(thing: T): void {
    const things = this.#things;
    let at = things.push(thing) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = things[parent] as T;
      if (!this.#before(thing, above)) break;
      things[at] = above;
      at = parent;
    }
    things[at] = thing;
  }

  pop(): T | undefined {
    const things = this.#things;
    const [first] = things;
    const last = things.pop();
    if (things.length > 0) this.#sink(last as T);
    return first;
  }

  /** Puts a thing at the top and lets it sink to where it belongs. */
  #sink(thing: T): void {
    const things = this.#things;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= things.length) break;
      if (child + 1 < things.length && this.#before(things[child + 1] as T, things[child] as T)) child++;
      const below = things[child] as T;
      if (!this.#before(below, thing)) break;
      things[at] = below;
      at = child;
    }
    things[at] = thing;
  }
}

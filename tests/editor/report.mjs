// Prints unexpected results: each case once, up to a limit.

const MOST = 20;

/** Prints failures: `{name, about, text, wrong}`. */
export function report(failures) {
  const byName = new Map();
  for (const failure of failures) {
    byName.set(failure.name, [...(byName.get(failure.name) ?? []), failure]);
  }
  const names = [...byName];
  for (const [name, [{ about, text, wrong }, ...others]] of names.slice(0, MOST)) {
    const place = about ? `: ${about}` : '';
    const more = others.length ? `, and elsewhere, ${others.length + 1} times in all` : '';
    console.error(`not as expected: ${name}${place}${more}`);
    console.error(`${text.trimEnd()}\n${wrong}\n`.replace(/^(?=.)/gm, '  '));
  }
  if (names.length > MOST) {
    console.error(`… and ${names.length - MOST} other cases\n`);
  }
}

/** Command lines as a POSIX shell reads them. */

/** A word that the shell takes as it stands, whatever is in it. */
export function shellWord(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Words as one line. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

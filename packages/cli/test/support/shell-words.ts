/** As much of the shell's grammar as the documents use, to find the commands in their snippets. */

// What separates commands, and what ends one's words: a redirection has none of ours behind it.
const SEPARATOR = /^(?:\|\|?|&&?|;)$/
const REDIRECTION = /^\d*[<>]/

/** One command: its words without quotes, variables before it, and redirections. */
export function commandsIn(script: string): string[][] {
  const lines = script
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap(withSubstitutions)
  return lines.flatMap((line) => split(wordsOf(line))).filter((words) => words.length > 0)
}

/** A line, and each `$(…)` in it as one of its own. */
function withSubstitutions(line: string): string[] {
  const inner = [...line.matchAll(/\$\(([^()]*)\)/g)].map(([, command]) => command!)
  return [line.replaceAll(/\$\([^()]*\)/g, 'substituted'), ...inner]
}

function wordsOf(line: string): string[] {
  const words = line.matchAll(/#.*$|<\(.*\)|\|\|?|&&?|;|(?:"[^"]*"|'[^']*'|\\.|[^\s"'|&;#]|(?<=\S)#)+/g)
  return [...words].map(([word]) => word).filter((word) => !word.startsWith('#'))
}

function split(words: readonly string[]): string[][] {
  const commands: string[][] = [[]]
  for (const word of words) {
    if (SEPARATOR.test(word)) commands.push([])
    else commands.at(-1)!.push(word)
  }
  return commands.map(withoutSurroundings)
}

function withoutSurroundings(words: readonly string[]): string[] {
  const start = words.findIndex((word) => !/^[A-Z_][A-Z0-9_]*=/.test(word) && word !== 'export')
  if (start === -1) return []
  const command = words.slice(start)
  const end = command.findIndex((word) => REDIRECTION.test(word))
  return (end === -1 ? command : command.slice(0, end)).map((word) => word.replaceAll(/["']/g, ''))
}

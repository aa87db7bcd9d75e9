import { styleText } from 'node:util'

/** Whether text there is coloured: in a terminal, unless `NO_COLOR` is set; wherever `FORCE_COLOR` says so. */
export function hasColours(stream: NodeJS.WriteStream): boolean {
  return styleText('bold', ' ', { stream }) !== ' '
}

/**
 * Curves as an SVG, both axes logarithmic. Its colours follow the reader's: in the dark it is dark.
 *
 * @typedef {{ x: number, y: number }} Point
 *
 * @typedef {{ name: string, points: Point[] }} Line
 *
 * @typedef {object} Labels
 * @property {string} title
 * @property {string} below what the lower axis shows
 * @property {(value: number) => string} x the text of a mark
 * @property {(value: number) => string} y
 */

const WIDTH = 720
const HEIGHT = 420
const FRAME = { left: 64, right: 150, top: 44, bottom: 48 }

/** From a palette that also those can tell apart who see no red or no green; each for light and for dark. */
const COLOURS = [
  { light: '#6b7280', dark: '#9ca3af' },
  { light: '#0072b2', dark: '#56b4e9' },
  { light: '#d55e00', dark: '#ff9d4d' },
  { light: '#007a5a', dark: '#2fd0a5' },
  { light: '#a3477f', dark: '#e59bc9' },
  { light: '#8a6d00', dark: '#f0d24a' },
]
const DASHES = ['2 4', '', '6 4', '', '6 4', '1 3']

/** @param {Labels} labels @param {Line[]} lines */
export function plotOf(labels, lines) {
  const points = lines.flatMap((line) => line.points)
  const x = scaleOf(
    points.map((point) => point.x),
    FRAME.left,
    WIDTH - FRAME.right,
  )
  const y = scaleOf(
    points.map((point) => point.y),
    HEIGHT - FRAME.bottom,
    FRAME.top,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${labels.title}">`,
    `<style>${styleOf(lines)}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${FRAME.left}" y="24">${labels.title}</text>`,
    ...gridOf(x, y, labels),
    ...lines.flatMap((line, i) => curveOf(line, i, x, y)),
    ...legendOf(lines),
    '</svg>\n',
  ].join('\n')
}

function styleOf(lines) {
  const colours = (theme) =>
    lines.map((_, i) => `.s${i} { stroke: ${COLOURS[i][theme]}; fill: ${COLOURS[i][theme]} }`).join(' ')
  return [
    'text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-size: 15px; font-weight: 600 }',
    '.paper { fill: #ffffff } .grid { stroke: #d0d7de; stroke-width: 1 }',
    'polyline { fill: none !important; stroke-width: 2; stroke-linejoin: round }',
    colours('light'),
    '@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .paper { fill: #0d1117 } .grid { stroke: #30363d }',
    `${colours('dark')} }`,
  ].join(' ')
}

/** From a value to its place, with a mark at each power of ten and at three times it. */
function scaleOf(values, from, to) {
  const [least, most] = [Math.min(...values) / 1.15, Math.max(...values) * 1.15].map(Math.log10)
  const place = (value) => from + ((Math.log10(value) - least) / (most - least)) * (to - from)
  const marks = []
  for (let power = Math.floor(least); power <= most; power++) marks.push(10 ** power, 3 * 10 ** power)
  return { place, marks: marks.filter((mark) => Math.log10(mark) >= least && Math.log10(mark) <= most) }
}

function gridOf(x, y, labels) {
  const [right, bottom] = [WIDTH - FRAME.right, HEIGHT - FRAME.bottom]
  const across = y.marks.flatMap((mark) => {
    const at = round(y.place(mark))
    const line = `<line class="grid" x1="${FRAME.left}" x2="${right}" y1="${at}" y2="${at}"/>`
    return [line, `<text x="${FRAME.left - 8}" y="${at + 4}" text-anchor="end">${labels.y(mark)}</text>`]
  })
  const up = x.marks.flatMap((mark) => {
    const at = round(x.place(mark))
    const line = `<line class="grid" x1="${at}" x2="${at}" y1="${FRAME.top}" y2="${bottom}"/>`
    return [line, `<text x="${at}" y="${bottom + 18}" text-anchor="middle">${labels.x(mark)}</text>`]
  })
  const middle = (FRAME.left + right) / 2
  return [
    ...across,
    ...up,
    `<text x="${middle}" y="${HEIGHT - 8}" text-anchor="middle">${labels.below}</text>`,
  ]
}

function curveOf({ points }, i, x, y) {
  const places = points.map((point) => [round(x.place(point.x)), round(y.place(point.y))])
  return [
    `<polyline class="s${i}" stroke-dasharray="${DASHES[i]}" points="${places.map((place) => place.join(',')).join(' ')}"/>`,
    ...places.map(([cx, cy]) => `<circle class="s${i}" cx="${cx}" cy="${cy}" r="3"/>`),
  ]
}

function legendOf(lines) {
  const left = WIDTH - FRAME.right + 14
  return lines.flatMap(({ name }, i) => {
    const at = FRAME.top + 14 + i * 22
    const line = `<polyline class="s${i}" stroke-dasharray="${DASHES[i]}" points="${left},${at} ${left + 26},${at}"/>`
    return [line, `<text x="${left + 34}" y="${at + 4}">${name}</text>`]
  })
}

const round = (value) => Math.round(value * 10) / 10
